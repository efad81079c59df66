"""A user with a browser of their own."""
import re
from urllib.parse import quote

from playwright.sync_api import expect

# Chromium itself writes these when a connection is refused; the page cannot prevent it.
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
        """Open a room. Without a name, it can only be read."""
        self.page.goto("%s/chat/%s/" % (self.base, quote(room)))
        self.wait_for_connection()

    def enter(self, room):
        """Open a room, after choosing the name if there is none yet."""
        address = "%s/chat/%s/" % (self.base, quote(room))
        form = self.context.request.get(address).text()
        if 'class="foot name-form"' in form:
            token = re.search("name='csrfmiddlewaretoken' value='(\\w+)'", form).group(1)
            self.context.request.post(
                address, form={"name": self.name, "csrfmiddlewaretoken": token}, headers={"Referer": address})
        self.visit(room)
        return self

    def log_in(self, name, password, then="/"):
        """Log in, and open the page ``then``."""
        self.page.goto("%s/accounts/login/?next=%s" % (self.base, quote(then)))
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**" + then)

    # wait_for checks in each animation frame; expect polls at growing intervals.

    def wait_for_connection(self):
        self.page.locator('#light[data-state="open"]').wait_for()

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
        self.row(text).first.wait_for()
        expect(self.row(text)).to_have_count(1)

    def has_stored(self, text):
        stored = self.page.locator('#rows .row.own[data-state="stored"]').filter(has_text=text)
        stored.first.wait_for()
        expect(stored).to_have_count(1)

    def texts(self):
        """The texts of all stored messages on the page, from top to bottom."""
        return self.page.locator("#rows .row .text").all_text_contents()

    def seqs(self):
        return self.page.locator("#rows .row").evaluate_all("rows => rows.map(row => Number(row.dataset.seq))")

    def seqs_of_entries(self):
        return self.page.locator("#rows .entry").evaluate_all("rows => rows.map(row => Number(row.dataset.seq))")

    def hide(self):
        self._look("hidden")

    def show(self):
        self._look("visible")

    def _look(self, state):
        # In a headless browser, even a background tab is "visible".
        self.page.evaluate("""state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""", state)

    def from_end(self):
        """Pixels between the view and the end of the messages."""
        return self.page.locator("#log").evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")

    def wait_for_rest(self):
        """Wait until the view no longer scrolls."""
        self.page.locator("#log").evaluate("""log => new Promise(done => {
            let last = null;
            let still = 0;
            (function look() {
                still = log.scrollTop === last ? still + 1 : 0;
                last = log.scrollTop;
                if (still > 5) done();
                else requestAnimationFrame(look);
            })();
        })""")

    def scroll_to(self, top):
        self.page.locator("#log").evaluate("(log, top) => { log.scrollTop = top; }", top)
