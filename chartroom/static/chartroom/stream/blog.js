// An entry of a live blog: title, source and summary.

import * as format from "../frame/format.js";
import { about, compose, isRemoved, paragraphs, removed, textOf } from "./entry_row.js";
import { element } from "../frame/elements.js";

export function fillBlogRow(row, entry, isNew, strings) {
  const { message } = entry;
  const { feed, title, link, summary } = message.data || {};
  const line = about(entry, textOf(feed) || message.author, isNew, strings);
  const url = format.webAddress(link);

  if (isRemoved(entry)) {
    compose(row, line, [line, removed(strings)]);
  } else if (textOf(title) || url) {
    const heading = headingOf(textOf(title) || url.host, url);
    const more = textOf(summary) ? paragraphs(textOf(summary), entry, strings) : [];
    compose(row, heading, [heading, line, ...more]);
  } else {
    const [text, ...more] = paragraphs(message.text, entry, strings);
    compose(row, text, [line, text, ...more]);
  }
}

function headingOf(title, url) {
  const heading = element("h2", "entry-title");
  heading.dir = "auto";
  heading.append(url ? format.link(url.href, title) : title);
  return heading;
}
