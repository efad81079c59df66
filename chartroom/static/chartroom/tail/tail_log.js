// The lines in view: follows the end, unless the user has scrolled up.

import { fill } from "../frame/format.js";
import { plain, styled } from "./tail_ansi.js";

const MOST_LINES = 5000;  // kept; the oldest are dropped
const AT_END = 2;         // pixels from the end that still count as the end

const number = new Intl.NumberFormat(document.documentElement.lang || undefined);

export class TailLog {
  // places: {log, rows, count, toEnd, toEndText}.
  constructor(places, strings) {
    Object.assign(this, places);
    this.strings = strings;
    this.needle = "";
    this.clear();
    this.log.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this.toEnd.addEventListener("click", () => this.goOn());
    new ResizeObserver(() => this._stay()).observe(this.log);
  }

  clear() {
    this.shown = [];      // lines in the page, and those that the filter hides
    this.waiting = [];    // lines received since the user scrolled up, or since the last animation frame
    this.isFollowing = true;
    this.hasDropped = false;
    this.rows.textContent = "";
    this.lastTop = 0;
    this._tell();
  }

  // Add entries of a `lines` frame: text, or {text, joins, cut}.
  add(entries) {
    for (const entry of entries) {
      const { text, joins, cut } = typeof entry === "string" ? { text: entry } : entry;
      const last = joins ? this._last : null;
      if (!last || last.isNote) this.waiting.push({ text, cut: cut || 0, isNote: false, row: null });
      else this._join(last, text, cut || 0);
    }
    this._keepMost(this.waiting);
    this._soon();
  }

  note(sentence) {
    this.waiting.push({ text: sentence, cut: 0, isNote: true, row: null });
    this._soon();
  }

  filter(text) {
    this.needle = text.trim().toLowerCase();
    this.mustRebuild = true;
    this._soon();
  }

  goOn() {
    this.isFollowing = true;
    this._soon();
    this.log.focus();
  }

  // The lines in view as plain text, without colours.
  get text() {
    return this.shown.filter(line => !line.isNote && this._matches(line)).map(line => `${this._plain(line)}\n`).join("");
  }

  get _last() {
    const lines = this.waiting.length ? this.waiting : this.shown;
    return lines[lines.length - 1];
  }

  _join(line, text, cut) {
    line.text += text;
    line.cut += cut;
    if (line.row) {
      const row = this._row(line);
      line.row.replaceWith(row);
      line.row = row;
    } else if (this.shown.includes(line)) {
      this.mustRebuild = true;  // the line may match the filter now
    }
  }

  _soon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this._draw();
    });
  }

  _draw() {
    if (this.isFollowing) {
      const added = this.waiting;
      this.shown.push(...added);
      this.waiting = [];
      this._drop(this._keepMost(this.shown));
      if (!this.mustRebuild) this.rows.append(this._fragment(added.slice(-MOST_LINES)));
    }
    if (this.mustRebuild) {
      this.mustRebuild = false;
      const fragment = this._fragment(this.shown);
      this.rows.textContent = "";
      this.rows.append(fragment);
    }
    this._stay();
    this._tell();
  }

  // Remove the oldest lines from a list that is too long, and return them.
  _keepMost(lines) {
    const surplus = lines.length - MOST_LINES;
    if (surplus <= 0) return [];
    this.hasDropped = true;
    return lines.splice(0, surplus);
  }

  _drop(lines) {
    const rows = lines.filter(line => line.row && line.row.isConnected);
    if (!rows.length) return;
    const range = document.createRange();
    range.selectNodeContents(this.rows);
    range.setEndAfter(rows[rows.length - 1].row);
    range.deleteContents();
  }

  _fragment(lines) {
    const fragment = document.createDocumentFragment();
    for (const line of lines) {
      line.row = this._matches(line) ? this._row(line) : null;
      if (line.row) fragment.append(line.row);
    }
    return fragment;
  }

  _row(line) {
    const row = document.createElement("div");
    row.className = line.isNote ? "tail-note" : "tail-line";
    for (const piece of line.isNote ? [{ text: line.text, classes: [] }] : styled(line.text)) {
      if (!piece.classes.length) {
        row.append(piece.text);
        continue;
      }
      const span = document.createElement("span");
      span.classList.add(...piece.classes);
      span.textContent = piece.text;
      row.append(span);
    }
    if (line.cut) {
      const mark = document.createElement("span");
      mark.className = "tail-cut";
      mark.textContent = this._cut(line);
      row.append(" ", mark);
    }
    return row;
  }

  _plain(line) {
    return line.cut ? `${plain(line.text)} ${this._cut(line)}` : plain(line.text);
  }

  _cut(line) {
    return fill(this.strings.cut, number.format(line.cut));
  }

  _matches(line) {
    return !this.needle || line.isNote || plain(line.text).toLowerCase().includes(this.needle);
  }

  // Scrolling up stops following the end; reaching the end resumes it.
  _scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= AT_END;
    if (isAtEnd) {
      if (!this.isFollowing) this.goOn();
    } else if (scrollTop < this.lastTop) {
      this.isFollowing = false;
      this._tell();
    }
    this.lastTop = scrollTop;
  }

  _stay() {
    if (this.isFollowing) this.log.scrollTop = this.log.scrollHeight;
    this.lastTop = this.log.scrollTop;
  }

  _tell() {
    const lines = this.shown.filter(line => !line.isNote);
    let text = fill(this.strings.shown, number.format(lines.length));
    if (this.needle) {
      text += ` · ${fill(this.strings.matching, number.format(lines.filter(line => line.row).length))}`;
    }
    text += ` · ${fill(this.hasDropped ? this.strings.dropped : this.strings.most, number.format(MOST_LINES))}`;
    if (this.count.textContent !== text) this.count.textContent = text;

    this.toEnd.hidden = this.isFollowing;
    const come = this.waiting.filter(line => !line.isNote).length;
    const button = come === 0 ? this.strings.to_end
      : come === 1 ? this.strings.new_one : fill(this.strings.new_many, number.format(come));
    if (this.toEndText.textContent !== button) this.toEndText.textContent = button;
  }
}
