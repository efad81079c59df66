# coding: utf-8
"""Read-only rooms: live blogs, and the deliveries of services."""
import itertools
import re

import pytest
from playwright.sync_api import expect

HOSTILE = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'><b>bold</b>"

numbers = itertools.count(1)


class Stream:
    """A read-only room, what sources publish in it, and its page."""

    def __init__(self, stack, namespace):
        self.stack = stack
        self.namespace = namespace
        self.name = "stream-%d" % next(numbers)
        self.room = "%s/%s" % (namespace, self.name)
        self.address = "%s/%s/" % (stack.base, self.room)

    def publish(self, *messages):
        """Publish messages, each given as a dict of the arguments of `publish`."""
        self.stack.run(
            "from chartroom.publish import publish\n"
            "for options in %r:\n"
            "    publish(%r, namespace=%r, **options)" % (messages, self.name, self.namespace))

    def entry(self, *titles, sender="feed:1", **data):
        """Publish entries of a feed with these titles and additional ``data``."""
        self.publish(*[
            {"text": title, "source": "feed", "author": "The Times", "sender": sender,
             "data": {"title": title, "feed": "The Times", "entry": title, **data}}
            for title in titles])

    def edit(self, key, title, **options):
        self.entry(title, edited=True, edits=key, **options)

    def delivery(self, text, **data):
        self.publish({"text": text, "source": "webhook", "author": "ci", "sender": "hook:1", "data": data or None})

    def visit(self, person):
        person.page.goto(self.address)
        person.wait_for_connection()


@pytest.fixture
def blog(stack):
    return Stream(stack, "blog")


@pytest.fixture
def service(stack):
    return Stream(stack, "deploy")


def entries(person):
    return person.page.locator("#rows .entry")


def titles(person):
    return person.page.locator("#rows .entry-title")


def entry(person, title):
    return entries(person).filter(has=person.page.locator(".entry-title", has_text=re.compile("^%s$" % re.escape(title))))


def top_of(person, title):
    return entry(person, title).bounding_box()["y"]


def end(person):
    return person.page.locator("#end")


# A live blog

def test_new_entries_appear_at_the_top(ada, blog):
    blog.entry("first", "second")
    blog.visit(ada)
    expect(titles(ada)).to_have_text(["second", "first"])
    blog.entry("third", link="https://example.org/3", summary="What it is about.")
    expect(titles(ada)).to_have_text(["third", "second", "first"])
    link = entry(ada, "third").get_by_role("link", name="third")
    expect(link).to_have_attribute("href", "https://example.org/3")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(entry(ada, "third").locator(".entry-source")).to_have_text("The Times")
    expect(entry(ada, "third").locator(".entry-text")).to_have_text("What it is about.")
    expect(entry(ada, "first").locator("a, .entry-text")).to_have_count(0)
    expect(end(ada)).to_have_text("There are no older entries.")


def test_an_empty_room_shows_a_hint(ada, blog):
    blog.visit(ada)
    expect(end(ada)).to_have_text("There are no entries yet. New entries appear here automatically.")
    blog.entry("the first")
    expect(titles(ada)).to_have_text(["the first"])
    expect(end(ada)).to_have_text("There are no older entries.")


@pytest.mark.parametrize("locale, zone, shown, exact", [
    ("en-US", "America/New_York", "March 1, 2019 at 6:30 PM", "Friday, March 1, 2019"),
    ("en-GB", "Europe/London", "1 March 2019 at 23:30", "Friday,? 1 March 2019"),
    ("de-DE", "Europe/Berlin", "2 March 2019 at 0:30", "Saturday,? 2 March 2019"),
    ("zh-CN", "Asia/Shanghai", "2019年3月2日 7:30", "2019年3月2日星期六"),
])
def test_dates_are_in_the_user_s_format_and_time_zone(people, blog, locale, zone, shown, exact):
    reader = people("Reader", locale=locale, timezone_id=zone)
    blog.entry("dated", date="2019-03-01T23:30:00Z")
    blog.visit(reader)
    time = entry(reader, "dated").locator("time")
    # Depending on the browser, the day and the time are separated by "at" or a comma.
    expect(time).to_have_text(re.compile("^%s$" % shown.replace(" at ", "(,| at) ").replace(" PM", r"\sPM")))
    expect(time).to_have_attribute("title", re.compile(exact))
    expect(time).to_have_attribute("datetime", "2019-03-01T23:30:00.000Z")


