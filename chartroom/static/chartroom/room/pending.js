// The messages of the outbox, shown below the stored messages, each with its state.

import { FAILED, NO_ANSWER, STORED } from "../connection/outbox.js";
import { ID_REUSED, MAX_TEXT, TOO_LONG } from "../connection/protocol.js";
import { decorate, pendingRow, showPending } from "./row.js";
import { fill } from "../frame/format.js";

export class Pending {
  // place: the element; you() -> {author, sender}.
  constructor(place, you, strings) {
    this.place = place;
    this.you = you;
    this.strings = strings;
    this.rows = new Map();  // by id
  }

  // previous: the stored message above, or null.
  show(outbox, previous) {
    const gone = new Map(this.rows);
    let before = null;
    for (const entry of outbox.entries) {
      let row = this.rows.get(entry.id);
      const message = this._message(entry);
      if (!row) {
        row = pendingRow(message, this.strings);
        this.rows.set(entry.id, row);
      }
      gone.delete(entry.id);
      const place = before ? before.nextSibling : this.place.firstChild;
      if (place !== row) this.place.insertBefore(row, place);
      decorate(row, message, previous, false, this.strings);
      showPending(row, this._view(entry, outbox), this.strings);
      before = row;
      previous = message;
    }
    for (const [id, row] of gone) {
      row.remove();
      this.rows.delete(id);
    }
  }

  _message(entry) {
    const { author, sender } = this.you();
    return { id: entry.id, author, sender, source: "socket", text: entry.text, at: entry.at };
  }

  _view(entry, outbox) {
    const { strings } = this;
    if (entry.state === STORED) return { state: "stored", text: "", reason: "", actions: [] };
    if (entry.state === FAILED) {
      return {
        state: "failed", text: strings.failed, reason: this._reason(entry.reason),
        actions: [
          { label: strings.retry, act: () => outbox.retry(entry.id) },
          { label: strings.discard, act: () => outbox.discard(entry.id) },
        ],
      };
    }
    return outbox.isSending(entry)
      ? { state: "sending", text: strings.sending, reason: "", actions: [] }
      : { state: "waiting", text: strings.waiting, reason: "", actions: [] };
  }

  _reason(code) {
    if (code === NO_ANSWER) return this.strings.no_answer;
    if (code === TOO_LONG) return fill(this.strings.too_long, MAX_TEXT);
    if (code === ID_REUSED) return this.strings.id_reused;
    return this.strings.refused;
  }
}
