// The page of a room: wires the parts together.

import * as protocol from "../connection/protocol.js";
import { Composer } from "./composer.js";
import { Drawer } from "../connection/drawer.js";
import { Later } from "./later.js";
import { Outbox, STORED } from "../connection/outbox.js";
import { Pending } from "./pending.js";
import { Reading } from "../frame/reading.js";
import { RoomConnection } from "../connection/room_connection.js";
import { Timeline } from "./timeline.js";
import { Unread } from "../frame/unread.js";

const ADOPT_EVERY = 30000;

const config = JSON.parse(document.getElementById("config").textContent);
const { strings } = config;
const at = id => document.getElementById(id);

let you = { author: config.author, sender: config.sender };
let outbox = null;    // these three are set if the user may write
let composer = null;
let later = null;

const unread = new Unread(at("to-end"), at("to-end-text"), strings);
const reading = new Reading(config.sender, config.storageKey, showUnread);
const timeline = new Timeline(
  { log: at("log"), rows: at("rows") }, message => !isOthers(message), strings,
  { older: () => feed.askOlder(timeline.messages[0].seq), moved: markSeen },
);
const pending = new Pending(at("pending"), () => you, strings);
const connection = new RoomConnection(config, {
  opened, came, missed, older, welcomed, frame: received, woke: markSeen,
  afresh: () => timeline.reset(),
  closed: () => outbox && outbox.connected && outbox.close(),
  newDay: () => timeline.renameDays(),
});
const { feed, socket } = connection;

function isOthers(message) {
  return !message.sender || message.sender !== config.sender;
}

// The server's frames: those about sent messages go to the outbox, all others to the feed.

function received(frame, since) {
  if (frame.type === protocol.ACK) acked(frame.acks);
  else if (frame.type === protocol.ERROR) refused(frame);
  else feed.read(frame, since);  // It ignores frames of later versions of the protocol.
}

function acked(acks) {
  for (const { id, seq } of acks) {
    if (outbox) outbox.acked(id, seq);
    feed.reached(seq);
  }
  settle();
}

function refused(frame) {
  const ids = frame.ids || (frame.id ? [frame.id] : []);
  if (outbox) outbox.refused(frame.code, ids, frame.retry_after);
}

// The socket is authenticated when it is opened, the page when it is loaded. The user may change in between.
function welcomed(as) {
  const isOther = as.sender !== config.sender;
  at("changed-text").textContent = as.guest ? strings.logged_out : strings.changed;
  at("changed-log-in").hidden = !as.guest;
  at("changed").hidden = !isOther;
  if (!isOther) {
    you = as;
    if (outbox) {
      outbox.settle(outbox.entries.filter(entry => entry.state === STORED).map(entry => entry.id));
      outbox.open();
    }
  }
  timeline.fill();
}

// Messages

function opened(frame, messages) {
  const first = messages.length ? messages[0].seq : frame.seq + 1;
  const readBefore = reading.open(frame.epoch, frame.seq, first);
  timeline.hasOlder = messages.length > 0 && first > 1;
  showTop();
  add(messages);
  // Start at the first unread message, if it is on this page.
  if (reading.count && readBefore !== null) timeline.setUnreadLine(readBefore);
  if (reading.count) timeline.toUnreadLine();
  markSeen();
}

function missed(messages, since) {
  if (messages.some(isOthers)) timeline.setUnreadLine(since);
}

function came(messages) {
  const hadUnread = reading.count > 0;
  const readUpTo = reading.seq;
  add(messages);
  markSeen();
  if (!hadUnread && reading.count) timeline.setUnreadLine(readUpTo);
}

function older(messages, more) {
  timeline.prepend(messages, more);
  showTop();
  timeline.fill();
}

function add(messages) {
  timeline.append(messages);
  settle(messages);
  if (later) later.sent(messages.filter(message => !isOthers(message)).map(message => message.id));
  if (outbox && outbox.entries.length) showPending();
  reading.arrived(messages.filter(isOthers).map(message => message.seq));
}

function showTop() {
  at("top").textContent = timeline.hasOlder ? strings.loading : strings.beginning;
}

// Remove from the outbox the messages that the room shows. A stored message of the user counts as its ack.
function settle(messages = []) {
  if (!outbox || !outbox.entries.length) return;
  const shown = new Set(messages.filter(message => !isOthers(message)).map(message => message.id));
  const done = outbox.entries.filter(
    entry => shown.has(entry.id) || (entry.state === STORED && feed.hasGiven(entry.seq)));
  if (done.length) outbox.settle(done.map(entry => entry.id));
}

function markSeen() {
  if (document.visibilityState === "visible") reading.seen(timeline.lastSeenSeq);
  showUnread();
}

function showUnread() {
  unread.show(reading.count, timeline.isFollowing);
}

// Writing

function startWriting() {
  const drawer = new Drawer(config.storageKey, config.sender);
  outbox = new Outbox(drawer.adopt().concat(drawer.load()), {
    send: messages => socket.send({ type: protocol.SEND, messages }),
    save: entries => drawer.save(entries),
    change: () => outbox && showPending(),
  });
  composer = new Composer({
    form: at("composer"), field: at("field"), button: at("send"), counter: at("counter"), hint: at("hint"),
  }, `chartroom.draft|${config.storageKey}|${config.sender}`, strings, write);
  if (at("later")) {
    later = new Later({
      toggle: at("later-toggle"), panel: at("later"), form: at("later-form"), choices: at("later-choices"),
      when: at("later-when"), send: at("later-send"), status: at("later-status"), title: at("later-title"),
      list: at("later-list"), close: at("later-close"),
    }, `chartroom.later|${config.storageKey}|${config.sender}`, strings, composer, () => at("changed").hidden);
  }
  setInterval(() => outbox.adopt(drawer.adopt()), ADOPT_EVERY);
  showPending();
  // On a phone the focus would open the on-screen keyboard, which covers half of the messages.
  if (matchMedia("(hover: hover)").matches) composer.focus();
}

function write(text) {
  timeline.setUnreadLine(null);
  timeline.jumpToEnd();
  outbox.add(text);
  markSeen();
}

function showPending() {
  timeline.keepPlace(() => pending.show(outbox, timeline.lastMessage));
  composer.tell(outbox.held && outbox.entries.length ? strings.slow_down : "");
}

if (at("composer") && config.sender) startWriting();
at("to-end").addEventListener("click", () => {
  timeline.jumpToEnd();
  markSeen();
  if (composer) composer.focus();
});
at("reload").addEventListener("click", () => location.reload());
connection.open();
