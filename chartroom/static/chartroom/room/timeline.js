// The messages in view. All loaded messages are kept in memory, oldest first. Only a window of them
// is in the page, so that scrolling is equally fast in rooms of any length.

import { decorate, storedRow } from "./row.js";

const PAGE = 50;        // rows added at once when scrolling
const MOST_ROWS = 600;
const KEPT_ROWS = 400;  // rows left after removing surplus ones, so that this is not done for each new message
const MOST_KEPT = 20000;
const AT_END = 48;      // pixels from the end that still count as the end
const HELD = 400;       // milliseconds for which a jump to the end overrides a scroll animation that is still running

export class Timeline {
  // places: {log, rows}; isOwn(message); on.older(), on.moved().
  constructor(places, isOwn, strings, on) {
    Object.assign(this, places);
    this.isOwn = isOwn;
    this.strings = strings;
    this.on = on;
    this.reset();
    for (const input of ["wheel", "touchmove", "keydown"]) {
      this.log.addEventListener(input, () => { this.heldUntil = 0; }, { passive: true });
    }
    this.log.addEventListener("scroll", () => this._scrolled(), { passive: true });
    // The height changes when an on-screen keyboard opens, or a phone is rotated: stay at the end.
    if (window.ResizeObserver) {
      new ResizeObserver(() => this._stay()).observe(this.log);
    }
  }

  reset() {
    this.messages = [];
    this.start = this.end = 0;   // of the window
    this.readUpTo = null;        // the unread line is shown after this seq
    this.hasOlder = true;
    this.isFollowing = true;
    this.heldUntil = 0;
    this.rows.textContent = "";
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return this.end === this.messages.length && scrollHeight - scrollTop - clientHeight < AT_END;
  }

  // Add new messages, in order, after all loaded ones.
  append(messages) {
    const wasComplete = this.end === this.messages.length;
    this.messages.push(...messages);
    if (wasComplete && (this.isFollowing || this.end - this.start + messages.length <= MOST_ROWS)) {
      this._renderDown(this.messages.length);
    }
    if (this.isFollowing) {
      this._trimTop();
      this.toEnd();
    }
  }

  // Add a page of older messages, in order, before all loaded ones.
  prepend(messages, more) {
    this.hasOlder = more;
    this.messages = messages.concat(this.messages);
    this.start += messages.length;
    this.end += messages.length;
    this._renderUp();
  }

  // At the user's request. A scroll animation started by the wheel or a key would otherwise continue from there.
  jumpToEnd() {
    this.heldUntil = performance.now() + HELD;
    this.toEnd();
  }

