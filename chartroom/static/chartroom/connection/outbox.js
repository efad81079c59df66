// The messages of this tab that are not stored yet. Only one frame of them is in flight at a time, and
// messages written meanwhile go into the next one. This keeps a sender's messages in order with any number of workers.

import * as protocol from "./protocol.js";

const ACK_WITHIN = 10000;                      // milliseconds, then the same frame is sent again
const TRIES = 6;                               // to send one frame on one connection
const FRAME_BUDGET = protocol.MAX_FRAME / 2;   // characters of JSON, well below the server's limit

export const QUEUED = "queued";
export const STORED = "stored";  // acknowledged, but not received as a message of the room yet
export const FAILED = "failed";

export const NO_ANSWER = "no_answer";

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages served by plain HTTP have no crypto.randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  // on.send(messages), on.save(entries), on.change().
  constructor(entries, on) {
    this.on = on;
    this.entries = [];
    this.inFlight = [];
    this.connected = false;
    this.heldUntil = 0;
    this.adopt(entries);
  }

  add(text) {
    const entry = { id: newId(), text, at: new Date().toISOString(), state: QUEUED };
    this.entries.push(entry);
    this._changed();
    return entry;
  }

  // Add entries from the storage. They are older than all others.
  adopt(entries) {
    const known = new Set(this.entries.map(entry => entry.id));
    this.entries = entries.filter(entry => !known.has(entry.id)).concat(this.entries);
    if (entries.length) this._changed();
  }

  // The welcome has been read: entries that the room has are settled, the others are sent (again).
  open() {
    this.connected = true;
    this.heldUntil = 0;
    this._landed();
    this._changed();
  }

  close() {
    this.connected = false;
    this._landed();
    clearTimeout(this.holdTimer);
    this.on.change();
  }

  get(id) {
    return this.entries.find(entry => entry.id === id);
  }

  // Whether the queue is paused because the server asked for it.
  get held() {
    return this.heldUntil > performance.now();
  }

  isSending(entry) {
    return entry.state === QUEUED && this.connected && !this.held;
  }

  acked(id, seq) {
    const entry = this.get(id);
    if (entry) {
      entry.state = STORED;
      entry.seq = seq;
    }
    this._arrived([id]);
    this._changed();
  }

  // Remove entries that the room shows as messages.
  settle(ids) {
    const gone = new Set(ids);
    this.entries = this.entries.filter(entry => !gone.has(entry.id));
    this._arrived(ids);
    this._changed();
  }

  // An error frame. `ids` is empty if the error concerns the whole frame.
  refused(code, ids, retryAfter) {
    if (!ids.length) ids = this.inFlight;
    if (code === protocol.SERVER_ERROR) return;  // The frame is sent again after ACK_WITHIN.
    if (code === protocol.RATE_LIMITED || code === protocol.BUSY) {
      this._hold((retryAfter || 1) * 1000);
    } else {
      for (const id of ids) this._fail(id, code);
    }
    this._arrived(ids);
    this._changed();
  }

  retry(id) {
    const entry = this.get(id);
    if (!entry || entry.state !== FAILED) return;
    if (entry.reason === protocol.ID_REUSED) entry.id = newId();
    entry.state = QUEUED;
    delete entry.reason;
    this._changed();
  }

  discard(id) {
    this.settle([id]);
  }

  _changed() {
    this._pump();
    this.on.save(this.entries.filter(entry => entry.state !== STORED));
    this.on.change();
  }

  _pump() {
    if (!this.connected || this.inFlight.length || this.held) return;
    const frame = this._nextFrame();
    this.inFlight = frame.map(entry => entry.id);
    this.tries = 0;
    if (frame.length) this._send(frame);
  }

  _nextFrame() {
    const frame = [];
    let size = 0;
    for (const entry of this.entries) {
      if (entry.state !== QUEUED) continue;
      size += JSON.stringify({ id: entry.id, text: entry.text }).length + 1;
      if (frame.length === protocol.MAX_MESSAGES || (frame.length && size > FRAME_BUDGET)) break;
      frame.push(entry);
    }
    return frame;
  }

  _send(frame) {
    this.tries += 1;
    this.on.send(frame.map(({ id, text }) => ({ id, text })));
    clearTimeout(this.ackTimer);
    this.ackTimer = setTimeout(() => this._unanswered(), ACK_WITHIN);
  }

  _unanswered() {
    const frame = this.inFlight.map(id => this.get(id));
    if (this.tries < TRIES) {
      this._send(frame);
      return;
    }
    for (const entry of frame) this._fail(entry.id, NO_ANSWER);
    this._landed();
    this._changed();
  }

  _fail(id, reason) {
    const entry = this.get(id);
    if (!entry || entry.state !== QUEUED) return;
    entry.state = FAILED;
    entry.reason = reason;
  }

  _hold(milliseconds) {
    this.heldUntil = Math.max(this.heldUntil, performance.now() + milliseconds);
    clearTimeout(this.holdTimer);
    // A little later than requested: clocks differ, and a message sent too early would be refused again.
    this.holdTimer = setTimeout(() => {
      this.heldUntil = 0;
      this._changed();
    }, this.heldUntil - performance.now() + 50);
  }

  // These messages are no longer in flight.
  _arrived(ids) {
    if (!this.inFlight.length) return;
    const there = new Set(ids);
    this.inFlight = this.inFlight.filter(id => !there.has(id));
    if (!this.inFlight.length) clearTimeout(this.ackTimer);
  }

  // Nothing is in flight.
  _landed() {
    this.inFlight = [];
    clearTimeout(this.ackTimer);
  }
}
