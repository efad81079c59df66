// Shows the state of the connection: in a bar over the messages, with a countdown, and in a separate
// live region, in which screen readers announce each change once.

import * as protocol from "./protocol.js";
import { fill } from "../frame/format.js";

const SAY_CONNECTING_AFTER = 1000;  // milliseconds; most connections are open before that

export class Banner {
  // places: {banner, text, tryNow, logIn, status, light}.
  constructor(places, strings, tryNow) {
    Object.assign(this, places);
    this.strings = strings;
    this.state = { name: "connecting" };
    this.since = performance.now();
    this.wasOpen = false;
    this.tryNow.addEventListener("click", tryNow);
    addEventListener("online", () => this._show());
    addEventListener("offline", () => this._show());
  }

  show(state) {
    if (state.name !== this.state.name) this.since = performance.now();
    // Repeated failed attempts are shown as one lost connection.
    if (state.name === "waiting") this.lost = true;
    if (state.name === "open") this.lost = false;
    this.state = state;
    // The timer runs only while the connection is not open.
    clearInterval(this.clock);
    if (state.name !== "open") this.clock = setInterval(() => this._show(), 250);
    this._show();

    if (state.name === "open") this._say(this.wasOpen ? this.strings.connected : "");
    else if (state.name !== "connecting") this._say(this._sentence());
    this.wasOpen = this.wasOpen || state.name === "open";
  }

  _show() {
    const { name, code } = this.state;
    const isSlow = performance.now() - this.since > SAY_CONNECTING_AFTER;
    const isShown = name === "waiting" || name === "refused" || (name === "connecting" && (this.lost || isSlow));
    this.light.dataset.state = name;
    this.banner.dataset.state = name;
    this.banner.hidden = !isShown;
    if (!isShown) return;
    const sentence = this._sentence();
    if (this.text.textContent !== sentence) this.text.textContent = sentence;
    this.tryNow.hidden = name !== "waiting";
    this.logIn.hidden = code !== protocol.CLOSE_LOG_IN;
  }

  _sentence() {
    const { name, code, until, restart } = this.state;
    if (name === "refused") {
      if (code === protocol.CLOSE_LOG_IN) return this.wasOpen ? this.strings.logged_out : this.strings.log_in;
      if (code === protocol.CLOSE_FORBIDDEN) return this.wasOpen ? this.strings.shut_out : this.strings.forbidden;
      return this.strings.not_found;
    }
    if (!navigator.onLine) return this.strings.offline;
    if (name === "connecting") return this.strings.connecting;
    if (restart) return this.strings.restarting;
    return fill(this.strings.reconnecting, Math.max(1, Math.ceil((until - performance.now()) / 1000)));
  }

  _say(sentence) {
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }
}
