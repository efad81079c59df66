// How far a room has been read without a gap. Messages after a gap are held back until the gap
// is filled, so that a later message is never shown before an earlier one.

import { merge } from "./merge.js";

export class Sequence {
  constructor() {
    this.reset();
  }

  reset() {
    this.seq = null;   // the last number up to which nothing is missing; null before the first welcome
    this.aside = [];   // received messages after a gap
    this.target = 0;   // the highest number that the room is known to have reached
  }

  // The newest page: no message before it counts as missing.
  begin(messages) {
    this.seq = messages.length ? messages[messages.length - 1].seq : 0;
    return messages;
  }

  // A pong, an ack or a welcome reports that the room has reached `seq`.
  reached(seq) {
    this.target = Math.max(this.target, seq);
  }

  // Take live messages, in any order and possibly repeated. Return those that can be shown now.
  take(messages) {
    return this._release(messages, this.seq);
  }

  // Take the messages after `since` from a catch-up or welcome. A number that is not among them is a deleted
  // row, and no gap. `upTo`: the number up to which they are complete, if that is after the last of them.
  answer(since, messages, upTo = 0) {
    if (since > this.seq) return [];
    const last = messages.length ? messages[messages.length - 1].seq : 0;
    return this._release(messages, Math.max(this.seq, last, upTo));
  }

  // Whether the server has messages that are missing here.
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
