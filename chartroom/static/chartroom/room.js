// The page of a room: wires the parts together, and reads the server's frames.

import * as protocol from "./protocol.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { Outbox, STORED } from "./outbox.js";
import { Pending } from "./pending.js";
import { Reading } from "./reading.js";
import { Sequence } from "./sequence.js";
import { Socket, socketAddress } from "./socket.js";
import { Timeline } from "./timeline.js";
import { dayOf, fill } from "./format.js";

const GAP_PATIENCE = 300;     // milliseconds that a missing message may still be under way
const ANSWER_WITHIN = 10000;  // of a catch-up or a page of history, then it is asked for again
const DRAW_EVERY = 16;
const ADOPT_EVERY = 30000;
const PAGE = 50;

const config = JSON.parse(document.getElementById("config").textContent);
const { strings } = config;
const at = id => document.getElementById(id);
const title = document.title;

let you = { author: config.author, sender: config.sender };
let epoch = null;
let outbox = null;
let composer = null;

const sequence = new Sequence();
const reading = new Reading(config.sender, config.storageKey, showUnread);
const timeline = new Timeline(
  { log: at("log"), rows: at("rows") },
  message => message.sender !== "" && message.sender === config.sender,
  strings, { older: askOlder, moved: markSeen },
);
const pending = new Pending(at("pending"), () => you, strings);
const socket = new Socket(socketAddress(config.socketOrigin, config.socketPath, location), {
  since: () => sequence.seq, frame: received, state: connectionChanged,
});
const banner = new Banner({
  banner: at("banner"), text: at("banner-text"), tryNow: at("try-now"), logIn: at("log-in"),
  status: at("status"), light: at("light"),
}, strings, () => socket.connect());

// The server's frames

const readers = {
  [protocol.WELCOME]: welcomed,
  [protocol.MESSAGES]: frame => takeLive(frame.messages),
  [protocol.CATCH_UP]: caughtUp,
  [protocol.HISTORY]: olderCame,
  [protocol.ACK]: frame => {
    for (const { id, seq } of frame.acks) {
      if (outbox) outbox.acked(id, seq);
      sequence.reached(seq);
    }
    settleShown();
    watchGap();
  },
  [protocol.PONG]: frame => {
    sequence.reached(frame.seq);
    watchGap();
  },
  [protocol.ERROR]: frame => {
    if (outbox) outbox.refused(frame.code, frame.ids || (frame.id ? [frame.id] : []), frame.retry_after);
  },
};

function received(frame, since) {
  const read = readers[frame.type];
  if (read) read(frame, since);  // A frame of a later version of the protocol is none of ours.
}

let early = [];  // A broadcast may come before the welcome that it belongs behind.

function takeLive(messages) {
  if (socket.state.name !== "open") early.push(...messages);
  else show(sequence.take(messages));
  watchGap();
}

function welcomed(frame, since) {
  const isOther = epoch !== null && frame.epoch !== epoch;
  if (since !== null && (isOther || frame.seq < since)) {
    reset();
    return;
  }
  epoch = frame.epoch;
  sequence.reached(frame.seq);
  if (since === null) firstPage(frame);
  else {
    const missed = sequence.answer(since, frame.messages);
    if (missed.some(isOthers)) timeline.setUnreadLine(since);
    show(missed);
  }
  const waited = early;
  early = [];
  show(sequence.take(waited));
  draw();

  recognise(frame.you);
  timeline.fill();
  if (frame.complete) watchGap();
  else askMissing();
}

function firstPage(frame) {
  const { messages } = frame;
  const readBefore = reading.open(frame.epoch, frame.seq, messages.length ? messages[0].seq : frame.seq + 1);
  timeline.hasOlder = messages.length > 0 && messages[0].seq > 1;
  showTop();
  add(sequence.begin(messages));
  if (reading.count && readBefore !== null) timeline.setUnreadLine(readBefore);
  // Read on where the reading stopped, when that is on this page.
  if (reading.count) timeline.toUnreadLine();
  markSeen();
}

// The room is another one than before, or has gone back behind what we have: all of it afresh.
function reset() {
  sequence.reset();
  timeline.reset();
  early = [];
  toDraw = [];
  catchUp = null;
  olderAsked = null;
  epoch = null;
  socket.connect();
}

// A socket speaks for whoever was logged in when it was opened; this page, for whoever loaded it.
function recognise(welcomedAs) {
  const isOther = welcomedAs.sender !== config.sender;
  at("changed").hidden = !isOther;
  if (isOther) return;
  you = welcomedAs;
  if (!outbox) return;
  outbox.settle(outbox.entries.filter(entry => entry.state === STORED).map(entry => entry.id));
  outbox.open();
}

// Gaps

let catchUp = null;  // {since, upTo}: the one that is under way
let gapTimer = null;

function watchGap() {
  if (!sequence.missing || catchUp || gapTimer) return;
  gapTimer = setTimeout(() => {
    gapTimer = null;
    if (sequence.missing && !catchUp) askMissing();
  }, GAP_PATIENCE);
}

