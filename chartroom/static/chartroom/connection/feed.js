// Reads a room: what the server tells goes in as frames, in any order, and comes out as messages
// in the room's order, none missing, none twice. What is missing it asks for.

import * as protocol from "./protocol.js";
import { Sequence } from "./sequence.js";

const GAP_PATIENCE = 300;     // milliseconds that a missing message may still be under way
const ANSWER_WITHIN = 10000;  // of a catch-up or a page of history, then it is asked for again
const GATHER = 16;            // so that a burst is drawn once, not message by message
const PAGE = 50;

export class Feed {
  // on.opened(frame, messages): the first page; on.came(messages): the next ones;
  // on.missed(messages, since): those of an absence, before they come; on.older(messages, more);
  // on.welcomed(you): all that the welcome brought has come; on.afresh(): everything is shown anew.
  constructor(on) {
    this.on = on;
    this.socket = null;  // given once there is one; the two know each other
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
    this.gathered = [];  // in order, and not yet given on
    this.disconnected();
  }

  // since: what the socket was opened with, or null.
  read(frame, since) {
    const reader = this.readers[frame.type];
    if (reader) reader(frame, since);
  }

  // What was asked for will not be answered any more.
  disconnected() {
    this.early = [];      // live, and before the welcome that it belongs behind
    this.catchUp = null;  // {since, upTo} of the one that is under way
    this.olderThan = null;
  }

  // The room has got this far: if that does not come by itself, it is fetched.
  reached(seq) {
    this.sequence.reached(seq);
    this._watch();
  }

  // Whether `seq` has been given on.
  hasGiven(seq) {
    return !this.gathered.length && seq <= this.sequence.seq;
  }

  // A page of history; asking again while one is under way does nothing.
  askOlder(before) {
    if (this.olderThan === before || !this.socket.send({ type: protocol.HISTORY, before, limit: PAGE })) return;
    this.olderThan = before;
    setTimeout(() => {
      if (this.olderThan !== before) return;
      this.olderThan = null;
      this.askOlder(before);
    }, ANSWER_WITHIN);
  }

  // Gives on what was gathered.
  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    const messages = this.gathered;
    this.gathered = [];
    if (messages.length) this.on.came(messages);
  }

  // A timer and no animation frame: a hidden tab has none, and its title must count.
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
    const isOther = this.epoch !== null && frame.epoch !== this.epoch;
    if (since !== null && (isOther || frame.seq < since)) {
      // Another room than before, or one that has gone back behind what we have.
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
    // All up to there was stored when we asked: what a complete answer leaves out does not exist.
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
