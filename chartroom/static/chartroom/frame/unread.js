// The number of unread messages, in the tab's title and on the button that scrolls to them.

import { fill } from "./format.js";

export class Unread {
  constructor(button, text, strings) {
    Object.assign(this, { button, text, strings });
    this.title = document.title;
  }

  // isThere: the view is where new messages appear.
  show(count, isThere) {
    const { button, strings } = this;
    document.title = count ? `(${count}) ${this.title}` : this.title;
    button.hidden = isThere;
    let label = strings.newest;
    if (count) label = count === 1 ? strings.new_one : fill(strings.new_many, count);
    if (button.getAttribute("aria-label") === label) return;
    button.setAttribute("aria-label", label);
    button.classList.toggle("counts", count > 0);
    this.text.textContent = count ? label : "";
  }
}