@pytest.mark.parametrize("date", ["", "yesterday", "0000-00-00", 1551483000, None, ["2019-03-01"]], ids=str)
def test_an_entry_without_a_date_shows_when_it_was_published(ada, blog, date):
    blog.entry("undated", date=date)
    blog.visit(ada)
    expect(entry(ada, "undated").locator("time")).to_have_text(re.compile(r"^Today \d{1,2}:\d\d\s[AP]M$"))


def test_an_edit_changes_the_entry_in_place(ada, blog):
    blog.entry("below")
    blog.entry("typo", date="2019-03-01T12:00:00Z", link="https://example.org/1")
    blog.entry("above")
    blog.visit(ada)
    expect(titles(ada)).to_have_text(["above", "typo", "below"])
    blog.edit("typo", "corrected", link="https://example.org/2", summary="Now right.")
    expect(titles(ada)).to_have_text(["above", "corrected", "below"])
    times = entry(ada, "corrected").locator("time")
    expect(times).to_have_text([re.compile("March 1, 2019"), re.compile("^Today")])
    expect(entry(ada, "corrected").locator(".entry-edited")).to_have_text(re.compile("^edited Today"))
    expect(entry(ada, "corrected").locator("a")).to_have_attribute("href", "https://example.org/2")
    blog.edit("typo", "corrected again")
    expect(titles(ada)).to_have_text(["above", "corrected again", "below"])
    ada.page.reload()
    expect(titles(ada)).to_have_text(["above", "corrected again", "below"])


def test_an_edit_is_an_entry_until_its_original_is_loaded(ada, blog):
    blog.entry("original", *["entry %d" % number for number in range(1, 120)])
    blog.edit("original", "edited since")
    blog.visit(ada)
    expect(titles(ada).first).to_have_text("edited since")
    expect(entry(ada, "edited since").locator(".entry-edited")).to_be_visible()
    for _ in range(10):
        last = ada.seqs_of_entries()[-1]
        if last == 1:
            break
        ada.scroll_to(10 ** 7)
        expect(entries(ada).last).not_to_have_attribute("data-seq", str(last))
    expect(titles(ada).last).to_have_text("edited since")
    expect(entry(ada, "edited since")).to_have_count(1)
    expect(titles(ada)).to_have_count(120)
    expect(titles(ada).first).to_have_text("entry 119")


def test_a_source_can_edit_only_its_own_entries(ada, blog):
    blog.entry("theirs", sender="feed:1")
    blog.visit(ada)
    blog.edit("theirs", "not theirs", sender="feed:2")
    expect(titles(ada)).to_have_text(["not theirs", "theirs"])


def test_markup_in_an_entry_is_shown_as_text(ada, blog):
    blog.entry(HOSTILE, summary=HOSTILE, feed=HOSTILE, link="https://example.org/?q=%22%3E%3Cscript%3E")
    blog.publish({"text": HOSTILE, "author": HOSTILE})
    blog.visit(ada)
    blog.entry("live " + HOSTILE, summary=HOSTILE, feed=HOSTILE, link="javascript:window.ran=3")
    expect(titles(ada)).to_have_text(["live " + HOSTILE, HOSTILE])
    expect(ada.page.locator("#rows .entry-text")).to_have_text([HOSTILE] * 3)
    expect(ada.page.locator("#rows .entry-source")).to_have_text([HOSTILE] * 3)
    expect(ada.page.locator("#rows :is(script, img, b)")).to_have_count(0)
    expect(ada.page.locator("#said")).to_contain_text("live <script>")
    expect(ada.page.locator("#said *")).to_have_count(0)
    assert ada.page.evaluate("window.ran") is None


