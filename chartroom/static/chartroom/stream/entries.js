// What a room that is only read shows: its messages as entries, the newest first, and an edit in
// the place of what it edits. The same messages make the same entries, in whatever pages they come.

const MOST_EDITS = 1000;  // kept of entries that are not here

export class Entries {
  constructor() {
    this.reset();
  }

  reset() {
    this.all = [];           // {seq, first, message}: `message` is shown, in the place of `first`
    this.byKey = new Map();  // what an edit would find
    this.edits = new Map();  // the latest ones of entries that were forgotten
  }

  // Later messages than all that are here, in order; returns the entries that are new, and those that changed.
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

  // A page of older ones, in order. An edit whose original is among them goes down to its place.
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

  // All but the newest `count`; they can come back as older ones.
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

// What an edit has in common with its original: the entry, and who said it, so that no source edits another's.
function keyOf(message) {
  const { data, source, sender } = message;
  const entry = data && (isEdit(message) ? data.edits : data.entry);
  return entry ? JSON.stringify([source, sender, String(entry)]) : null;
}
