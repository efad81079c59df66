// Reads a room: takes the server's frames in any order, and passes on messages in the room's order,
// without gaps or duplicates. It requests messages that are missing.

import * as protocol from "./protocol.js";
import { Sequence } from "./sequence.js";

const GAP_PATIENCE = 300;     // milliseconds to wait for a missing message before it is requested
const ANSWER_WITHIN = 10000;  // milliseconds for a catch-up or a page of history, then the request is repeated
const GATHER = 16;            // milliseconds, so that a burst of messages is drawn once
const PAGE = 50;

export class Feed {
  // on.opened(frame, messages): the first page; on.came(messages): messages after it;
  // on.missed(messages, since): sent while disconnected, called before on.came; on.older(messages, more);
  // on.welcomed(you): the messages of the welcome have been passed on; on.afresh(): all messages are loaded again.
  constructor(on) {
    this.on = on;
    this.socket = null;  // set after both are created, because each refers to the other
    this.sequence = new Sequence();
    this.readers = {
      [protocol.WELCOME]: (frame, since) => this._welcomed(frame, since),
      [protocol.MESSAGES]: frame => this._live(frame.messages),
      [protocol.CATCH_UP]: frame => this._caughtUp(frame),
      [protocol.HISTORY]: frame => this._older(frame),
      [protocol.PONG]: frame => this.reached(frame.seq),
    };
    this._forget();
  }

  _forget() {
    this.sequence.reset();
    this.epoch = null;
    this.gathered = [];  // in order, not passed on yet
    this.disconnected();
  }

  // since: the seq with which the socket was opened, or null.
  read(frame, since) {
    const reader = this.readers[frame.type];
    if (reader) reader(frame, since);
  }

  // Pending requests will not be answered.
  disconnected() {
    this.early = [];      // live messages received before the welcome
    this.catchUp = null;  // {since, upTo} of the pending request
    this.olderThan = null;
  }

  // The room has reached `seq`. Messages up to it that do not arrive are requested.
  reached(seq) {
    this.sequence.reached(seq);
    this._watch();
  }

  // Whether the message `seq` has been passed on.
  hasGiven(seq) {
    return !this.gathered.length && seq <= this.sequence.seq;
  }

  // Request a page of history, unless the same request is pending.
  askOlder(before) {
    if (this.olderThan === before || !this.socket.send({ type: protocol.HISTORY, before, limit: PAGE })) return;
    this.olderThan = before;
    setTimeout(() => {
      if (this.olderThan !== before) return;
      this.olderThan = null;
      this.askOlder(before);
    }, ANSWER_WITHIN);
  }

  // Pass on the gathered messages.
  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    const messages = this.gathered;
    this.gathered = [];
    if (messages.length) this.on.came(messages);
  }

  // A timer, because a hidden tab has no animation frames, and its title has to show the number of unread messages.
  _gather(messages) {
    if (!messages.length) return;
    this.gathered.push(...messages);
    if (!this.timer) this.timer = setTimeout(() => this.flush(), GATHER);
  }

  _live(messages) {
    if (this.epoch === null || !this.isWelcome) this.early.push(...messages);
    else this._gather(this.sequence.take(messages));
    this._watch();
  }

  _welcomed(frame, since) {
    // Also if the room did not exist before: the one that exists now need not be the one that was created then.
    const isOther = this.epoch !== null && frame.epoch !== this.epoch;
    if (since !== null && (isOther || frame.seq < since)) {
      // A different room of the same name, or one that was restored to an earlier state.
      this._forget();
      this.on.afresh();
      this.socket.connect();
      return;
    }
    this.epoch = frame.epoch;
    this.sequence.reached(frame.seq);
    if (since === null) {
      this.on.opened(frame, this.sequence.begin(frame.messages));
    } else {
      const missed = this.sequence.answer(since, frame.messages);
      this.on.missed(missed, since);
      this._gather(missed);
    }
    this._gather(this.sequence.take(this.early));
    this.early = [];
    this.flush();
    this.on.welcomed(frame.you);
    if (frame.complete) this._watch();
    else this._askMissing();
  }

  get isWelcome() {
    return this.socket.state.name === "open";
  }

  _watch() {
    if (!this.sequence.missing || this.catchUp || this.patience) return;
    this.patience = setTimeout(() => {
      this.patience = null;
      if (this.sequence.missing && !this.catchUp) this._askMissing();
    }, GAP_PATIENCE);
  }

  _askMissing() {
    const asked = { since: this.sequence.seq, upTo: this.sequence.furthest };
    if (!this.socket.send({ type: protocol.CATCH_UP, since: asked.since })) return;
    this.catchUp = asked;
    setTimeout(() => {
      if (this.catchUp !== asked) return;
      this.catchUp = null;
      this._watch();
    }, ANSWER_WITHIN);
  }

  _caughtUp(frame) {
    if (!this.catchUp || frame.since !== this.catchUp.since) return;
    const { upTo } = this.catchUp;
    this.catchUp = null;
    // Messages up to `upTo` were stored before the request: if a complete answer lacks one, it does not exist.
    this._gather(this.sequence.answer(frame.since, frame.messages, frame.complete ? upTo : 0));
    if (frame.complete) this._watch();
    else this._askMissing();
  }

  _older(frame) {
    if (frame.before !== this.olderThan) return;
    this.olderThan = null;
    this.flush();
    this.on.older(frame.messages, frame.more);
  }
}
