// A menu is a <details>, which works without this; with it, Escape and a click elsewhere close it.

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
