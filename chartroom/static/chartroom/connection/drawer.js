// Stores the unsent messages of a tab. Each tab of a room has its own drawer, so that two tabs do not
// send the same messages. Another tab takes over the drawer of a tab that was closed.
// This does not have to be exact: a message that is sent twice has the same id, and is stored once.

import * as storage from "../frame/storage.js";

const BEAT = 5000;
const GONE_AFTER = 150000;  // the timers of a hidden tab may run only once a minute
const TAB = "chartroom.tab";

export class Drawer {
  constructor(room, sender) {
    this.prefix = `chartroom.unsent|${room}|${sender}|`;
    this.tab = this._rememberedTab();
    // A duplicated tab has a copy of the sessionStorage of the original.
    if (this.tab === null || this._isAlive(this.tab)) this.tab = String(Math.random()).slice(2);
    try {
      sessionStorage.setItem(TAB, this.tab);
    } catch {
      // After a reload, this is then the drawer of a closed tab.
    }
    this._beat();
    setInterval(() => this._beat(), BEAT);
    addEventListener("pagehide", () => storage.remove(this._aliveKey(this.tab)));
    addEventListener("pageshow", () => this._beat());
  }

  load() {
    return storage.load(this.prefix + this.tab) || [];
  }

  save(entries) {
    if (entries.length) storage.save(this.prefix + this.tab, entries);
    else storage.remove(this.prefix + this.tab);
  }

  // Return the messages of closed tabs, and remove them from the storage.
  adopt() {
    let entries = [];
    for (const key of storage.keys(this.prefix)) {
      const tab = key.slice(this.prefix.length);
      if (tab === this.tab || this._isAlive(tab)) continue;
      entries = entries.concat(storage.load(key) || []);
      storage.remove(key);
    }
    for (const key of storage.keys(this._aliveKey(""))) {
      if (!this._isAlive(key.slice(this._aliveKey("").length))) storage.remove(key);
    }
    return entries;
  }

  _rememberedTab() {
    try {
      return sessionStorage.getItem(TAB);
    } catch {
      return null;
    }
  }

  _aliveKey(tab) {
    return `chartroom.alive|${this.prefix}${tab}`;
  }

  _isAlive(tab) {
    const beat = storage.load(this._aliveKey(tab));
    return beat !== null && Math.abs(Date.now() - beat) < GONE_AFTER;
  }

  _beat() {
    storage.save(this._aliveKey(this.tab), Date.now());
  }
}
