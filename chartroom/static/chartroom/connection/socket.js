// The connection to a room: sends heartbeats, detects a dead connection, and reconnects.
// It does not know what the frames mean: they are passed in and out as objects.

import * as protocol from "./protocol.js";

const FIRST_DELAY = 500;        // milliseconds before the second attempt; doubled for each further one
const LONGEST_DELAY = 30000;
const WELCOME_WITHIN = 15000;   // milliseconds after opening the socket
const CHECK_WITHIN = 4000;      // milliseconds for the answer to the ping of `check`
const STEADY_AFTER = 10000;     // milliseconds; a connection that was open for longer resets the backoff
const NEW_SESSION_AFTER = 1000; // the server closes the socket a moment before the session ends
const TICK = 1000;
const DRIFT = 4000;             // milliseconds; after a longer delay of a tick, the computer slept or the tab was frozen

const FINAL = new Set([
  protocol.CLOSE_BAD_REQUEST, protocol.CLOSE_LOG_IN, protocol.CLOSE_FORBIDDEN, protocol.CLOSE_NOT_FOUND,
]);

// origin: "", ":8001" or "wss://host", see the setting CHARTROOM_SOCKET_ORIGIN.
export function socketAddress(origin, path, location) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  let base = origin;
  if (origin === "") base = `${scheme}//${location.host}`;
  else if (origin.startsWith(":")) base = `${scheme}//${location.hostname}${origin}`;
  return base + encodeURI(path);
}

export class Socket {
  // on.frame(frame), on.state({name, …}), on.since() -> last contiguous seq or null.
  // State names: connecting, open, waiting (until, restart), refused (code).
  constructor(address, on) {
    this.address = address;
    this.on = on;
    this.heartbeat = 25;
    this.failures = 0;
    this.state = { name: "connecting" };
    this.socket = null;
    this.lastTick = Date.now();
    setInterval(() => this._tick(), TICK);
  }

  connect() {
    this._drop();
    this.since = this.on.since();
    this.openedAt = performance.now();
    this.lastFrame = this.openedAt;
    this.checkUntil = 0;
    const query = this.since === null ? "" : `?since=${this.since}`;
    const socket = this.socket = new WebSocket(this.address + query, [protocol.SUBPROTOCOL]);
    socket.onmessage = event => this._received(event.data);
    socket.onclose = event => this._closed(event.code);
    this._enter({ name: "connecting" });
  }

  // Return false if the connection is not open.
  send(frame) {
    if (this.state.name !== "open" || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  ping() {
    const seq = this.on.since() || 0;
    this.pingSeq = seq;
    this.lastPing = performance.now();
    return this.send({ type: protocol.PING, seq });
  }

  // Check whether the server still answers, after a sleep or a change of networks.
  check() {
    if (this.state.name === "waiting") this.connect();
    else if (this.state.name === "open" && !this.checkUntil) {
      this.checkUntil = performance.now() + CHECK_WITHIN;
      this.ping();
    }
  }

  _received(text) {
    this.lastFrame = performance.now();
    this.checkUntil = 0;
    const frame = JSON.parse(text);
    if (frame.type === protocol.WELCOME) {
      this.heartbeat = frame.heartbeat;
      this.lastPing = this.lastFrame;
      this.pingSeq = 0;
      this.welcomedAt = this.lastFrame;
      this._enter({ name: "open" });
    }
    this.on.frame(frame, this.since);
    // If the room's last number has decreased, the room was replaced or restored.
    if (frame.type === protocol.PONG && frame.seq < this.pingSeq) this.connect();
  }

  _closed(code) {
    this._drop();
    // A session that ended may have been replaced by the browser's new one: after a changed password, for example.
    const hasEnded = code === protocol.CLOSE_LOG_IN && this.welcomedAt;
    if (FINAL.has(code) && !hasEnded) {
      this._enter({ name: "refused", code });
      return;
    }
    if (this.welcomedAt && performance.now() - this.welcomedAt > STEADY_AFTER) this.failures = 0;
    this.welcomedAt = 0;
    const restart = code === protocol.CLOSE_RESTART && this.failures === 0;
    // Half of the delay is random, so that many clients do not reconnect at the same moment.
    const backoff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures);
    let delay = restart ? Math.random() * 2000 : backoff * (0.5 + Math.random() / 2);
    if (hasEnded) delay = Math.max(delay, NEW_SESSION_AFTER);
    this.failures += 1;
    this._enter({ name: "waiting", until: performance.now() + delay, restart: code === protocol.CLOSE_RESTART });
    this.timer = setTimeout(() => this.connect(), delay);
  }

  // Closing takes long if the server does not answer, so later events of the old socket are ignored.
  _drop() {
    clearTimeout(this.timer);
    if (!this.socket) return;
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  _enter(state) {
    this.state = state;
    this.on.state(state);
  }

  _tick() {
    const now = performance.now();
    // By the time of day, because the other clock stops while the computer sleeps.
    const late = Math.abs(Date.now() - this.lastTick - TICK) > DRIFT;
    this.lastTick = Date.now();
    if (this.state.name === "connecting") {
      if (now - this.openedAt > WELCOME_WITHIN) this._closed(0);
    } else if (this.state.name === "open") {
      if (this.checkUntil) {
        if (now > this.checkUntil) this._lost();
      } else if (late) {
        this.check();
      } else if (now - this.lastFrame > (2 * this.heartbeat + 5) * 1000) {
        this._lost();
      } else if (now - this.lastPing >= this.heartbeat * 1000) {
        this.ping();
      }
    }
  }

  // The connection is dead, but was not closed. Reconnect without a further delay.
  _lost() {
    this.connect();
  }
}