@pytest.mark.parametrize("link", [
    "javascript:alert(1)", " java\tscript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:x", "file:///etc/passwd", "//example.org/", "/chat/", "blob:https://example.org/1", "", None, 17, {"href": "x"},
], ids=repr)
def test_only_web_addresses_are_links(ada, blog, link):
    blog.entry("unlinked", link=link)
    blog.visit(ada)
    expect(titles(ada)).to_have_text(["unlinked"])
    expect(entries(ada).locator("a")).to_have_count(0)


def test_unexpected_data_causes_no_errors(ada, blog):
    blog.publish(*[
        {"text": "text %d" % number, "data": data} for number, data in enumerate([
            {}, {"title": {"a": 1}}, {"title": ["x"], "link": ["https://example.org"]}, {"summary": 5, "date": {}, "feed": []},
            {"entry": {}, "edited": True, "edits": ["x"]}, {"edited": True}, {"edits": "nothing"}, {"status": {}, "version": [1]},
            {"title": "  "}, {"__proto__": "x", "constructor": "y"},
        ])])
    blog.visit(ada)
    expect(entries(ada)).to_have_count(10)
    for number in range(10):
        expect(entries(ada).nth(9 - number)).to_contain_text(
            "example.org" if number == 2 else "text %d" % number)


def test_a_message_without_data_is_shown_by_its_text(ada, blog):
    blog.publish({"text": "See https://example.org/a\nand more", "author": "script"})
    blog.visit(ada)
    expect(entries(ada).locator(".entry-text")).to_have_text("See https://example.org/a\nand more", use_inner_text=True)
    expect(entries(ada).locator("a")).to_have_attribute("href", "https://example.org/a")
    expect(entries(ada).locator(".entry-source")).to_have_text("script")


def test_a_long_text_is_truncated_until_it_is_expanded(ada, blog):
    blog.entry("long", summary="word " * 800)
    blog.entry("many lines", summary="\n".join("line %d" % number for number in range(60)))
    blog.entry("long title " * 100)
    blog.visit(ada)
    for index in range(3):
        assert entries(ada).nth(index).bounding_box()["height"] < 320
    many = entry(ada, "many lines")
    many.get_by_role("button", name="Show all").click()
    expect(many.get_by_text("line 59")).to_be_visible()
    assert many.bounding_box()["height"] > 1000
    expect(many.get_by_role("button")).to_have_count(0)
    expect(many).to_be_focused()
    # It stays expanded when the entry is drawn again.
    blog.edit("many lines", "edited", summary="\n".join("line %d" % number for number in range(60)))
    expect(entry(ada, "edited")).to_have_count(1)
    expect(entry(ada, "edited").get_by_role("button")).to_have_count(0)


def test_a_removed_message_is_shown_as_removed(ada, blog):
    blog.entry("gone", "stays")
    blog.stack.run(
        "from chartroom.models import ChatMessage\n"
        "ChatMessage.objects.filter(seq=1, room__name=%r).update(message='', data_json='{\"removed\": true}')" % blog.name)
    blog.visit(ada)
    expect(entries(ada).last.locator(".entry-text")).to_have_text("This message was removed.")
    expect(titles(ada)).to_have_text(["stays"])


def test_missed_entries_are_fetched_after_a_reconnect(ada, blog, line):
    blog.entry("before")
    blog.visit(ada)
    line.cut("Ada")
    expect(ada.page.locator("#banner")).to_be_visible()
    expect(ada.page.get_by_role("status")).to_contain_text("The connection is lost.")
    blog.entry(*["missed %d" % number for number in range(230)])
    blog.edit("before", "before, edited")
    line.restore("Ada")
    ada.page.evaluate("dispatchEvent(new Event('online'))")
    expect(titles(ada).first).to_have_text("missed 229", timeout=40000)
    expect(entry(ada, "before, edited")).to_have_count(1)
    expect(ada.page.locator("#banner")).to_be_hidden()
    assert titles(ada).all_text_contents() == ["missed %d" % number for number in reversed(range(230))] + ["before, edited"]
    expect(ada.page.locator(".badge.new")).to_have_count(230)


