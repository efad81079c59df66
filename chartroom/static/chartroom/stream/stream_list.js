// The entries in view, newest at the top. All loaded entries are kept in memory. Only a range of them
// is in the page, and the entry that is being read does not move when others are added above it.

import { Entries, isEdit } from "./entries.js";

const PAGE = 50;        // rows added at once when scrolling
const MOST_ROWS = 400;
const KEPT_ROWS = 250;  // rows left after removing surplus ones
const MOST_KEPT = 5000;
const AT_TOP = 48;      // pixels from the top that still count as the top
const HELD = 400;       // milliseconds for which a jump to the top overrides a scroll animation that is still running

export class StreamList {
  // places: {log, rows}; fillRow(row, entry) makes the row's contents; on.older(), on.moved().
  constructor(places, fillRow, on) {
    Object.assign(this, places);
    this.fillRow = fillRow;
    this.on = on;
    this.entries = new Entries();
    this.rowOf = new Map();  // rows in the page, by entry
    this.rounded = 0;        // pixels by which the view moved in `keepPlace`; many such errors would add up
    this.reset();
    for (const input of ["wheel", "touchmove", "keydown"]) {
      this.log.addEventListener(input, () => { this.heldUntil = 0; }, { passive: true });
    }
    this.log.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this.rows.addEventListener("keydown", event => this._key(event));
    if (window.ResizeObserver) {
      new ResizeObserver(() => this._scrolled()).observe(this.log);
    }
  }

  reset() {
    this.entries.reset();
    this.hasOlder = true;
    this.newest = Infinity;  // the range in the page, by the entries' seqs
    this.oldest = Infinity;
    this.heldUntil = 0;
    this._draw();
  }

  get isAtTop() {
    return this.newest === Infinity && this.log.scrollTop < AT_TOP;
  }

  get oldestLoaded() {
    const { all } = this.entries;
    return all[all.length - 1].seq;
  }

  // Add messages after all others. Return the new entries.
  came(messages) {
    const wasAtTop = this.isAtTop;
    const newestBefore = this.entries.all.length ? this.entries.all[0].seq : Infinity;
    const { fresh, changed } = this.entries.came(messages);
    this.keepPlace(() => {
      for (const entry of changed) this._refill(entry);
      if (this.oldest === Infinity) this._reachDown(PAGE);
      if (wasAtTop) this._trimBottom();
      // The user reads further down: the page does not have to grow above the view.
      else if (this.newest === Infinity && this._shown().length > MOST_ROWS) this.newest = newestBefore;
      this._draw();
    });
    return fresh;
  }

  older(messages, more) {
    this.hasOlder = more;
    this.keepPlace(() => {
      this.entries.older(messages);
      for (const entry of this.entries.all) if (isEdit(entry.message)) this._refill(entry);
      this._goDown();
    });
  }

  // Update all rows, after a change of what their contents depend on besides the entry.
  refill() {
    this.keepPlace(() => {
      for (const entry of this.rowOf.keys()) this._refill(entry);
    });
  }

  jumpToTop() {
    this.heldUntil = performance.now() + HELD;
    this.newest = this.oldest = Infinity;
    this._reachDown(PAGE);
    this._draw();
    this.log.scrollTop = 0;
  }

  // Make `change` to the page without moving the entry that is being read. A view at the top stays there.
  keepPlace(change) {
    const wasAtTop = this.isAtTop;
    const edge = this.log.getBoundingClientRect().top;
    const inView = [];
    for (const row of this.rows.children) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > edge) inView.push([row, top]);
    }
    change();
    if (wasAtTop) {
      this.log.scrollTop = 0;
      return;
    }
    // The first row that is still in the page: an edit may have moved to its original's place.
    const anchor = inView.find(([row]) => row.isConnected);
    if (!anchor) return;
    const moved = () => anchor[0].getBoundingClientRect().top - anchor[1] + this.rounded;
    this.log.scrollTop += moved();
    const left = moved();
    this.rounded = Math.abs(left) < 1 ? left : 0;  // otherwise the page was at its end
  }

  // Add rows when the view is near an end of the range.
  fill() {
    if (!this.entries.all.length) return;
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    if (this.newest !== Infinity && scrollTop < clientHeight) {
      this.keepPlace(() => {
        this._reachUp(PAGE);
        this._trimBottom();
        this._draw();
      });
    }
    if (scrollHeight - scrollTop - clientHeight > clientHeight) return;
    if (this.oldest > this.oldestLoaded) {
      this.keepPlace(() => this._goDown());
    } else if (this.hasOlder) this.on.older();
  }

  _scrolled() {
    if (this.scrollWaits) return;
    this.scrollWaits = true;
    requestAnimationFrame(() => {
      this.scrollWaits = false;
      if (performance.now() < this.heldUntil) this.log.scrollTop = 0;
      this.fill();
      this.on.moved();
    });
  }

  // The keys of a feed (WAI-ARIA Authoring Practices, "Feed") move the focus between articles.
  _key(event) {
    const step = { PageDown: "nextElementSibling", PageUp: "previousElementSibling" }[event.key];
    const next = step && event.target.closest(".entry")[step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  _goDown() {
    this._reachDown(PAGE);
    const shown = this._shown();
    if (shown.length > MOST_ROWS) this.newest = shown[shown.length - KEPT_ROWS].seq;
    this._draw();
  }

  _reachDown(count) {
    const { all } = this.entries;
    if (!all.length) return;
    const end = all.findIndex(entry => entry.seq < this.oldest);
    const last = this.oldest === Infinity ? count - 1 : end < 0 ? all.length - 1 : end + count - 1;
    this.oldest = all[Math.min(last, all.length - 1)].seq;
  }

  _reachUp(count) {
    const { all } = this.entries;
    const start = all.findIndex(entry => entry.seq <= this.newest);
    this.newest = start <= count ? Infinity : all[start - count].seq;
  }

  _trimBottom() {
    const shown = this._shown();
    if (shown.length > MOST_ROWS) this.oldest = shown[KEPT_ROWS - 1].seq;
    if (this.newest === Infinity && this.entries.all.length > MOST_KEPT) {
      this.entries.forget(MOST_KEPT / 2);
      this.hasOlder = true;
    }
  }

  _shown() {
    return this.entries.all.filter(entry => entry.seq <= this.newest && entry.seq >= this.oldest);
  }

  // Make the rows in the page those of the range, without touching rows that remain.
  _draw() {
    const shown = this._shown();
    const wanted = new Set(shown);
    for (const [entry, row] of this.rowOf) {
      if (wanted.has(entry)) continue;
      row.remove();
      this.rowOf.delete(entry);
    }
    const before = this.newest === Infinity ? 0 : this.entries.all.indexOf(shown[0]);
    let place = this.rows.firstElementChild;
    shown.forEach((entry, index) => {
      const row = this.rowOf.get(entry) || this._made(entry);
      if (row === place) place = place.nextElementSibling;
      else this.rows.insertBefore(row, place);
      row.setAttribute("aria-posinset", before + index + 1);
    });
  }

  _made(entry) {
    const row = document.createElement("article");
    row.className = "entry";
    row.tabIndex = 0;
    row.setAttribute("aria-setsize", -1);
    this.rowOf.set(entry, row);
    this._refill(entry);
    return row;
  }

  _refill(entry) {
    const row = this.rowOf.get(entry);
    if (!row) return;
    const hadFocus = row !== document.activeElement && row.contains(document.activeElement);
    row.dataset.seq = entry.seq;
    this.fillRow(row, entry);
    if (hadFocus) row.focus({ preventScroll: true });
  }
}
