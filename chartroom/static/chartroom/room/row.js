// One message as an element. A row contains its day separator and unread line, so that adding
// or removing a row depends only on the row before it.

import * as format from "../frame/format.js";
import { element, sourceMark, sourceWord } from "../frame/elements.js";

const TINTS = 8;
const GROUP_WITHIN = 5 * 60000;  // milliseconds between two messages under one heading

// Update a row's heading, day separator and unread line. `previous` is a message or null.
export function decorate(row, message, previous, isFirstUnread, strings) {
  const at = new Date(message.at);
  const isNewDay = !previous || format.dayOf(new Date(previous.at)) !== format.dayOf(at);
  const continues = !isNewDay && !isFirstUnread && previous.sender === message.sender
    && previous.author === message.author && previous.source === message.source
    && at - new Date(previous.at) < GROUP_WITHIN;
  row.classList.toggle("continues", continues);

  const lines = [];
  if (isFirstUnread) lines.push(separator("unread-line", strings.unread));
  if (isNewDay) lines.push(separator("day", format.dayName(at, strings)));
  for (const old of row.querySelectorAll(".separator")) old.remove();
  row.prepend(...lines.reverse());
}

function separator(className, text) {
  const line = element("div", `separator ${className}`);
  line.append(element("span", "", text));
  return line;
}

// A stored message.
export function storedRow(message, isOwn, strings) {
  const row = frame(message, isOwn, strings);
  row.dataset.seq = message.seq;
  row.dataset.state = "stored";
  if (isOwn) tick(row.querySelector(".state"), strings);
  return row;
}

// A message of the user that is not stored yet; `showPending` shows its state.
export function pendingRow(message, strings) {
  const row = frame(message, true, strings);
  row.dataset.id = message.id;
  return row;
}

function tick(state, strings) {
  state.textContent = "✓";
  state.title = strings.stored;
  state.setAttribute("role", "img");
  state.setAttribute("aria-label", strings.stored);
}

// view: {state, text, reason, actions: [{label, act}]}
export function showPending(row, view, strings) {
  if (row.dataset.state === view.state && row.dataset.reason === view.reason) return;
  row.dataset.state = view.state;
  row.dataset.reason = view.reason;
  const state = row.querySelector(".state");
  if (view.state === "stored") tick(state, strings);
  else state.textContent = view.text;
  for (const old of row.querySelectorAll(".failure")) old.remove();
  if (!view.actions.length) return;

  const failure = element("p", "failure");
  failure.setAttribute("role", "alert");
  failure.append(element("span", "reason", view.reason));
  for (const { label, act } of view.actions) {
    const button = element("button", "link-button", label);
    button.type = "button";
    button.addEventListener("click", act);
    failure.append(" ", button);
  }
  row.querySelector(".body").append(failure);
}

function frame(message, isOwn, strings) {
  const row = element("div", "row");
  row.classList.toggle("own", isOwn);
  const article = element("article", "message");
  const author = message.author || sourceWord(message.source, strings);
  const avatar = element("span", `avatar tint-${tint(message.sender || author)}`, Array.from(author)[0] || "?");

  const gutter = element("span", "gutter");
  gutter.setAttribute("aria-hidden", "true");
  gutter.append(avatar, timeOf(message.at));

  const heading = element("header", "heading");
  const name = element("strong", "author", author);
  name.dir = "auto";
  heading.append(name);
  if (isOwn) heading.append(element("span", "badge you", strings.you));
  else if (message.guest) heading.append(element("span", "badge", strings.guest));
  if (message.source !== "socket") heading.append(sourceBadge(message, strings));

  heading.append(timeOf(message.at));

  const body = element("div", "body");
  body.append(heading, textOf(message, strings));
  article.append(gutter, body);
  if (isOwn) article.append(element("span", "state"));
  row.append(article);
  return row;
}

// The source of a message, by its icon and its name. Without an author, the name is shown as the author instead.
function sourceBadge({ source, author }, strings) {
  const badge = element("span", "badge");
  const mark = sourceMark(source, strings);
  if (mark) badge.append(mark, " ");
  if (author || !mark) badge.append(sourceWord(source, strings));
  return badge;
}

function textOf(message, strings) {
  const isRemoved = Boolean(message.data && message.data.removed);
  const text = element("p", isRemoved ? "text removed" : "text", isRemoved ? strings.removed : undefined);
  text.dir = "auto";
  if (!isRemoved) text.append(format.linked(message.text));
  return text;
}

function timeOf(at) {
  const moment = new Date(at);
  const time = element("time", "", format.time(moment));
  time.dateTime = at;
  time.title = format.exactTime(moment);
  return time;
}

// The same colour for a sender in all rooms and sessions. A class, because the content security policy blocks inline styles.
function tint(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 65521;
  return sum % TINTS;
}