def test_a_lost_broadcast_is_fetched(ada, blog):
    blog.visit(ada)
    blog.stack.run(
        "from chartroom.models import ChatMessage\n"
        "from chartroom.rooms.store import own_room, store\n"
        "store([ChatMessage(room=own_room('blog', %r), source='feed', client_id='1', message='told to nobody')])" % blog.name)
    blog.entry("told")
    expect(entries(ada)).to_have_count(2)
    expect(entries(ada).last).to_contain_text("told to nobody")


def test_a_room_that_was_replaced_is_loaded_again(ada, blog, line):
    blog.entry("one", "two", "three")
    blog.visit(ada)
    line.cut("Ada")
    expect(ada.page.locator("#banner")).to_be_visible()
    blog.stack.run("from chartroom.models import Room\nRoom.objects.filter(name=%r).delete()" % blog.name)
    blog.entry("another one")
    line.restore("Ada")
    expect(titles(ada)).to_have_text(["another one"], timeout=40000)
    blog.entry("and its next")
    expect(titles(ada)).to_have_text(["and its next", "another one"])


# Reading

def test_new_entries_do_not_move_a_view_further_down(ada, blog):
    blog.entry(*["entry %d" % number for number in range(50)])
    blog.visit(ada)
    expect(titles(ada)).to_have_count(50)
    expect(ada.page.locator("#to-top")).to_be_hidden()
    ada.scroll_to(900)
    expect(ada.page.get_by_role("button", name="Jump to the newest entry")).to_be_visible()
    place = top_of(ada, "entry 33")
    blog.entry("new one")
    expect(ada.page.get_by_role("button", name="1 new entry")).to_be_visible()
    assert abs(top_of(ada, "entry 33") - place) < 1.5
    expect(ada.page).to_have_title("(1) %s · chartroom" % blog.name)
    blog.edit("entry 40", "entry 40, which is longer by an edit", summary="More, in\nsome\nlines.")
    blog.entry("another")
    button = ada.page.get_by_role("button", name="2 new entries")
    expect(button).to_be_visible()
    assert abs(top_of(ada, "entry 33") - place) < 1.5

    button.click()
    expect(button).to_be_hidden()
    expect(ada.page).to_have_title("%s · chartroom" % blog.name)
    expect(entry(ada, "another")).to_be_in_viewport()
    expect(entry(ada, "another")).to_be_focused()
    expect(ada.page.locator(".entry", has=ada.page.locator(".badge.new")).locator(".entry-title")).to_have_text(
        ["another", "new one"])


def test_older_entries_are_loaded_at_the_bottom_without_moving_the_view(ada, blog):
    blog.entry(*["entry %d" % number for number in range(130)])
    blog.visit(ada)
    log = ada.page.locator("#log")
    while end(ada).text_content() != "There are no older entries.":
        moved = log.evaluate("""log => new Promise(done => {
            const rows = document.getElementById("rows");
            const last = rows.lastElementChild;
            log.scrollTop = log.scrollHeight;
            const top = last.getBoundingClientRect().top;
            new MutationObserver((changes, observer) => {
                observer.disconnect();
                requestAnimationFrame(() => requestAnimationFrame(
                    () => done(Math.abs(last.getBoundingClientRect().top - top))));
            }).observe(rows, { childList: true });
        })""")
        assert moved < 1.5
    expect(titles(ada)).to_have_text(["entry %d" % number for number in reversed(range(130))])


