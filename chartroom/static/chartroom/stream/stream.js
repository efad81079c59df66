// The page of a read-only room: wires the parts together.

import { fillBlogRow } from "./blog.js";
import { fillDeployRow, latestState } from "./deploy.js";
import { textOf } from "./entry_row.js";
import { Reading } from "../frame/reading.js";
import { RoomConnection } from "../connection/room_connection.js";
import { StreamList } from "./stream_list.js";
import { Unread } from "../frame/unread.js";
import { fill } from "../frame/format.js";

const MOST_SAID = 200;  // characters of an entry that screen readers announce

const config = JSON.parse(document.getElementById("config").textContent);
const { strings } = config;
const at = id => document.getElementById(id);
const fillRow = { blog: fillBlogRow, deploy: fillDeployRow }[config.namespace];

let newest = 0;                     // the seq of the last message that is shown
let unseen = { from: 0, upTo: 0 };  // entries after `from`, up to `upTo`, are marked as new

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
  // More entries may arrive before the user sees these: `markSeen` sets `upTo`.
  if (!hadUnread && reading.count) mark(readUpTo, Infinity);
}

function older(messages, more) {
  list.older(messages, more);
  showAround();
  list.fill();
}

// An edit is shown in the place of its original, and does not count as unread.
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

// The newest entry is at the top: when the view is there, all entries count as seen.
function markSeen() {
  if (document.visibilityState === "visible" && list.isAtTop) reading.seen(newest);
  if (!reading.count && unseen.upTo === Infinity) unseen.upTo = newest;
  showUnread();
}

function showUnread() {
  unread.show(reading.count, list.isAtTop);
}

// Update the text below the entries, and a service's state above them.
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

// A separate live region, so that screen readers announce only new entries, not history or edits.
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
