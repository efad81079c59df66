// Elements that rows of all kinds are made of.

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function sourceWord(source, strings) {
  return strings[`source_${source}`] || source;
}

// The sign of a source that has a word; it is for the eye, beside that word.
export function sourceMark(source, strings) {
  if (!strings[`source_${source}`]) return null;
  const mark = element("span", `mark mark-${source}`);
  mark.setAttribute("aria-hidden", "true");
  return mark;
}
