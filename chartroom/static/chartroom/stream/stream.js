// The page of a room that is only read: wires the parts together.

import { fillBlogRow } from "./blog.js";
import { fillDeployRow, latestState } from "./deploy.js";
import { textOf } from "./entry_row.js";
import { Reading } from "../frame/reading.js";
import { RoomConnection } from "../connection/room_connection.js";
import { StreamList } from "./stream_list.js";
import { Unread } from "../frame/unread.js";
import { fill } from "../frame/format.js";

const MOST_SAID = 200;  // characters of an entry that are read aloud

const config = JSON.parse(document.getElementById("config").textContent);
const { strings } = config;
const at = id => document.getElementById(id);
const fillRow = { blog: fillBlogRow, deploy: fillDeployRow }[config.namespace];

let newest = 0;                     // the number of the last message that is shown
let unseen = { from: 0, upTo: 0 };  // entries behind the one and up to the other are marked as new

const unread = new Unread(at("to-top"), at("to-top-text"), strings);
const reading = new Reading(config.sender, config.storageKey, showUnread);
const list = new StreamList(
  { log: at("log"), rows: at("rows") },
  (row, entry) => fillRow(row, entry, entry.seq > unseen.from && entry.seq <= unseen.upTo, strings),
  { older: () => feed.askOlder(list.oldestLoaded), moved: markSeen },
);
const connection = new RoomConnection(config, {
  opened, came, missed, older, afresh, woke: markSeen,
  welcomed: () => list.fill(),
  closed: () => {},
  newDay() {
    list.refill();
    showAround();
  },
});
const { feed } = connection;

// Messages

function opened(frame, messages) {
  const first = messages.length ? messages[0].seq : frame.seq + 1;
  const readBefore = reading.open(frame.epoch, frame.seq, first);
  if (readBefore !== null) unseen = { from: readBefore, upTo: frame.seq };
  list.hasOlder = messages.length > 0 && first > 1;
  add(messages);
}

function afresh() {
  newest = 0;
  list.reset();
}

function missed(messages, since) {
  if (messages.length) mark(since, feed.sequence.furthest);
}

function came(messages) {
  const hadUnread = reading.count > 0;
  const readUpTo = reading.seq;
  say(add(messages));
  // More may come before somebody looks: `markSeen` says up to where they came.
  if (!hadUnread && reading.count) mark(readUpTo, Infinity);
}

function older(messages, more) {
  list.older(messages, more);
  showAround();
  list.fill();
}

// An edit is shown in its place, and is nothing new to read.
function add(messages) {
  const fresh = list.came(messages);
  if (messages.length) newest = messages[messages.length - 1].seq;
  reading.arrived(fresh.map(entry => entry.seq).reverse());
  showAround();
  markSeen();
  return fresh;
}

function mark(from, upTo) {
  unseen = { from, upTo };
  list.refill();
}

// The newest stands on top: who is there has seen that there is nothing else.
function markSeen() {
  if (document.visibilityState === "visible" && list.isAtTop) reading.seen(newest);
  if (!reading.count && unseen.upTo === Infinity) unseen.upTo = newest;
  showUnread();
}

function showUnread() {
  unread.show(reading.count, list.isAtTop);
}

// What stands below the entries, and a service's state above them.
function showAround() {
  const { all } = list.entries;
  let below = strings.nothing;
  if (all.length) below = list.hasOlder ? strings.loading : strings.beginning;
  at("end").textContent = below;
  if (!at("state")) return;
  const state = latestState(all, strings);
  at("state").hidden = state === null;
  at("state-facts").replaceChildren(...(state || []));
}

// Apart from the entries, so that only new ones are read aloud, and neither history nor an edit.
function say(fresh) {
  if (!fresh.length) return;
  const { message } = fresh[0];
  const what = textOf((message.data || {}).title) || message.text;
  const count = fresh.length === 1 ? strings.new_one : fill(strings.new_many, fresh.length);
  at("said").textContent = `${count}: ${what.slice(0, MOST_SAID)}`;
}

at("to-top").addEventListener("click", () => {
  list.jumpToTop();
  list.rows.firstElementChild.focus({ preventScroll: true });
  markSeen();
});
connection.open();
