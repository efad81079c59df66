// What the rows of a live blog and of a service have in common. Their contents are untrusted: they are
// shown as text, truncated by the style sheet, and only http and https addresses become links.

import * as format from "../frame/format.js";
import { isEdit } from "./entries.js";
import { element, sourceMark, sourceWord } from "../frame/elements.js";

const LONG = 500;      // characters
const MANY_LINES = 8;

// A value of a message's data if it is a string; otherwise an empty string.
export function textOf(value) {
  return typeof value === "string" ? value.trim() : "";
}

export function timeOf(at, strings) {
  const time = element("time", "", format.dayAndTime(at, strings));
  time.dateTime = at.toISOString();
  time.title = format.exactTime(at);
  return time;
}

// The line about an entry: whether it is new, its source, its time, and when it was edited.
export function about(entry, name, isNew, strings) {
  const { first, message } = entry;
  const line = element("p", "entry-about");
  if (isNew) line.append(element("span", "badge new", strings.unread));
  const source = element("span", "entry-source");
  const mark = sourceMark(message.source, strings);
  if (mark) source.append(mark);
  source.append(element("bdi", "", name || sourceWord(message.source, strings)));
  line.append(source, timeOf(dateOf(message) || dateOf(first) || new Date(first.at), strings));
  if (isEdit(message)) {
    const edited = element("span", "entry-edited", `${strings.edited} `);
    edited.append(timeOf(new Date(message.at), strings));
    line.append(edited);
  }
  return line;
}

// The date in a message's data (ISO 8601), or null.
function dateOf(message) {
  const date = new Date(textOf((message.data || {}).date));
  return Number.isNaN(date.getTime()) ? null : date;
}

// A text; if it is long, it is truncated, with a button that shows all of it.
export function paragraphs(text, entry, strings) {
  const made = element("p", "entry-text");
  made.dir = "auto";
  made.append(format.linked(text));
  const isLong = text.length > LONG || text.split("\n").length > MANY_LINES;
  if (!isLong || entry.isWhole) return [made];

  made.classList.add("cut");
  const button = element("button", "link-button", strings.show_all);
  button.type = "button";
  button.addEventListener("click", () => {
    entry.isWhole = true;
    made.classList.remove("cut");
    button.closest(".entry").focus({ preventScroll: true });
    button.remove();
  });
  return [made, button];
}

// A moderator has removed the text; the entry remains.
export function isRemoved({ message }) {
  return Boolean(message.data && message.data.removed);
}

export function removed(strings) {
  return element("p", "entry-text removed", strings.removed);
}

// `label`: the part that names the entry for screen readers.
export function compose(row, label, parts) {
  label.id = `entry-${row.dataset.seq}`;
  row.setAttribute("aria-labelledby", label.id);
  row.replaceChildren(...parts);
}
