// The entries of a read-only room, newest first. An edit is shown in the place of its original. The
// entries depend only on the messages, not on the pages in which they were received.

const MOST_EDITS = 1000;  // kept for entries that are not loaded

export class Entries {
  constructor() {
    this.reset();
  }

  reset() {
    this.all = [];           // {seq, first, message}: `message` is shown, in the place of `first`
    this.byKey = new Map();  // to find the original of an edit
    this.edits = new Map();  // the latest edits of forgotten entries
  }

  // Add messages after all others, in order. Return the new entries and the changed ones.
  came(messages) {
    const fresh = [];
    const changed = new Set();
    for (const message of messages) {
      const entry = isEdit(message) && this.byKey.get(keyOf(message));
      if (entry) {
        entry.message = message;
        changed.add(entry);
      } else {
        fresh.unshift(this._made(message));
      }
    }
    this.all = fresh.concat(this.all);
    return { fresh, changed: Array.from(changed) };
  }

  // Add a page of older messages, in order. An edit whose original is among them moves to its place.
  older(messages) {
    for (const message of messages.slice().reverse()) {
      const entry = this.byKey.get(keyOf(message));
      if (entry && isEdit(entry.first)) {
        this.all.splice(this.all.indexOf(entry), 1);
        Object.assign(entry, { seq: message.seq, first: message });
        this.all.push(entry);
      } else {
        this.all.push(this._made(message));
      }
    }
  }

  // Forget all but the newest `count` entries. They can be loaded again as older ones.
  forget(count) {
    for (const entry of this.all.splice(count)) {
      const key = keyOf(entry.message);
      if (this.byKey.get(key) === entry) this.byKey.delete(key);
      if (isEdit(entry.message)) this.edits.set(key, entry.message);
      if (this.edits.size > MOST_EDITS) this.edits.delete(this.edits.keys().next().value);
    }
  }

  _made(message) {
    const key = keyOf(message);
    const edit = key && this.edits.get(key);
    const entry = { seq: message.seq, first: message, message: edit || message };
    if (key && !this.byKey.has(key)) this.byKey.set(key, entry);
    return entry;
  }
}

export function isEdit(message) {
  return Boolean(message.data && message.data.edited && message.data.edits);
}

// The key that an edit shares with its original. It contains the sender, so that a source can edit only its own entries.
function keyOf(message) {
  const { data, source, sender } = message;
  const entry = data && (isEdit(message) ? data.edits : data.entry);
  return entry ? JSON.stringify([source, sender, String(entry)]) : null;
}
