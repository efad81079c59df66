// A delivery to a service: status, version and environment; and the service's latest state.

import * as format from "../frame/format.js";
import { about, compose, isRemoved, paragraphs, removed, textOf, timeOf } from "./entry_row.js";
import { element } from "../frame/elements.js";

const STATUSES = new Map([
  ["ok", "ok"], ["success", "ok"], ["succeeded", "ok"],
  ["failed", "failed"], ["failure", "failed"], ["error", "failed"],
  ["started", "running"], ["running", "running"], ["pending", "running"],
]);

export function fillDeployRow(row, entry, isNew, strings) {
  const { message } = entry;
  const data = message.data || {};
  const line = about(entry, message.author, isNew, strings);
  if (isRemoved(entry)) {
    compose(row, line, [line, removed(strings)]);
    return;
  }

  const facts = factsOf(data, strings);
  const [text, ...more] = paragraphs(message.text, entry, strings);
  const url = format.webAddress(data.url);
  if (url) {
    const place = element("p", "entry-link");
    place.append(format.link(url.href, url.host));
    more.push(place);
  }
  compose(row, text, facts ? [facts, text, ...more, line] : [text, ...more, line]);
}

// The latest of `entries` (newest first) that has a status, as the parts of a line; null if none has one.
export function latestState(entries, strings) {
  const latest = entries.find(entry => textOf((entry.message.data || {}).status));
  if (!latest) return null;
  const { message } = latest;
  return [factsOf(message.data, strings), timeOf(new Date(message.at), strings)];
}

// A line with status, version, environment and type; null if there are none.
function factsOf(data, strings) {
  const line = element("p", "facts");
  const told = textOf(data.status);
  const known = STATUSES.get(told.toLowerCase());
  if (known) line.append(element("span", `status ${known}`, strings[`status_${known}`]));
  else if (told) line.append(element("span", "status", told));
  for (const fact of [data.version, data.environment, data.type]) {
    if (textOf(fact)) line.append(element("bdi", "fact", textOf(fact)));
  }
  return line.childElementCount ? line : null;
}
