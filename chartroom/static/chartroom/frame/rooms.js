// The list of rooms: shows the number of unread messages in each.

import * as storage from "./storage.js";
import { exactTime, shortTime } from "./format.js";
import { READ, isSameRoom, readKey } from "./reading.js";

const MOST = 99;
const config = JSON.parse(document.getElementById("config").textContent);
const rooms = Array.from(document.querySelectorAll("[data-room]"));

function markUnread() {
  for (const room of rooms) {
    const { epoch, seq } = room.dataset;
    const kept = storage.load(readKey(config.sender, room.dataset.room));
    const isKnown = kept !== null && isSameRoom(kept.epoch, Number(epoch));
    // A room that was never visited has no unread messages.
    const count = isKnown ? Math.max(0, seq - kept.seq) : 0;
    const mark = room.querySelector(".unread-count");
    mark.hidden = count === 0;
    mark.textContent = count > MOST ? `${MOST}+` : count;
    mark.nextElementSibling.hidden = count === 0;
    room.classList.toggle("has-unread", count > 0);
  }
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  time.textContent = shortTime(at, config.strings);
  time.title = exactTime(at);
}
markUnread();
addEventListener("storage", event => {
  if (event.key === null || event.key.startsWith(READ)) markUnread();
});
// A page restored from the back-forward cache shows outdated counts.
addEventListener("pageshow", event => event.persisted && location.reload());
