// The field for writing a message. A draft is stored in the browser, and restored for the same user only.

import * as storage from "../frame/storage.js";
import { MAX_TEXT } from "../connection/protocol.js";
import { fill } from "../frame/format.js";

const COUNT_FROM = MAX_TEXT - 400;  // characters from which the counter is shown
const TALLEST = 0.4;                // of the window's height

export class Composer {
  // places: {form, field, button, counter, hint}; send(text).
  constructor(places, draftKey, strings, send) {
    Object.assign(this, places);
    this.draftKey = draftKey;
    this.strings = strings;
    this.send = send;
    this.field.value = storage.load(draftKey) || "";
    this.field.addEventListener("input", () => this._changed());
    this.field.addEventListener("keydown", event => this._key(event));
    this.form.addEventListener("submit", event => {
      event.preventDefault();
      this._submit();
    });
    this._changed();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  // Show a sentence below the field, or none if it is empty.
  tell(sentence) {
    if (this.hint.textContent !== sentence) this.hint.textContent = sentence;
  }

  _key(event) {
    // While a word is being composed, Enter selects it. Safari reports this by the keyCode 229.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    this._submit();
  }

  get text() {
    return this.field.value.trim();
  }

  get isTooLong() {
    return length(this.text) > MAX_TEXT;
  }

  // Return the text, or null if it cannot be sent. Show a hint if it is too long.
  sendable() {
    if (this.isTooLong) {
      this.tell(fill(this.strings.too_long, MAX_TEXT.toLocaleString(document.documentElement.lang)));
      return null;
    }
    return this.text || null;
  }

  put(text) {
    this.field.value = text;
    this._changed();
  }

  _submit() {
    const text = this.sendable();
    if (text === null) return;
    this.put("");
    this.focus();
    this.send(text);
  }

  _changed() {
    const value = this.field.value;
    if (value) storage.save(this.draftKey, value);
    else storage.remove(this.draftKey);

    const count = length(value.trim());
    const isTooLong = count > MAX_TEXT;
    this.counter.hidden = count < COUNT_FROM;
    this.counter.textContent = `${count} / ${MAX_TEXT}`;
    this.form.classList.toggle("too-long", isTooLong);
    this.field.setAttribute("aria-invalid", String(isTooLong));
    this.button.disabled = count === 0 || isTooLong;
    this.tell("");
    this._grow();
  }

  _grow() {
    this.field.style.height = "auto";
    const border = this.field.offsetHeight - this.field.clientHeight;
    this.field.style.height = `${Math.min(this.field.scrollHeight + border, innerHeight * TALLEST)}px`;
  }
}

// The number of code points, as the server counts them: an emoji is one, not two.
function length(text) {
  return text.length < COUNT_FROM ? text.length : Array.from(text).length;
}
