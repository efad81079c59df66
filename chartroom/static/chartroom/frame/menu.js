// A menu is a <details> element, which works without this script. The script closes it on Escape or a click elsewhere.

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", event => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