def test_the_page_stays_small_in_a_room_with_many_entries(ada, blog):
    blog.entry(*["entry %d" % number for number in range(1200)])
    blog.visit(ada)
    for _ in range(60):
        last = ada.seqs_of_entries()[-1]
        if last == 1:
            break
        ada.scroll_to(10 ** 7)
        expect(entries(ada).last).not_to_have_attribute("data-seq", str(last))
    seqs = ada.seqs_of_entries()
    assert seqs[-1] == 1 and seqs == list(range(len(seqs), 0, -1)) and len(seqs) <= 400
    # A new entry is not in the page now. Scrolling up shows it, and there is no gap.
    blog.entry("the newest")
    expect(ada.page.get_by_role("button", name="1 new entry")).to_be_visible()
    for _ in range(60):
        first = ada.seqs_of_entries()[0]
        if first == 1201:
            break
        ada.scroll_to(0)
        expect(entries(ada).first).not_to_have_attribute("data-seq", str(first))
    seqs = ada.seqs_of_entries()
    assert seqs == list(range(1201, 1201 - len(seqs), -1)) and len(seqs) <= 450
    assert entries(ada).first.get_attribute("aria-posinset") == "1"


def test_many_new_entries_above_the_view_leave_the_page_small(ada, blog):
    blog.entry(*["entry %d" % number for number in range(50)])
    blog.visit(ada)
    ada.scroll_to(900)
    place = top_of(ada, "entry 33")
    blog.entry(*["flood %d" % number for number in range(900)])
    expect(ada.page.get_by_role("button", name="900 new entries")).to_be_visible()
    assert entries(ada).count() <= 450
    assert abs(top_of(ada, "entry 33") - place) < 1.5
    ada.page.get_by_role("button", name="900 new entries").click()
    expect(titles(ada).first).to_have_text("flood 899")
    assert entries(ada).count() <= 400


def test_a_hidden_tab_shows_the_count_in_its_title_and_marks_new_entries(ada, blog):
    blog.entry("read")
    blog.visit(ada)
    expect(titles(ada)).to_have_count(1)
    ada.hide()
    blog.entry("unread 1", "unread 2")
    expect(ada.page).to_have_title("(2) %s · chartroom" % blog.name)
    ada.show()
    expect(ada.page).to_have_title("%s · chartroom" % blog.name)
    expect(ada.page.locator(".badge.new")).to_have_count(2)
    # An entry that arrives while the page is visible is not marked.
    blog.entry("seen at once")
    expect(titles(ada).first).to_have_text("seen at once")
    expect(ada.page.locator(".badge.new")).to_have_count(2)


def test_entries_since_the_last_visit_are_marked_and_counted_in_the_list(ada, blog):
    blog.entry("read")
    blog.visit(ada)
    expect(titles(ada)).to_have_count(1)
    ada.page.goto("about:blank")
    blog.entry("new 1", "new 2", "new 3")
    ada.page.goto(ada.base + "/chat/")
    link = ada.page.locator("a[data-room='%s']" % blog.room)
    expect(link.locator(".unread-count")).to_have_text("3")
    link.click()
    ada.wait_for_connection()
    expect(ada.page.locator(".badge.new")).to_have_text(["New"] * 3)
    ada.page.goto(ada.base + "/chat/")
    expect(link).to_be_visible()
    expect(link.locator(".unread-count")).to_be_hidden()


# Keyboard, screen reader, phone

def test_screen_readers_announce_only_new_entries(ada, blog):
    blog.entry(*["entry %d" % number for number in range(60)])
    blog.visit(ada)
    feed = ada.page.get_by_role("feed", name="Entries, newest first")
    expect(feed.get_by_role("article", name="entry 59")).to_have_attribute("aria-posinset", "1")
    said = ada.page.locator("#said")
    assert said.get_attribute("aria-live") == "polite"
    ada.scroll_to(10 ** 7)
    expect(titles(ada)).to_have_count(60)
    expect(said).to_have_text("")
    blog.entry("told aloud")
    expect(said).to_have_text("1 new entry: told aloud")
    blog.edit("told aloud", "edited quietly")
    expect(entry(ada, "edited quietly")).to_have_count(1)
    expect(said).to_have_text("1 new entry: told aloud")
    expect(ada.page.get_by_role("status")).to_have_count(1)
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(blog.name)


