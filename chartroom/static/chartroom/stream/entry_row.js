// What the rows of a live blog and of a service have in common. What is in them comes from
// strangers: it is shown as text and cut by the style sheet, and a link leads to the web or is none.

import * as format from "../frame/format.js";
import { isEdit } from "./entries.js";
import { element, sourceMark, sourceWord } from "../frame/elements.js";

const LONG = 500;      // characters
const MANY_LINES = 8;

// A value of a message's data: its text, and nothing for what is no text.
export function textOf(value) {
  return typeof value === "string" ? value.trim() : "";
}

export function timeOf(at, strings) {
  const time = element("time", "", format.dayAndTime(at, strings));
  time.dateTime = at.toISOString();
  time.title = format.exactTime(at);
  return time;
}

// The line about an entry: whether it is new, who says it, when, and when it was edited.
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

// The date that a message itself tells (ISO 8601), or null.
function dateOf(message) {
  const date = new Date(textOf((message.data || {}).date));
  return Number.isNaN(date.getTime()) ? null : date;
}

// A text, cut where it is long, with a button that shows the rest.
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

// A moderator took it away; its place stays.
export function isRemoved({ message }) {
  return Boolean(message.data && message.data.removed);
}

export function removed(strings) {
  return element("p", "entry-text removed", strings.removed);
}

// `label`: the part that tells what the entry is.
export function compose(row, label, parts) {
  label.id = `entry-${row.dataset.seq}`;
  row.setAttribute("aria-labelledby", label.id);
  row.replaceChildren(...parts);
}
