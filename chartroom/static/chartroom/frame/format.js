// Formats times, numbers and links in the user's language.

const language = ownVariant(document.documentElement.lang || "en", navigator.languages);
const timeOfDay = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat(language, {
  weekday: "long", year: "numeric", month: "long", day: "numeric",
  hour: "numeric", minute: "2-digit", second: "2-digit",
});
const dayOfYear = new Intl.DateTimeFormat(language, { weekday: "long", month: "long", day: "numeric" });
const dayOfPast = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric" });
const momentOfYear = new Intl.DateTimeFormat(language, {
  weekday: "long", month: "long", day: "numeric", hour: "numeric", minute: "2-digit",
});
const momentOfPast = new Intl.DateTimeFormat(language, {
  year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit",
});

const DAY = 86400000;

// The page's language with the date and time formats of the user's country. With a British browser,
// an English page shows "27 February" and "15:04". A German browser gets the same: no page is in German.
export function ownVariant(page, languages) {
  try {
    const wanted = new Intl.Locale(page).maximize();
    const own = languages.map(tag => new Intl.Locale(tag).maximize());
    const best = own.find(other => other.language === wanted.language && other.script === wanted.script) || own[0];
    return best ? new Intl.Locale(page, { region: best.region }).toString() : page;
  } catch {
    return page;  // a browser without Intl.Locale, or with a language like "en-US@posix"
  }
}

export function time(at) {
  return timeOfDay.format(at);
}

export function exactTime(at) {
  return fullTime.format(at);
}

// A key that is equal for all times of one local day.
export function dayOf(at) {
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

export function dayName(at, strings, now = new Date()) {
  if (dayOf(at) === dayOf(now)) return strings.today;
  // Noon, because a day with a clock change is not 24 hours long.
  const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12);
  if (dayOf(at) === dayOf(new Date(noon - DAY))) return strings.yesterday;
  return (at.getFullYear() === now.getFullYear() ? dayOfYear : dayOfPast).format(at);
}

// The day and the time.
export function dayAndTime(at, strings, now = new Date()) {
  const name = dayName(at, strings, now);
  if (name === strings.today || name === strings.yesterday) return `${name} ${time(at)}`;
  return (at.getFullYear() === now.getFullYear() ? momentOfYear : momentOfPast).format(at);
}

// For a list: the time if it is today, the day otherwise.
export function shortTime(at, strings, now = new Date()) {
  return dayOf(at) === dayOf(now) ? time(at) : dayName(at, strings, now);
}

// Replace the `%s` of a translated sentence.
export function fill(sentence, value) {
  return sentence.replace("%s", () => value);
}

// An address ends before a bidirectional control character, which could make it look like another address.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`，。！？；：、（）【】「」『』《》\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// A text with its bidirectional control characters replaced by escapes, so that they do not reorder other characters.
export function withoutDirections(text) {
  return text.replace(DIRECTIONS, character => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"));
}

// A text as DOM nodes: http and https addresses become links, everything else remains text.
export function linked(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTail(match[0]);
    if (!webAddress(address)) continue;
    fragment.append(text.slice(end, match.index), link(address, address));
    end = match.index + address.length;
  }
  fragment.append(text.slice(end));
  return fragment;
}

// `address` must be a web address: see `webAddress`.
export function link(address, text) {
  const element = document.createElement("a");
  element.href = address;
  element.textContent = text;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  return element;
}

// A full stop after an address belongs to the sentence, and so does a closing bracket that was opened before the address.
function withoutTail(address) {
  for (;;) {
    const last = address[address.length - 1];
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const isTail = opening ? count(address, last) > count(address, opening) : ".,;:!?*_~".includes(last);
    if (!isTail) return address;
    address = address.slice(0, -1);
  }
}

function count(text, character) {
  return text.split(character).length - 1;
}

// The URL of an http or https address; null for anything else, such as a script.
export function webAddress(value) {
  try {
    const url = new URL(value);
    return ["http:", "https:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