def test_keys_move_the_focus_between_entries(ada, blog):
    blog.entry("third", "second", "first", link="https://example.org/")
    blog.visit(ada)
    expect(titles(ada)).to_have_count(3)
    ada.page.locator(".menu summary").focus()
    ada.page.keyboard.press("Tab")
    expect(entry(ada, "first")).to_be_focused()
    assert entry(ada, "first").evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    ada.page.keyboard.press("PageDown")
    expect(entry(ada, "second")).to_be_focused()
    ada.page.keyboard.press("Tab")
    expect(entry(ada, "second").get_by_role("link")).to_be_focused()
    ada.page.keyboard.press("PageDown")
    ada.page.keyboard.press("PageUp")
    expect(entry(ada, "second")).to_be_focused()
    # After an edit removes the focused link, the entry has the focus.
    ada.page.keyboard.press("Tab")
    blog.edit("second", "second, edited")
    expect(entry(ada, "second, edited")).to_be_focused()


@pytest.mark.parametrize("namespace", ["blog", "deploy"])
def test_the_page_fits_on_a_phone(people, stack, namespace):
    stream = Stream(stack, namespace)
    long = "x" * 300
    stream.publish({"text": long, "author": long[:150], "data": {
        "title": long, "summary": long, "feed": long, "status": long, "version": long, "environment": long, "type": long,
        "link": "https://example.org/" + long, "url": "https://%s.example.org/" % long[:60]}})
    stream.publish({"text": long})
    grace = people("Grace", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    stream.visit(grace)
    expect(entries(grace)).to_have_count(2)
    assert grace.page.evaluate("document.documentElement.scrollWidth") == 390
    assert grace.page.locator("#log").evaluate("log => log.scrollWidth <= log.clientWidth")
    for box in grace.page.locator("#rows *, #state *").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)"):
        assert box <= 390


# A service

def test_new_deliveries_appear_with_their_status(ada, service):
    service.delivery("Deploy of 1.4 begun", status="started", version="1.4", environment="staging")
    service.visit(ada)
    state = ada.page.get_by_role("region", name="Latest state")
    expect(state.locator(".status")).to_have_text("running")
    service.delivery("Deploy of 1.4 done", status="success", version="1.4", environment="staging",
                     url="https://ci.example.org/7", type="deploy.finished")
    first = entries(ada).first
    expect(first.locator(".entry-text")).to_have_text("Deploy of 1.4 done")
    expect(first.locator(".status")).to_have_text("succeeded")
    expect(first.locator(".fact")).to_have_text(["1.4", "staging", "deploy.finished"])
    expect(first.locator(".entry-source")).to_have_text("ci")
    expect(first.locator("time")).to_have_text(re.compile("^Today"))
    link = first.get_by_role("link", name="ci.example.org")
    expect(link).to_have_attribute("href", "https://ci.example.org/7")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(state.locator(".status")).to_have_text("succeeded")
    expect(state.locator(".fact")).to_have_text(["1.4", "staging", "deploy.finished"])
    # A delivery without a status does not change the latest state.
    service.delivery("Only a text")
    expect(entries(ada)).to_have_count(3)
    expect(entries(ada).first.locator(".facts")).to_have_count(0)
    expect(state.locator(".status")).to_have_text("succeeded")


def test_each_status_has_its_own_name_and_style(ada, service):
    states = ["ok", "success", "FAILED", "failure", "error", "started", "running", "paused", "constructor"]
    for status in states:
        service.delivery("it is " + status, status=status)
    service.visit(ada)
    badges = entries(ada).locator(".status")
    expect(badges).to_have_text(list(reversed(
        ["succeeded", "succeeded", "failed", "failed", "failed", "running", "running", "paused", "constructor"])))
    looks = badges.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len({looks[2], looks[4], looks[8], looks[0]}) == 4


