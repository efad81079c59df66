// How far the user has read in a room, stored in the browser. It is used for the number in the title,
// for the unread line, and for the counts in the list of rooms.

import * as storage from "./storage.js";

export const READ = "chartroom.read|";

export function readKey(sender, room) {
  return `${READ}${sender}|${room}`;
}

// Whether what was kept belongs to the room; 0 stands for the time before it existed.
export function isSameRoom(kept, epoch) {
  return kept === epoch || kept === 0;
}

export class Reading {
  // change(): the count may have changed.
  constructor(sender, room, change) {
    this.key = readKey(sender, room);
    this.change = change;
    this.seq = null;
    this.unread = [];   // the seqs of other users' messages after `seq`, in order
    this.notLoaded = 0;
    // The user has read further in another tab of this room.
    addEventListener("storage", event => {
      if (event.key === this.key && this.seq !== null) this._adopt(storage.load(this.key));
    });
  }

  // Return the seq up to which the user had read, or null on a first visit.
  open(epoch, lastSeq, firstLoaded) {
    this.epoch = epoch;
    this.unread = [];
    const kept = storage.load(this.key);
    const isKnown = kept !== null && isSameRoom(kept.epoch, epoch) && kept.seq <= lastSeq;
    this.seq = isKnown ? kept.seq : lastSeq;
    this.notLoaded = isKnown ? Math.max(0, firstLoaded - 1 - this.seq) : 0;
    if (!isKnown) this._save();
    return isKnown ? kept.seq : null;
  }

  get count() {
    return this.unread.length + this.notLoaded;
  }

  arrived(seqs) {
    for (const seq of seqs) if (seq > this.seq) this.unread.push(seq);
    this.change();
  }

  seen(seq) {
    if (this.seq === null || seq <= this.seq) return;
    this.seq = seq;
    this._forget();
    this._save();
    this.change();
  }

  _adopt(kept) {
    if (!kept || !isSameRoom(kept.epoch, this.epoch) || kept.seq <= this.seq) return;
    this.seq = kept.seq;
    this._forget();
    this.change();
  }

  _forget() {
    const left = this.unread.findIndex(seq => seq > this.seq);
    this.unread.splice(0, left < 0 ? this.unread.length : left);
    this.notLoaded = 0;
  }

  _save() {
    storage.save(this.key, { seq: this.seq, epoch: this.epoch });
  }
}
