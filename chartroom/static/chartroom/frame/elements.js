// Elements that are used in all kinds of rows.

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function sourceWord(source, strings) {
  return strings[`source_${source}`] || source;
}

// The icon of a source that has a name. It is hidden from screen readers, which read the name.
export function sourceMark(source, strings) {
  if (!strings[`source_${source}`]) return null;
  const mark = element("span", `mark mark-${source}`);
  mark.setAttribute("aria-hidden", "true");
  return mark;
}