def test_a_service_without_a_status_shows_no_state(ada, service):
    service.delivery("Only a text")
    service.visit(ada)
    expect(entries(ada)).to_have_count(1)
    expect(ada.page.locator("#state")).to_be_hidden()


def test_markup_in_a_delivery_is_shown_as_text(ada, service):
    service.delivery(HOSTILE, status=HOSTILE, version=HOSTILE, environment=HOSTILE, type=HOSTILE, url="javascript:window.ran=4")
    service.visit(ada)
    expect(entries(ada).locator(".entry-text")).to_have_text(HOSTILE)
    expect(entries(ada).locator(".status")).to_have_text(HOSTILE)
    expect(entries(ada).locator("a, script, img, b")).to_have_count(0)
    expect(ada.page.locator("#state").locator("script, img, b")).to_have_count(0)
    assert ada.page.evaluate("window.ran") is None


# The parts

MESSAGES = """
    const said = (seq, key, edits) => ({ seq, source: "feed", sender: "s", data: edits ? { edited: true, edits } : { entry: key } });
    const all = [
        said(1, "a"), said(2, "b"), said(3, null, "a"), said(4, "c"), said(5, null, "b"),
        said(6, null, "a"), { seq: 7, data: { removed: true } }, said(8, "d"), said(9, null, "gone"), said(10, null, "gone"),
    ];
    const shown = entries => entries.all.map(({ seq, message }) => [seq, message.seq]);
"""


def test_entries_do_not_depend_on_the_pages_in_which_messages_are_received(ada):
    ada.page.goto(ada.base + "/accounts/login/")
    results = ada.page.evaluate("""async () => {
        const { Entries } = await import("/static/chartroom/stream/entries.js");
        %s
        const results = [];
        for (let first = 0; first < all.length; first += 1) {
            for (let last = first; last <= all.length; last += 1) {
                for (const page of [1, 3, all.length]) {
                    const entries = new Entries();
                    entries.came(all.slice(first, last));
                    for (let end = first; end > 0; end -= page) entries.older(all.slice(Math.max(0, end - page), end));
                    for (let start = last; start < all.length; start += page) entries.came(all.slice(start, start + page));
                    results.push(JSON.stringify(shown(entries)));
                }
            }
        }
        return Array.from(new Set(results));
    }""" % MESSAGES)
    assert results == ["[[9,10],[8,8],[7,7],[4,4],[2,5],[1,6]]"]


def test_forgotten_entries_are_loaded_again_with_their_edits(ada):
    ada.page.goto(ada.base + "/accounts/login/")
    assert ada.page.evaluate("""async () => {
        const { Entries } = await import("/static/chartroom/stream/entries.js");
        %s
        const entries = new Entries();
        entries.came(all);
        entries.forget(3);
        const kept = shown(entries);
        entries.older(all.slice(0, 4));
        return [kept, shown(entries)];
    }""" % MESSAGES) == [[[9, 10], [8, 8], [7, 7]], [[9, 10], [8, 8], [7, 7], [4, 4], [2, 5], [1, 6]]]


@pytest.mark.parametrize("page, languages, own", [
    ("en", ["en-US"], "en-US"), ("en", ["en-GB", "en"], "en-GB"), ("en", ["de-DE", "en-US"], "en-US"), ("en", ["de"], "en-DE"),
    ("zh-hans", ["zh-CN"], "zh-Hans-CN"), ("zh-hans", ["zh-TW"], "zh-Hans-TW"), ("en", [], "en"), ("en", ["en-US@posix"], "en"),
])
def test_dates_are_in_the_page_s_language_with_the_formats_of_the_user_s_country(ada, page, languages, own):
    ada.page.goto(ada.base + "/accounts/login/")
    assert ada.page.evaluate("""async ([page, languages]) => {
        const { ownVariant } = await import("/static/chartroom/frame/format.js");
        return ownVariant(page, languages);
    }""", [page, languages]) == own
