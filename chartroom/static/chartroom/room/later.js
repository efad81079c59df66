// The panel for sending later: schedules the composer's text for a chosen time, and lists the user's waiting messages.
// A request is repeated with the same id until the server answers, even after a reload, so it is stored once.

import * as storage from "../frame/storage.js";
import { dayAndTime, fill, time } from "../frame/format.js";
import { element } from "../frame/elements.js";
import { newId } from "../connection/outbox.js";

const TRIES = 4;
const FIRST_PAUSE = 1000;               // milliseconds, doubled for each further try
const ANSWER_WITHIN = 15000;
const LATE_AT_MOST = 60000;             // for a time in the current minute; the server allows two minutes
const LONGEST = 366 * 86400000;
const HOUR = 3600000;
const MORNING = 9;

export class Later {
  // places: {toggle, panel, form, choices, when, send, status, title, list, close};
  // composer: see composer.js; mayWrite(): whether the page's user is still the current one.
  constructor(places, storageKey, strings, composer, mayWrite) {
    Object.assign(this, places);
    this.address = this.panel.dataset.address;
    this.storageKey = storageKey;
    this.strings = strings;
    this.composer = composer;
    this.mayWrite = mayWrite;
    this.entries = [];
    this.toggle.addEventListener("click", () => (this.panel.hidden ? this._open() : this._close()));
    this.close.addEventListener("click", () => this._close());
    // The parent contains the composer, in which Escape closes the panel too.
    this.panel.parentElement.addEventListener("keydown", event => {
      if (event.key === "Escape" && !this.panel.hidden && !event.isComposing) this._close();
    });
    this.form.addEventListener("submit", event => {
      event.preventDefault();
      this._submit();
    });
    this.toggle.hidden = false;
    // A request was sent, and the page was left before the answer.
    if (storage.load(storageKey)) this._load();
  }

  // The room shows these messages of the user now.
  sent(ids) {
    this._forget(ids);
    const last = ids.length ? storage.load(this.storageKey) : null;
    if (last && ids.includes(last.id)) this._kept({ ...last, state: "sent" });
  }

  _open() {
    this.panel.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this._tell("");
    this._showChoices();
    this._load();
    this.choices.firstChild.focus();
  }

  _close() {
    this.panel.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
    this.toggle.focus();
  }

  _tell(sentence, isWrong = false) {
    this.status.textContent = sentence;
    this.status.classList.toggle("complaint", isWrong);
  }

  // Times to choose from, in the user's time zone

  _showChoices() {
    const now = new Date();
    const tomorrow = morning(now, 1);
    const monday = morning(now, (8 - now.getDay()) % 7 || 7);
    const choices = [
      [this.strings.later_hour, new Date(now.getTime() + HOUR)],
      [fill(this.strings.later_tomorrow, time(tomorrow)), tomorrow],
    ];
    if (monday > tomorrow) choices.push([dayAndTime(monday, this.strings), monday]);
    this.choices.textContent = "";
    for (const [label, at] of choices) {
      const button = element("button", "", label);
      button.type = "button";
      button.addEventListener("click", () => {
        this.when.value = localValue(at);
        this.send.focus();
      });
      this.choices.append(button);
    }
    this.when.min = localValue(now);
    this.when.max = localValue(new Date(now.getTime() + LONGEST));
    if (!this.when.value) this.when.value = localValue(choices[0][1]);
  }

  // Scheduling

  async _submit() {
    const { strings } = this;
    if (isBusy(this.send)) return;
    if (!this.mayWrite()) return this._tell(strings.later_reload, true);
    const text = this.composer.sendable();
    if (text === null) {
      this._tell(this.composer.isTooLong ? "" : strings.later_empty, true);
      return this.composer.focus();
    }
    const at = new Date(this.when.value);
    if (isNaN(at)) return this._tell(strings.later_no_time, true);
    if (at < Date.now() - LATE_AT_MOST || at > Date.now() + LONGEST) return this._tell(strings.later_bad_time, true);

    const wanted = this._remember(text, at.toISOString());
    setBusy(this.send, true);
    this._tell(strings.sending);
    const answer = await this._ask("", wanted);
    setBusy(this.send, false);

    if (answer.status === 200 || answer.status === 201) {
      this._kept(answer.content);
      this._tell(fill(strings.later_kept, dayAndTime(new Date(answer.content.at), strings)));
    } else {
      // After a refusal, the next request has a new id; without an answer, the same id.
      if (answer.status) storage.remove(this.storageKey);
      this._tell(this._reason(answer), true);
    }
  }

