"""Messages for later: scheduling, listing, sending and cancelling."""
import re

import pytest
from playwright.sync_api import expect


class Panel:
    """The panel of a room's page in which messages for later are scheduled."""

    def __init__(self, person):
        self.person = person
        self.page = person.page
        self.toggle = self.page.get_by_role("button", name="Send later")
        self.panel = self.page.locator("#later")
        self.when = self.page.locator("#later-when")
        self.send = self.page.get_by_role("button", name="Schedule")
        self.status = self.page.locator("#later-status")
        self.entries = self.page.locator("#later-list li")

    def open(self):
        self.toggle.click()
        expect(self.panel).to_be_visible()
        return self

    def choose(self, seconds):
        """Choose the time ``seconds`` from now, by the user's clock."""
        self.when.fill(self.page.evaluate("""seconds => {
            const at = new Date(Date.now() + seconds * 1000);
            return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
        }""", seconds))

    def keep(self, text, seconds):
        self.person.field.fill(text)
        self.choose(seconds)
        self.send.click()


def test_it_is_sent_at_its_time_and_marked(people, room):
    # In different time zones, it arrives at the same moment.
    ada, bob = people("Ada", timezone_id="Asia/Shanghai"), people("Bob", timezone_id="Europe/Berlin")
    ada.enter(room)
    bob.enter(room)
    panel = Panel(ada).open()
    panel.keep("in two seconds", 2)
    expect(panel.status).to_have_text(re.compile("^Scheduled: Today "))
    expect(ada.field).to_have_value("")
    expect(panel.entries).to_have_count(1)
    bob.sees("in two seconds")
    ada.has_stored("in two seconds")
    expect(panel.entries).to_have_count(0)
    expect(bob.row("in two seconds").locator(".author")).to_have_text("Ada")
    expect(bob.row("in two seconds").locator(".badge", has_text="sent later")).to_have_count(1)


def test_the_text_of_a_cancelled_one_returns_to_the_composer(people, room):
    ada = people("Ada")
    ada.enter(room)
    panel = Panel(ada).open()
    panel.keep("in an hour", 3600)
    expect(panel.entries).to_have_count(1)
    panel.entries.get_by_role("button").click()
    expect(panel.status).to_have_text("Cancelled.")
    expect(panel.entries).to_have_count(0)
    expect(ada.field).to_have_value("in an hour")
    ada.page.reload()
    Panel(ada).open()
    expect(panel.entries).to_have_count(0)


def test_waiting_ones_are_listed_by_time_and_only_to_their_sender(people, room):
    ada, bob = people("Ada"), people("Bob")
    ada.enter(room)
    bob.enter(room)
    panel = Panel(ada).open()
    panel.keep("<b>second</b>", 7200)
    expect(panel.entries).to_have_count(1)
    panel.keep("first", 3600)
    expect(panel.entries).to_have_count(2)
    ada.page.reload()
    panel.open()
    expect(panel.entries.locator(".later-text")).to_have_text(["first", "<b>second</b>"])
    expect(Panel(bob).open().entries).to_have_count(0)


def test_the_keyboard_is_sufficient(people, room):
    ada = people("Ada")
    ada.enter(room)
    ada.field.fill("tomorrow")
    ada.field.press("Tab")
    expect(Panel(ada).toggle).to_be_focused()
    ada.page.keyboard.press("Enter")
    panel = Panel(ada)
    expect(panel.toggle).to_have_attribute("aria-expanded", "true")
    choice = ada.page.locator("#later-choices button").nth(1)
    ada.page.keyboard.press("Tab")
    expect(choice).to_be_focused()
    expect(choice).to_have_text(re.compile(r"^Tomorrow, 9:00\sAM$"))
    ada.page.keyboard.press("Enter")
    expect(panel.send).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(panel.entries.locator(".later-text")).to_have_text("tomorrow")
    ada.page.keyboard.press("Escape")
    expect(panel.panel).to_be_hidden()
    expect(panel.toggle).to_be_focused()
    panel.open()
    ada.field.press("Escape")
    expect(panel.panel).to_be_hidden()


