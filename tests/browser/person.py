"""Somebody at a browser of their own."""
import re
from urllib.parse import quote

from playwright.sync_api import expect

# What Chromium itself writes when a connection is refused: the page can't prevent it.
LOST = re.compile(r"^WebSocket connection to .* failed|net::ERR_INTERNET_DISCONNECTED")


class Person:
    def __init__(self, browser, base, name, **options):
        self.base = base
        self.name = name
        self.complaints = []
        options.setdefault("locale", "en-US")
        self.context = browser.new_context(user_agent="Chromium person/%s" % name, **options)
        self.context.set_default_timeout(10000)
        self.page = self.new_page()

    def new_page(self):
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error.stack or error)))
        return page

    def _heard(self, message):
        if message.type in ("error", "warning") and not LOST.match(message.text):
            self.complaints.append(message.text)

    def visit(self, room):
        """Opens a room without a name: to read."""
        self.page.goto("%s/chat/%s/" % (self.base, quote(room)))
        self.wait_for_connection()

    def enter(self, room):
        """Opens a room, and takes the name where none is had yet."""
        self.visit(room)
        if self.page.locator("#name").count():
            self.page.fill("#name", self.name)
            self.page.click(".name-form button")
            expect(self.field).to_be_visible()
            self.wait_for_connection()
        return self

    def wait_for_connection(self):
        expect(self.page.locator("#light")).to_have_attribute("data-state", "open")

    @property
    def field(self):
        return self.page.locator("#field")

    def say(self, text):
        self.field.fill(text)
        self.field.press("Enter")

    def row(self, text):
        """The rows with exactly this text, stored or not."""
        return self.page.locator(".row").filter(
            has=self.page.locator(".text", has_text=re.compile("^%s$" % re.escape(text))))

    def sees(self, text):
        expect(self.row(text)).to_have_count(1)

    def has_stored(self, text):
        expect(self.page.locator("#rows .row.own").filter(has_text=text)).to_have_attribute("data-state", "stored")

    def texts(self):
        """All stored messages on the page, from top to bottom."""
        return self.page.locator("#rows .row .text").all_text_contents()

    def seqs(self):
        return self.page.locator("#rows .row").evaluate_all("rows => rows.map(row => Number(row.dataset.seq))")

    def hide(self):
        self._look("hidden")

    def show(self):
        self._look("visible")

    def _look(self, state):
        # A tab that is really in the background is still "visible" in a headless browser.
        self.page.evaluate("""state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""", state)

    def from_end(self):
        """Pixels between the view and the end of the messages."""
        return self.page.locator("#log").evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")

    def scroll_to(self, top):
        self.page.locator("#log").evaluate("(log, top) => { log.scrollTop = top; }", top)