function askMissing() {
  const asked = { since: sequence.seq, upTo: sequence.furthest };
  if (!socket.send({ type: protocol.CATCH_UP, since: asked.since })) return;
  catchUp = asked;
  setTimeout(() => {
    if (catchUp === asked) {
      catchUp = null;
      watchGap();
    }
  }, ANSWER_WITHIN);
}

function caughtUp(frame) {
  if (!catchUp || frame.since !== catchUp.since) return;
  const { upTo } = catchUp;
  catchUp = null;
  // All up to there was stored when we asked: what a complete answer leaves out does not exist.
  show(sequence.answer(frame.since, frame.messages, frame.complete ? upTo : 0));
  if (frame.complete) watchGap();
  else askMissing();
}

// History

let olderAsked = null;

function askOlder() {
  const before = timeline.messages[0].seq;
  if (olderAsked === before) return;
  if (!socket.send({ type: protocol.HISTORY, before, limit: PAGE })) return;
  olderAsked = before;
  showTop();
  setTimeout(() => {
    if (olderAsked === before) olderAsked = null;
  }, ANSWER_WITHIN);
}

function olderCame(frame) {
  if (frame.before !== olderAsked) return;
  olderAsked = null;
  draw();
  timeline.prepend(frame.messages, frame.more);
  showTop();
  timeline.fill();
}

function showTop() {
  at("top").textContent = timeline.hasOlder ? strings.loading : strings.beginning;
}

// What is shown

let toDraw = [];
let drawTimer = null;

// A timer and no animation frame: a hidden tab has none, and its title must count.
function show(messages) {
  if (!messages.length) return;
  toDraw.push(...messages);
  if (drawTimer === null) drawTimer = setTimeout(draw, DRAW_EVERY);
}

function draw() {
  clearTimeout(drawTimer);
  drawTimer = null;
  const messages = toDraw;
  toDraw = [];
  if (!messages.length) return;
  const hadUnread = reading.count > 0;
  const readUpTo = reading.seq;
  add(messages);
  markSeen();
  if (!hadUnread && reading.count) timeline.setUnreadLine(readUpTo);
}

function add(messages) {
  timeline.append(messages);
  settleShown(messages);
  if (outbox && outbox.entries.length) showPending();
  reading.arrived(messages.filter(isOthers).map(message => message.seq));
}

function isOthers(message) {
  return !message.sender || message.sender !== config.sender;
}

// Takes out of the outbox what the room shows by now; a message of ours is as good as its ack.
function settleShown(messages = []) {
  if (!outbox || !outbox.entries.length) return;
  const shown = new Set(messages.filter(message => !isOthers(message)).map(message => message.id));
  const done = outbox.entries.filter(
    entry => shown.has(entry.id) || (entry.state === STORED && !toDraw.length && entry.seq <= sequence.seq));
  if (done.length) outbox.settle(done.map(entry => entry.id));
}

function showPending() {
  timeline.keepPlace(() => pending.show(outbox, timeline.lastMessage));
  composer.tell(outbox.held && outbox.entries.length ? strings.slow_down : "");
}

function markSeen() {
  if (document.visibilityState === "visible") reading.seen(timeline.lastSeenSeq);
  showUnread();
}

function showUnread() {
  const { count } = reading;
  document.title = count ? `(${count}) ${title}` : title;
  const button = at("to-end");
  button.hidden = timeline.isFollowing;
  let label = strings.newest;
  if (count) label = count === 1 ? strings.new_one : fill(strings.new_many, count);
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.classList.toggle("counts", count > 0);
  at("to-end-text").textContent = count ? label : "";
}

// The connection, and what wakes it

function connectionChanged(state) {
  banner.show(state);
  if (state.name === "open") return;
  catchUp = null;
  olderAsked = null;
  early = [];
  if (outbox && outbox.connected) outbox.close();
}

let today = dayOf(new Date());

function woke() {
  if (document.visibilityState === "hidden") return;
  socket.check();
  markSeen();
  if (dayOf(new Date()) === today) return;
  today = dayOf(new Date());
  timeline.renameDays();
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
  }, `chartroom.draft|${config.storageKey}|${config.sender}`, strings, text => {
    timeline.setUnreadLine(null);
    timeline.toEnd();
    outbox.add(text);
    markSeen();
  });
  setInterval(() => outbox.adopt(drawer.adopt()), ADOPT_EVERY);
  showPending();
  if (matchMedia("(hover: hover)").matches) composer.focus();
}

if (at("composer") && config.sender) startWriting();
at("to-end").addEventListener("click", () => {
  timeline.toEnd();
  markSeen();
  if (composer) composer.focus();
});
at("reload").addEventListener("click", () => location.reload());
document.addEventListener("visibilitychange", woke);
addEventListener("focus", woke);
addEventListener("online", () => socket.check());
addEventListener("offline", () => socket.check());
// A page out of the back-forward cache has lost its socket without being told.
addEventListener("pageshow", event => event.persisted && location.reload());
socket.connect();
