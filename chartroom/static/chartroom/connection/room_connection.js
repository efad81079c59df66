// The connection of a room's page: combines the socket, the feed and the banner, and checks the connection when
// the page becomes visible.

import { Banner } from "./banner.js";
import { Feed } from "./feed.js";
import { Socket, socketAddress } from "./socket.js";
import { dayOf } from "../frame/format.js";

const at = id => document.getElementById(id);

export class RoomConnection {
  // on: the handlers of Feed, and these: on.frame(frame, since), if not all frames are for the feed;
  // on.closed(): no longer open; on.woke(): the page is visible again; on.newDay(): the names of days have changed.
  constructor(config, on) {
    this.on = on;
    this.feed = new Feed(on);
    this.socket = new Socket(socketAddress(config.socketOrigin, config.socketPath, location), {
      since: () => this.feed.sequence.seq,
      frame: on.frame || ((frame, since) => this.feed.read(frame, since)),
      state: state => this._changed(state),
    });
    this.feed.socket = this.socket;
    this.banner = new Banner({
      banner: at("banner"), text: at("banner-text"), tryNow: at("try-now"), logIn: at("log-in"),
      status: at("status"), light: at("light"),
    }, config.strings, () => this.socket.connect());
    this.today = dayOf(new Date());
  }

  open() {
    document.addEventListener("visibilitychange", () => this._woke());
    addEventListener("focus", () => this._woke());
    addEventListener("online", () => this.socket.check());
    addEventListener("offline", () => this.socket.check());
    // A page restored from the back-forward cache has lost its socket without a close event.
    addEventListener("pageshow", event => event.persisted && location.reload());
    this.socket.connect();
  }

  _changed(state) {
    this.banner.show(state);
    if (state.name === "open") return;
    this.feed.disconnected();
    this.on.closed();
  }

  _woke() {
    if (document.visibilityState === "hidden") return;
    this.socket.check();
    this.on.woke();
    if (dayOf(new Date()) === this.today) return;
    this.today = dayOf(new Date());
    this.on.newDay();
  }
}