  toEnd() {
    if (this.end < this.messages.length) {
      this.rows.textContent = "";
      this.start = this.end = Math.max(0, this.messages.length - PAGE);
      this._renderDown(this.messages.length);
    }
    this.isFollowing = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  // Show the line before the first message after `seq`; null removes it.
  setUnreadLine(seq) {
    const old = this._firstAfter(this.readUpTo);
    this.readUpTo = seq;
    for (const index of new Set([old, this._firstAfter(seq)])) this._decorate(index);
  }

  // Scroll the unread line near the top of the view. Return false if it is not in the page.
  toUnreadLine() {
    const line = this.rows.querySelector(".unread-line");
    if (!line) return false;
    this.log.scrollTop = line.parentElement.offsetTop - this.log.clientHeight / 5;
    this.isFollowing = this.isAtEnd;
    return true;
  }

  // The last message whose lower end has been visible.
  get lastSeenSeq() {
    const count = this.messages.length;
    if (this.isAtEnd) return count ? this.messages[count - 1].seq : 0;
    const bottom = this.log.scrollTop + this.log.clientHeight + 4;
    const rows = this.rows.children;
    const index = firstWhere(rows.length, at => rows[at].offsetTop + rows[at].offsetHeight > bottom);
    return index ? this.messages[this.start + index - 1].seq : 0;
  }

  // Make `change` to the page without moving the row that is being read.
  keepPlace(change) {
    const top = this.log.scrollTop;
    const rows = this.rows.children;
    const anchor = rows[firstWhere(rows.length, at => rows[at].offsetTop + rows[at].offsetHeight > top)];
    // The row's lower edge, because a change above the row may remove its heading.
    const before = anchor && anchor.getBoundingClientRect().bottom;
    change();
    if (this.isFollowing) this.toEnd();
    else if (anchor && anchor.isConnected) {
      this.log.scrollTop += anchor.getBoundingClientRect().bottom - before;
    }
  }

  // Update the names of days, after midnight.
  renameDays() {
    for (let index = this.start; index < this.end; index += 1) this._decorate(index);
  }

  get lastMessage() {
    return this.messages.length ? this.messages[this.messages.length - 1] : null;
  }

  _scrolled() {
    if (this.scrollWaits) return;
    this.scrollWaits = true;
    requestAnimationFrame(() => {
      this.scrollWaits = false;
      if (performance.now() < this.heldUntil) this.toEnd();
      this.fill();
      this.isFollowing = this.isAtEnd;
      this.on.moved();
    });
  }

  // Add rows when the view is near an end of the window.
  fill() {
    if (!this.messages.length) return;
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    if (scrollTop < clientHeight) {
      if (this.start > 0) this._renderUp();
      else if (this.hasOlder) this.on.older();
    }
    if (this.end < this.messages.length && scrollHeight - scrollTop - clientHeight < clientHeight) {
      this.keepPlace(() => {
        this._renderDown(Math.min(this.messages.length, this.end + PAGE));
        this._trimTop();
      });
    }
  }

  _stay() {
    if (this.isFollowing) this.toEnd();
    this.on.moved();
  }

  _renderUp() {
    const from = Math.max(0, this.start - PAGE);
    const fragment = this._fragment(from, this.start);
    // Screen readers should not announce older messages.
    this.log.setAttribute("aria-live", "off");
    this.keepPlace(() => {
      this.rows.prepend(fragment);
      const joint = this.start;
      this.start = from;
      if (joint < this.end) this._decorate(joint);
      if (this.end - this.start > MOST_ROWS && !this.isFollowing) this._dropRows(KEPT_ROWS, this.end);
    });
    requestAnimationFrame(() => this.log.removeAttribute("aria-live"));
  }

  _renderDown(to) {
    this.rows.append(this._fragment(this.end, to));
    this.end = to;
  }

  _trimTop() {
    if (this.end - this.start > MOST_ROWS) {
      const surplus = this.end - this.start - KEPT_ROWS;
      this._dropRows(0, this.start + surplus);
    }
    if (this.messages.length > MOST_KEPT && this.start > MOST_KEPT / 2) {
      this.messages.splice(0, this.start);
      this.end -= this.start;
      this.start = 0;
      this.hasOlder = true;
    }
  }

  // Remove rows from the page: from the top up to message `to`, or all after the first `kept`.
  _dropRows(kept, to) {
    const range = document.createRange();
    range.selectNodeContents(this.rows);
    if (kept) {
      range.setStart(this.rows, kept);
      this.end = this.start + kept;
    } else {
      range.setEnd(this.rows, to - this.start);
      this.start = to;
    }
    range.deleteContents();
    this._decorate(this.start);
  }

  _fragment(from, to) {
    const fragment = document.createDocumentFragment();
    for (let index = from; index < to; index += 1) {
      const message = this.messages[index];
      const row = storedRow(message, this.isOwn(message), this.strings);
      this._dress(row, index);
      fragment.append(row);
    }
    return fragment;
  }

  _decorate(index) {
    const row = this.rows.children[index - this.start];
    if (row && index >= this.start && index < this.end) this._dress(row, index);
  }

  _dress(row, index) {
    const message = this.messages[index];
    const previous = index > 0 ? this.messages[index - 1] : null;
    const isFirstUnread = this.readUpTo !== null && message.seq > this.readUpTo
      && (previous ? previous.seq <= this.readUpTo : message.seq === this.readUpTo + 1);
    decorate(row, message, previous, isFirstUnread, this.strings);
  }

  _firstAfter(seq) {
    if (seq === null) return -1;
    return firstWhere(this.messages.length, at => this.messages[at].seq > seq);
  }
}

// A binary search for the first of `count` indexes for which `holds` is true. It must be true for all later ones.
function firstWhere(count, holds) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