def test_a_refusal_is_reported_and_the_text_is_kept(people, room):
    ada = people("Ada")
    ada.enter(room)
    panel = Panel(ada).open()
    panel.send.click()
    expect(panel.status).to_have_text("Write the message first, in the field below.")
    panel.keep("yesterday", -86400)
    expect(panel.status).to_have_text("Choose a time in the future, at most a year ahead.")
    panel.when.fill("")
    panel.send.click()
    expect(panel.status).to_have_text("Choose a date and a time.")
    panel.keep("x" * 4097, 3600)
    expect(ada.page.locator("#hint")).to_have_text(re.compile("too long"))
    expect(ada.field).to_have_value("x" * 4097)
    expect(panel.entries).to_have_count(0)


def test_after_a_lost_answer_the_request_is_repeated_with_the_same_id(people, room):
    ada = people("Ada")
    ada.enter(room)
    panel = Panel(ada).open()
    expect(panel.status).to_have_text("")
    asked = []

    def lose(route):
        if route.request.method != "POST" or len(asked) == 2:
            return route.continue_()
        asked.append(route.request.post_data_json["id"])
        route.fetch()  # The request reaches the server, but the answer does not reach the page.
        route.fulfill(status=502, body="")

    ada.page.route("**/later/", lose)
    panel.keep("once", 3600)
    expect(panel.entries).to_have_count(1)
    expect(ada.field).to_have_value("")
    assert len(asked) == 2 and len(set(asked)) == 1
    ada.complaints[:] = [complaint for complaint in ada.complaints if "502" not in complaint]
    ada.page.reload()
    panel.open()
    expect(panel.entries).to_have_count(1)


def test_a_message_stored_after_the_page_was_left_is_not_stored_again(people, room):
    ada = people("Ada")
    ada.enter(room)
    panel = Panel(ada).open()

    def hang(route):
        if route.request.method == "POST":
            route.fetch()
        else:
            route.continue_()

    ada.page.route("**/later/", hang)
    with ada.page.expect_request(lambda request: request.method == "POST"):
        panel.keep("once", 3600)
    ada.page.wait_for_timeout(500)
    ada.page.unroute("**/later/")
    ada.page.reload()
    expect(ada.field).to_have_value("")
    panel.open()
    expect(panel.entries).to_have_count(1)


def test_the_text_is_kept_while_the_server_does_not_answer(people, room):
    ada = people("Ada")
    ada.enter(room)
    panel = Panel(ada).open()
    ada.page.route("**/later/", lambda route: route.abort())
    panel.keep("patience", 3600)
    expect(panel.status).to_have_text(re.compile("^The server did not answer"), timeout=20000)
    expect(ada.field).to_have_value("patience")
    ada.page.unroute("**/later/")
    panel.send.click()
    expect(panel.entries).to_have_count(1)
    expect(ada.field).to_have_value("")
    ada.complaints[:] = [complaint for complaint in ada.complaints if "ERR_FAILED" not in complaint]


@pytest.mark.parametrize("width", [360, 1200])
def test_the_panel_fits_into_the_window(people, room, width):
    ada = people("Ada", viewport={"width": width, "height": 640})
    ada.enter(room)
    panel = Panel(ada).open()
    panel.keep("word " * 60, 3600)
    expect(panel.entries).to_have_count(1)
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= width
    for part in (panel.send, panel.toggle, panel.entries.get_by_role("button")):
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 36
    assert ada.page.locator("#log").bounding_box()["height"] > 100


def test_visitors_without_a_name_have_no_panel(people, room):
    nobody = people("Nobody")
    nobody.visit(room)
    expect(nobody.page.locator("#later, #later-toggle")).to_have_count(0)
