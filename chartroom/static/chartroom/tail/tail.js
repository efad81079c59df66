// The page of log files: wires the parts together.

import * as protocol from "../connection/protocol.js";
import { fill } from "../frame/format.js";
import { socketAddress } from "../connection/socket.js";
import { TailLog } from "./tail_log.js";
import { TailStream } from "./tail_stream.js";

const config = JSON.parse(document.getElementById("config").textContent);
const { strings } = config;
const at = id => document.getElementById(id);
const number = new Intl.NumberFormat(document.documentElement.lang || undefined);

const RUNNING = new Set(["connecting", "waiting", "opening", "watching", "no_reader", "missing", "not_a_file", "unreadable"]);

const log = new TailLog({
  log: at("log"), rows: at("rows"), count: at("count"), toEnd: at("to-end"), toEndText: at("to-end-text"),
}, strings);
const stream = new TailStream({
  lines: entries => log.add(entries), note: code => log.note(strings[`note_${code}`] || code), skipped, state: show,
});

let watched = null;   // the file whose lines are shown
let isLost = false;

function skipped(lines, bytes) {
  if (lines === 1) log.note(strings.skipped_one);
  else if (lines !== null) log.note(fill(strings.skipped_many, number.format(lines)));
  else if (bytes !== null) log.note(fill(strings.skipped_bytes, number.format(bytes)));
  else log.note(strings.skipped_some);
}

function show(state) {
  const { name } = state;
  // Repeated failed attempts are shown as one lost connection.
  if (name === "waiting") isLost = true;
  else if (name !== "connecting") isLost = false;
  say(sentence(state), name === "connecting" && isLost ? "waiting" : name);
  const isRunning = RUNNING.has(name);
  at("start").disabled = isRunning && at("file").value === watched;
  at("stop").disabled = !isRunning;
  at("try-now").hidden = name !== "waiting";
  at("log-in").hidden = state.code !== protocol.CLOSE_LOG_IN;
}

function sentence({ name, code, restart }) {
  const label = watched === null ? "" : at("file").querySelector(`option[value="${watched}"]`).dataset.label;
  if (name === "watching") return fill(strings.watching, label);
  if (name === "opening") return fill(strings.opening, label);
  if (name === "closed") return strings.stopped;
  if (name === "refused") {
    if (code === protocol.CLOSE_LOG_IN) return strings.log_in;
    return code === protocol.CLOSE_FORBIDDEN ? strings.forbidden : strings.not_found;
  }
  if (name === "waiting" || (name === "connecting" && isLost)) {
    if (!navigator.onLine) return strings.offline;
    return restart ? strings.restarting : strings.lost;
  }
  return strings[name];
}

function say(text, name) {
  at("state").dataset.state = name;
  if (at("state-text").textContent !== text) at("state-text").textContent = text;
}

function start() {
  const file = at("file").value;
  if (!file) {
    say(strings.no_file, "complaint");
    at("file").focus();
    return;
  }
  // A file that is stopped and started again continues at its position.
  const isSame = file === watched;
  if (!isSame) log.clear();
  watched = file;
  isLost = false;
  stream.start(socketAddress(config.socketOrigin, `${config.socketPath}${file}/`, location), isSame ? stream.position : null);
  history.replaceState(null, "", `?file=${file}`);
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([log.text], { type: "text/plain;charset=utf-8" }));
  const label = watched === null ? "tail" : at("file").querySelector(`option[value="${watched}"]`).dataset.label;
  link.download = `${label.replace(/[^\p{L}\p{N}._-]+/gu, "_")}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

at("controls").addEventListener("submit", event => {
  event.preventDefault();
  start();
});
at("stop").addEventListener("click", () => stream.stop());
at("file").addEventListener("change", () => { at("start").disabled = !at("stop").disabled && at("file").value === watched; });
at("filter").addEventListener("input", () => log.filter(at("filter").value));
at("clear").addEventListener("click", () => log.clear());
at("download").addEventListener("click", download);
at("try-now").addEventListener("click", () => stream.tryNow());
addEventListener("online", () => stream.check());
addEventListener("offline", () => stream.check());
// A page restored from the back-forward cache has lost its socket without a close event.
addEventListener("pageshow", event => event.persisted && location.reload());
