// What of a room has been read without a gap. Messages behind a gap wait here until the gap
// is filled, so that nobody is ever shown a later message before an earlier one.

import { merge } from "./merge.js";

export class Sequence {
  constructor() {
    this.reset();
  }

  reset() {
    this.seq = null;   // the last number up to which nothing is missing; null before the first welcome
    this.aside = [];   // what came, but stands behind a gap
    this.target = 0;   // the highest number that the room is known to have reached
  }

  // The newest page: whatever it starts with is the beginning.
  begin(messages) {
    this.seq = messages.length ? messages[messages.length - 1].seq : 0;
    return messages;
  }

  // The room has got this far, says a pong, an ack or a welcome.
  reached(seq) {
    this.target = Math.max(this.target, seq);
  }

  // Live messages, in any order and any of them twice; returns those that can be shown now.
  take(messages) {
    return this._release(messages, this.seq);
  }

  // The server's own answer to "what follows `since`?": a number that is not in it is a row that
  // is gone, and no gap. `upTo`: where the answer is known to be the whole truth beyond its last message.
  answer(since, messages, upTo = 0) {
    if (since > this.seq) return [];
    const last = messages.length ? messages[messages.length - 1].seq : 0;
    return this._release(messages, Math.max(this.seq, last, upTo));
  }

  // Whether something is missing that the server has.
  get missing() {
    return this.seq !== null && this.furthest > this.seq;
  }

  get furthest() {
    const last = this.aside.length ? this.aside[this.aside.length - 1].seq : 0;
    return Math.max(this.target, last);
  }

  _release(messages, known) {
    const shown = this.seq;
    const merged = merge(this.aside, messages, known);
    this.seq = merged.seq;
    this.aside = merged.messages.filter(message => message.seq > merged.seq);
    return merged.messages.filter(message => message.seq > shown && message.seq <= merged.seq);
  }
}
