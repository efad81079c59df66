// The frames of one file: checks that each continues where the last one ended, and otherwise requests
// what is missing. The frames are specified in `docs/tail.md`.

import { PING, PONG } from "../connection/protocol.js";
import { Socket } from "../connection/socket.js";

const ANSWER_WITHIN = 5000;   // milliseconds for runtail's answer to a start or a ping
const SPREAD = 1000;          // milliseconds, so that after a restart not all clients ask at the same moment

class Line extends Socket {
  ping() {
    this.lastPing = performance.now();
    return this.send({ type: PING });
  }

  close() {
    this._drop();
    this._enter({ name: "closed" });
  }
}

export class TailStream {
  // on.lines(entries), on.note(code), on.skipped(lines, bytes), on.state({name, …}): the states
  // of `Socket`, and once it is open: opening, watching, no_reader, or a code of the file.
  constructor(on) {
    this.on = on;
    this.position = null;
    this.socket = new Line("", {
      since: () => this.position, frame: frame => this._frame(frame), state: state => this._connection(state),
    });
  }

  // `position`: where to continue in a file that was watched before, or null.
  start(address, position) {
    this.position = position;
    this.socket.address = address;
    this.socket.failures = 0;
    this.socket.connect();
  }

  stop() {
    this.socket.close();
  }

  tryNow() {
    this.socket.connect();
  }

  check() {
    this.socket.check();
  }

  _connection(state) {
    this.isOpened = false;
    this._wait(0);
    if (state.name !== "open") this.on.state(state);
  }

  _frame(frame) {
    const handler = HANDLERS[frame.type];
    if (handler) handler(this, frame);  // Frames of later versions of the protocol are ignored.
  }

  // Request the lines after `position`.
  _ask() {
    if (this.socket.state.name !== "open") return;
    this.isOpened = false;
    this.id += 1;
    this._wait(ANSWER_WITHIN);
    this.socket.send({ type: "start", id: this.id, position: this.position });
  }

  // Wait for an answer of runtail; 0 stops waiting.
  _wait(milliseconds) {
    clearTimeout(this.timer);
    if (!milliseconds) return;
    this.timer = setTimeout(() => {
      this.on.state({ name: "no_reader" });
      this._ask();
    }, milliseconds);
  }

  // Whether the frame continues at `position`. If it does not, request what is missing.
  _goesOn(frame) {
    if (!this.isOpened) return false;
    this._wait(0);
    if (frame.after !== this.position) {
      this._ask();
      return false;
    }
    this.position = frame.position;
    return true;
  }

  _opened(frame) {
    if (frame.id !== this.id) return;
    this._wait(0);
    this.isOpened = true;
    if (this.position !== null && !frame.resumed) {
      const { lines, bytes } = frame.skipped || { lines: null, bytes: null };
      this.on.skipped(lines, bytes);
    }
    this.position = frame.position;
    this._tellState(frame.state);
  }

  _tellState(code) {
    this.on.state({ name: code === "open" ? "watching" : code });
  }
}

const HANDLERS = {
  welcome(stream) {
    // Opening the connection counts as the first start.
    stream.id = 0;
    stream._wait(ANSWER_WITHIN);
    stream.on.state({ name: "opening" });
  },
  opened: (stream, frame) => stream._opened(frame),
  lines(stream, frame) {
    if (stream._goesOn(frame)) stream.on.lines(frame.lines);
  },
  skipped(stream, frame) {
    if (stream._goesOn(frame)) stream.on.skipped(frame.lines, frame.bytes);
  },
  note(stream, frame) {
    if (!stream._goesOn(frame)) return;
    stream.on.note(frame.code);
    stream._tellState(frame.position === null ? frame.code : "open");
  },
  [PONG](stream) {
    // The pong is the worker's answer; runtail answers separately.
    if (stream.isOpened) stream._wait(ANSWER_WITHIN);
  },
  reading(stream, frame) {
    if (!stream.isOpened) return;
    stream._wait(0);
    if (frame.position !== stream.position) stream._ask();
  },
  restarted(stream) {
    stream.isOpened = false;
    clearTimeout(stream.timer);
    stream.timer = setTimeout(() => stream._ask(), Math.random() * SPREAD);
  },
};
