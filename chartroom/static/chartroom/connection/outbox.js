// The messages of this tab that are not stored yet. ONE frame of them is under way at a time, and
// what is written meanwhile goes into the next: so a sender's order holds with any number of workers.

import * as protocol from "./protocol.js";

const ACK_WITHIN = 10000;                      // milliseconds, then the same frame is sent again
const TRIES = 6;                               // of one frame on one connection
const FRAME_BUDGET = protocol.MAX_FRAME / 2;   // characters of JSON, well under what the server takes

export const QUEUED = "queued";
export const STORED = "stored";  // acknowledged, but not yet come by as a message of the room
export const FAILED = "failed";

export const NO_ANSWER = "no_answer";

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Over plain http, as on a LAN, there is only this.
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

  // Entries kept from before: older than all that is here.
  adopt(entries) {
    const known = new Set(this.entries.map(entry => entry.id));
    this.entries = entries.filter(entry => !known.has(entry.id)).concat(this.entries);
    if (entries.length) this._changed();
  }

  // The welcome has been read: what the room already has is settled, the rest is sent (again).
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

  // Whether the queue waits for the server's permission to go on.
  get held() {
    return this.heldUntil > Date.now();
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

  // The room has shown the message itself: nothing is left to show here.
  settle(ids) {
    const gone = new Set(ids);
    this.entries = this.entries.filter(entry => !gone.has(entry.id));
    this._arrived(ids);
    this._changed();
  }

  // An error frame: `ids` empty when it speaks of the whole frame.
  refused(code, ids, retryAfter) {
    if (!ids.length) ids = this.inFlight;
    if (code === protocol.SERVER_ERROR) return;  // The time-out sends it again.
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
    this.heldUntil = Math.max(this.heldUntil, Date.now() + milliseconds);
    clearTimeout(this.holdTimer);
    // A little later than told: clocks differ, and a refusal costs another wait.
    this.holdTimer = setTimeout(() => {
      this.heldUntil = 0;
      this._changed();
    }, this.heldUntil - Date.now() + 50);
  }

  // These are no longer under way.
  _arrived(ids) {
    if (!this.inFlight.length) return;
    const there = new Set(ids);
    this.inFlight = this.inFlight.filter(id => !there.has(id));
    if (!this.inFlight.length) clearTimeout(this.ackTimer);
  }

  // Nothing is under way.
  _landed() {
    this.inFlight = [];
    clearTimeout(this.ackTimer);
  }
}