  _remember(text, at) {
    const last = storage.load(this.storageKey);
    if (last && last.text === text && last.at === at) return last;
    const wanted = { id: newId(), text, at };
    storage.save(this.storageKey, wanted);
    return wanted;
  }

  _kept(entry) {
    storage.remove(this.storageKey);
    if (this.composer.text === entry.text) this.composer.put("");
    if (entry.state === "waiting") this._show(this.entries.filter(other => other.id !== entry.id).concat(entry));
  }

  // Waiting messages

  async _load() {
    const answer = await this._ask("");
    if (answer.status !== 200) {
      this._tell(this._reason(answer), true);
      return;
    }
    this._show(answer.content.later);
    const last = storage.load(this.storageKey);
    const kept = last && this.entries.find(entry => entry.id === last.id);
    if (kept) this._kept(kept);
  }

  _show(entries) {
    this.entries = entries.sort((one, other) => new Date(one.at) - new Date(other.at));
    this.title.hidden = !entries.length;
    this.list.textContent = "";
    for (const entry of this.entries) this.list.append(this._row(entry));
  }

  _row(entry) {
    const row = element("li", "later-entry");
    const when = element("time", "", dayAndTime(new Date(entry.at), this.strings));
    when.dateTime = entry.at;
    const text = element("p", "later-text", entry.text);
    text.dir = "auto";
    const cancel = element("button", "", this.strings.later_cancel);
    cancel.type = "button";
    cancel.setAttribute("aria-label", `${this.strings.later_cancel}: ${entry.text}`);
    cancel.addEventListener("click", () => this._cancel(entry, cancel));
    row.append(when, text, cancel);
    return row;
  }

  async _cancel(entry, button) {
    if (isBusy(button)) return;
    setBusy(button, true);
    const answer = await this._ask(`${encodeURIComponent(entry.id)}/cancel/`, {});
    setBusy(button, false);
    if (![200, 404, 409].includes(answer.status)) return this._tell(this._reason(answer), true);

    this._forget([entry.id]);
    this.when.focus();
    if (answer.status !== 200) return this._tell(this.strings.later_too_late, true);
    // The user may want to edit the text.
    if (!this.composer.text) this.composer.put(entry.text);
    this._tell(this.strings.later_cancelled);
  }

  _forget(ids) {
    const left = this.entries.filter(entry => !ids.includes(entry.id));
    if (left.length < this.entries.length) this._show(left);
  }

  // The server

  // Return {status, code, content}. The status is 0 if there was no usable answer.
  async _ask(path, body) {
    for (let tried = 1, pause = FIRST_PAUSE; ; tried += 1, pause *= 2) {
      const answer = await this._askOnce(path, body);
      if (answer.status || tried === TRIES) return answer;
      await new Promise(done => setTimeout(done, pause));
    }
  }

  async _askOnce(path, body) {
    const given = new AbortController();
    const timer = setTimeout(() => given.abort(), ANSWER_WITHIN);
    try {
      const response = await fetch(this.address + path, {
        method: body ? "POST" : "GET", body: body && JSON.stringify(body), signal: given.signal, credentials: "same-origin",
        headers: { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value, "Content-Type": "application/json" },
      });
      if (response.status >= 500) return { status: 0 };
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      const content = isJson ? await response.json() : {};
      return { status: response.status, code: content.error ? content.error.code : "", content };
    } catch {
      return { status: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  _reason({ status, code }) {
    const { strings } = this;
    if (!status) return strings.later_no_answer;
    // Django's own 403 page: the CSRF token is that of the user who was logged in before.
    if (code === "log_in" || (status === 403 && !code)) return strings.later_reload;
    return strings[`later_${code}`] || strings.refused;
  }
}

// Not `disabled`, which would remove the keyboard focus from the button.
function setBusy(button, is) {
  button.setAttribute("aria-disabled", String(is));
}

function isBusy(button) {
  return button.getAttribute("aria-disabled") === "true";
}

function morning(now, days) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

// The value of an <input type="datetime-local">.
function localValue(at) {
  const two = number => String(number).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
    + `T${two(at.getHours())}:${two(at.getMinutes())}`;
}
