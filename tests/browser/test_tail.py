"""The page of log files, with real files, a real runtail and all processes between them."""
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts.ports import free_port
from tests.browser.conftest import _people
from tests.browser.proxy import Proxy
from tests.browser.stack import ROOT, WITHIN, Stack

PASSWORD = "correct horse"
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> & "quoted" \'too\''


class Tail:
    """A stack with log files. `make serve` stops when one of its processes ends, so the tests kill none."""

    def __init__(self, folder):
        self.folder = folder
        self.line = Proxy(free_port())
        self.paths = {1: folder / "error.log", 2: folder / "access.log", 3: folder / "not-yet.log", 4: folder / "busy.log"}
        for number in (1, 2, 4):
            self.paths[number].write_text("")
        files = ",".join("%d=%s" % pair for pair in self.paths.items())
        self.stack = Stack(self.line.to_port, ":%d" % self.line.port, TAIL_FILES=files)
        self.stack.add_user("dora", PASSWORD)
        self.pid = int(re.search(r"tail started \(pid=(\d+)\)", self.stack.printed()).group(1))

    def stand_still(self):
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def start_another(self):
        """Start a second runtail. Return when it is standing by."""
        another = subprocess.Popen(
            [self.stack.python, "-W", "ignore", "manage.py", "runtail"], cwd=str(ROOT), env=self.stack.processes_env(),
            stderr=subprocess.PIPE, encoding="utf-8")
        for told in another.stderr:
            if "standing by" in told:
                return another
        raise AssertionError("it ended")

    def stop(self):
        self.stack.stop()
        self.line.close()

    def write(self, number, *lines):
        with self.paths[number].open("a", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def has_open(self, number):
        """Whether runtail has the file open."""
        links = Path("/proc/%d/fd" % self.pid)
        return str(self.paths[number]) in [os.path.realpath(link) for link in links.iterdir()]


def wait_until(condition, within=WITHIN):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def tail(tmp_path_factory):
    running = Tail(tmp_path_factory.mktemp("logs"))
    yield running
    running.stop()


@pytest.fixture
def watchers(browser, tail):
    yield from _people(browser, tail.stack.base)


@pytest.fixture
def dora(watchers):
    person = watchers("Dora")
    log_in(person)
    return person


def log_in(person):
    person.log_in("dora", PASSWORD, then="/tail/")


def watch(person, number):
    person.page.goto("%s/tail/?file=%d" % (person.base, number))
    person.page.get_by_role("button", name="Start").click()
    person.page.locator('#state[data-state="watching"]').wait_for()


@pytest.fixture
def watching(dora, tail):
    """A page that watches the first file, which has been emptied."""
    tail.paths[1].write_text("")
    watch(dora, 1)
    return dora


def lines(person):
    return person.page.locator("#rows .tail-line").all_text_contents()


def line_of(person, text):
    return person.page.locator("#rows .tail-line").get_by_text(text, exact=True).last


def sees(person, text):
    line_of(person, text).wait_for()


def state(person):
    return person.page.locator("#state")


def says(person, text):
    expect(person.page.locator("#state-text")).to_have_text(text)


def button(person, name):
    return person.page.get_by_role("button", name=name, exact=True)


class TestComingIn:

    def test_anonymous_users_are_redirected_to_the_login_and_back(self, watchers, tail):
        person = watchers("Dora")
        person.page.goto(person.base + "/tail/?file=2")
        assert "/accounts/login/?next=/tail/" in person.page.url
        person.page.locator("#id_username").fill("dora")
        person.page.locator("#id_password").fill(PASSWORD)
        button(person, "Log in").click()
        person.page.wait_for_url("**/tail/?file=2")
        assert person.page.locator("#file").input_value() == "2"

    def test_starting_without_a_file_is_reported(self, dora):
        button(dora, "Start").click()
        says(dora, "No file is chosen.")
        assert not button(dora, "Stop").is_enabled()

    def test_the_page_does_not_contain_paths(self, dora, tail):
        assert str(tail.folder) not in dora.page.content()


class TestWatching:

    def test_new_lines_appear_until_stopped_which_closes_the_file(self, watching, tail):
        says(watching, "Watching error.log.")
        tail.write(1, "one", "聊天 two")
        sees(watching, "聊天 two")
        assert lines(watching) == ["one", "聊天 two"] and tail.has_open(1)
        button(watching, "Stop").click()
        says(watching, "Stopped: the connection is closed.")
        wait_until(lambda: not tail.has_open(1))
        tail.write(1, "three")
        button(watching, "Start").click()
        sees(watching, "three")
        assert lines(watching) == ["one", "聊天 two", "three"]

    def test_starting_another_file_replaces_the_first(self, watching, tail):
        tail.write(1, "of one")
        sees(watching, "of one")
        watching.page.locator("#file").select_option("2")
        button(watching, "Start").click()
        says(watching, "Watching access.log.")
        tail.write(2, "of two")
        sees(watching, "of two")
        assert "of one" not in lines(watching)
        wait_until(lambda: not tail.has_open(1))

    def test_two_pages_do_not_disturb_each_other(self, watching, watchers, tail):
        other = watchers("Other")
        log_in(other)
        watch(other, 1)
        tail.write(1, "for both")
        sees(watching, "for both")
        sees(other, "for both")
        button(other, "Stop").click()
        tail.write(1, "for one")
        sees(watching, "for one")
        assert lines(other)[-1] == "for both"

    def test_closing_the_page_closes_the_file(self, watching, tail):
        assert tail.has_open(1)
        watching.page.close()
        wait_until(lambda: not tail.has_open(1))

    def test_a_file_is_replaced_and_truncated_while_it_is_watched(self, watching, tail):
        tail.write(1, "old")
        sees(watching, "old")
        os.rename(tail.paths[1], str(tail.paths[1]) + ".1")
        tail.write(1, "new")
        sees(watching, "new")
        tail.paths[1].write_text("")
        watching.page.get_by_text("The file was truncated").wait_for()
        tail.write(1, "anew")
        sees(watching, "anew")
        assert watching.page.locator("#rows > *").all_text_contents() == [
            "old", "The file was replaced. The new file starts here", "new", "The file was truncated. It starts again here", "anew"]

    def test_a_file_that_is_not_there_yet(self, dora, tail):
        dora.page.goto(dora.base + "/tail/?file=3")
        button(dora, "Start").click()
        says(dora, "The file does not exist yet. Waiting for it…")
        tail.write(3, "first")
        sees(dora, "first")
        says(dora, "Watching not-yet.log.")

    def test_a_line_that_grows_is_one_row(self, watching, tail):
        with tail.paths[1].open("a") as file:
            file.write("50")
            file.flush()
            sees(watching, "50")
            file.write(" %\n")
        sees(watching, "50 %")
        assert lines(watching) == ["50 %"]

    def test_a_truncated_line_is_marked(self, watching, tail):
        tail.write(1, "x" * 10000)
        watching.page.get_by_text("… 1,808 bytes left out").wait_for()


class TestTheConnection:

    def test_a_missing_runtail_is_reported_and_the_page_continues_when_it_is_back(self, watching, tail):
        tail.write(1, "before")
        sees(watching, "before")
        tail.stand_still()
        try:
            button(watching, "Stop").click()
            button(watching, "Start").click()
            says(watching, "The reader does not answer: is runtail running? Trying again…")
            tail.write(1, "meanwhile")
        finally:
            tail.go_on()
        watching.page.locator('#state[data-state="watching"]').wait_for(timeout=30000)
        sees(watching, "meanwhile")
        assert lines(watching) == ["before", "meanwhile"]

    def test_another_runtail_takes_over_and_is_killed(self, watching, tail):
        tail.write(1, "before")
        sees(watching, "before")
        another = tail.start_another()
        tail.stand_still()
        try:
            tail.write(1, "meanwhile")
            line_of(watching, "meanwhile").wait_for(timeout=30000)
        finally:
            tail.go_on()
            another.kill()
            another.communicate()
        tail.write(1, "after")
        line_of(watching, "after").wait_for(timeout=30000)
        assert lines(watching) == ["before", "meanwhile", "after"]

    def test_a_lost_connection_is_reported_and_the_page_continues(self, watching, tail):
        tail.write(1, "before")
        sees(watching, "before")
        tail.line.cut("Dora")
        says(watching, "The connection is lost. Trying again…")
        wait_until(lambda: not tail.has_open(1))
        tail.write(1, "meanwhile")
        tail.line.restore("Dora")
        button(watching, "Try now").click()
        sees(watching, "meanwhile")
        says(watching, "Watching error.log.")
        assert lines(watching) == ["before", "meanwhile"]

    def test_a_user_who_has_logged_out_is_refused(self, watching):
        watching.context.clear_cookies()
        button(watching, "Stop").click()
        button(watching, "Start").click()
        says(watching, "The connection was closed: please log in again.")
        assert watching.page.locator("#log-in").is_visible() and not button(watching, "Stop").is_enabled()


class TestReading:

    def test_the_view_follows_the_end_unless_the_user_has_scrolled_up(self, watching, tail):
        tail.write(1, *["line %d" % number for number in range(100)])
        sees(watching, "line 99")
        assert watching.from_end() <= 2
        watching.page.locator("#log").hover()
        watching.page.mouse.wheel(0, -300)
        go_on = watching.page.locator("#to-end")
        go_on.wait_for()
        watching.wait_for_rest()
        top = watching.page.locator("#log").evaluate("log => log.scrollTop")
        tail.write(1, "new 1")
        expect(go_on).to_contain_text("1 new line")
        tail.write(1, "new 2")
        expect(go_on).to_contain_text("2 new lines")
        assert watching.page.locator("#log").evaluate("log => log.scrollTop") == top
        go_on.click()
        sees(watching, "new 2")
        assert watching.from_end() <= 2 and not go_on.is_visible()
        tail.write(1, "new 3")
        sees(watching, "new 3")
        assert watching.from_end() <= 2

    def test_scrolling_to_the_end_resumes_following(self, watching, tail):
        tail.write(1, *["line %d" % number for number in range(100)])
        sees(watching, "line 99")
        watching.scroll_to(100)
        tail.write(1, "new")
        expect(watching.page.locator("#to-end")).to_contain_text("1 new line")
        watching.page.locator("#log").focus()
        watching.page.keyboard.press("End")
        sees(watching, "new")

    def test_a_filter_shows_only_matching_lines(self, watching, tail):
        tail.write(1, "An \x1b[31mERR\x1b[0mOR here", "nothing", "another error")
        sees(watching, "another error")
        watching.page.locator("#filter").fill("error")
        expect(watching.page.locator(".tail-line")).to_have_count(2)
        tail.write(1, "one more Error", "nothing more")
        sees(watching, "one more Error")
        assert lines(watching) == ["An ERROR here", "another error", "one more Error"]
        expect(watching.page.locator("#count")).to_contain_text("5 lines · 3 lines match")
        watching.page.locator("#filter").fill("[a-z]+(")
        expect(watching.page.locator(".tail-line")).to_have_count(0)
        watching.page.locator("#filter").fill("")
        expect(watching.page.locator(".tail-line")).to_have_count(5)

    def test_colours_are_classes_and_other_sequences_are_removed(self, watching, tail):
        tail.write(1, "\x1b[1;31mERROR\x1b[0m plain \x1b[92;44mboth\x1b[m \x1b[38;5;3mthird\x1b[39m\x1b[2K\x1b]0;title\x07\x1b[?25l end\x07")
        sees(watching, "ERROR plain both third end")
        spans = watching.page.locator(".tail-line span").evaluate_all("spans => spans.map(span => [span.className, span.textContent])")
        assert spans == [["ansi-bold ansi-1", "ERROR"], ["ansi-10 ansi-on-4", "both"], ["ansi-3", "third"]]
        assert watching.page.locator("[style]").count() == 0

    def test_markup_is_shown_as_text(self, watching, tail):
        tail.write(1, HOSTILE, "\x1b[31m%s\x1b[0m" % HOSTILE)
        sees(watching, HOSTILE)
        assert lines(watching) == [HOSTILE, HOSTILE]
        assert watching.page.locator("#log img, #log script").count() == 0 and watching.page.title() == "Log files · chartroom"

    def test_a_download_contains_the_lines_that_are_shown(self, watching, tail):
        tail.write(1, "\x1b[31mred\x1b[0m 聊天", "nothing", "red too")
        sees(watching, "red too")
        watching.page.locator("#filter").fill("red")
        expect(watching.page.locator(".tail-line")).to_have_count(2)
        with watching.page.expect_download() as waited:
            button(watching, "Download").click()
        assert waited.value.suggested_filename == "error.log.txt"
        assert Path(waited.value.path()).read_text(encoding="utf-8") == "red 聊天\nred too\n"

    def test_clear_empties_only_the_page(self, watching, tail):
        tail.write(1, "one")
        sees(watching, "one")
        button(watching, "Clear").click()
        assert lines(watching) == []
        tail.write(1, "two")
        sees(watching, "two")
        assert lines(watching) == ["two"]

    def test_the_oldest_lines_are_dropped_and_this_is_reported(self, watching, tail):
        for start in range(0, 8000, 500):
            tail.write(1, *["line %d" % number for number in range(start, start + 500)])
        sees(watching, "line 7999")
        assert lines(watching) == ["line %d" % number for number in range(3000, 8000)]
        expect(watching.page.locator("#count")).to_have_text("5,000 lines · at most 5,000 are kept: the oldest were dropped")

    def test_the_page_stays_responsive_at_20000_lines_a_second(self, dora, tail):
        watch(dora, 4)
        dora.page.evaluate("""() => {
            window.gaps = [];
            let last = performance.now();
            (function look(now) {
                gaps.push(now - last);
                last = now;
                requestAnimationFrame(look);
            })(last);
        }""")
        for second in range(3):
            for tenth in range(10):
                began = time.monotonic()
                tail.write(4, *["%d %s" % (number, "x" * 90) for number in range(2000)])
                time.sleep(max(0, 0.1 - (time.monotonic() - began)))
        tail.write(4, "the end")
        sees(dora, "the end")
        gaps = sorted(dora.page.evaluate("gaps"))
        assert dora.page.locator(".tail-line").count() <= 5000
        # Longer frames would be noticeable while scrolling or typing.
        assert gaps[len(gaps) // 2] < 250, gaps
        print("frames: %d, median %.0f ms, longest %.0f ms" % (len(gaps), gaps[len(gaps) // 2], gaps[-1]))


def test_the_keyboard_is_sufficient(dora, tail):
    tail.paths[1].write_text("")
    dora.page.goto(dora.base + "/tail/?file=1")
    dora.page.locator("#file").focus()
    dora.page.keyboard.press("Tab")
    dora.page.keyboard.press("Enter")
    dora.page.locator('#state[data-state="watching"]').wait_for()
    dora.page.keyboard.press("Tab")
    assert dora.page.evaluate("document.activeElement.id") == "stop"


@pytest.mark.parametrize("width", [320, 375])
def test_the_page_fits_on_a_phone(watchers, tail, width):
    person = watchers("Phone", viewport={"width": width, "height": 640})
    log_in(person)
    watch(person, 1)
    assert person.page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Start", "Stop", "Clear", "Download"):
        assert button(person, name).is_visible()
    assert person.page.locator("#log").evaluate("log => log.clientHeight") > 200


STREAM = """async () => {
    window.sent = [];
    window.heard = [];
    window.WebSocket = class {
        static OPEN = 1;
        constructor(address) {
            this.readyState = 1;
            window.address = address;
            window.server = { say: (...frames) => frames.forEach(frame => this.onmessage({ data: JSON.stringify(frame) })) };
        }
        send(text) { sent.push(JSON.parse(text)); }
        close() {}
    };
    const { TailStream } = await import("/static/chartroom/tail/tail_stream.js");
    window.stream = new TailStream({
        lines: lines => heard.push(...lines), note: code => heard.push(`note ${code}`),
        skipped: (lines, bytes) => heard.push(`skipped ${lines} ${bytes}`), state: state => heard.push(`state ${state.name}`),
    });
    stream.start("ws://nowhere/tail/1/", null);
    server.say({ type: "welcome", protocol: 1, file: 1, label: "a", heartbeat: 25 },
               { type: "opened", id: 0, state: "open", position: "p0", resumed: false },
               { type: "lines", after: "p0", position: "p1", lines: ["one"] });
    heard.length = 0;
}"""


@pytest.fixture
def stream(dora):
    """A page in which `server.say` sends frames, and `sent` and `heard` collect the results. Its clock is stopped."""
    dora.page.goto(dora.base + "/accounts/login/")
    dora.page.clock.install(time=0)
    dora.page.clock.pause_at(1000)
    dora.page.evaluate(STREAM)
    return dora.page


def say(page, *frames):
    page.evaluate("frames => server.say(...frames)", list(frames))


def lines_frame(after, position, *told):
    return {"type": "lines", "after": after, "position": position, "lines": list(told)}


def start_frame(id, position):
    return {"type": "start", "id": id, "position": position}


class TestTheStream:

    def test_consecutive_frames_are_shown(self, stream):
        say(stream, lines_frame("p1", "p2", "two"), lines_frame("p2", "p3", "three"))
        assert stream.evaluate("heard") == ["two", "three"] and stream.evaluate("sent") == []

    @pytest.mark.parametrize("frame", [
        lines_frame("p2", "p3", "three"), lines_frame("p0", "p1", "one"),
        {"type": "note", "code": "rotated", "after": "p2", "position": "q0"},
        {"type": "skipped", "after": "p2", "position": "p9", "lines": 5, "bytes": 50},
    ], ids=["missed", "twice", "note", "skipped"])
    def test_other_frames_are_dropped_and_the_missing_lines_are_requested(self, stream, frame):
        say(stream, frame, lines_frame("p3", "p4", "four"))
        assert stream.evaluate("heard") == [] and stream.evaluate("sent") == [start_frame(1, "p1")]
        say(stream, {"type": "opened", "id": 1, "state": "open", "position": "p1", "resumed": True},
            lines_frame("p1", "p4", "two", "three", "four"))
        assert stream.evaluate("heard") == ["state watching", "two", "three", "four"]

    def test_the_answer_to_an_older_start_is_ignored(self, stream):
        say(stream, {"type": "restarted"})
        stream.clock.run_for(1000)
        say(stream, {"type": "opened", "id": 0, "state": "open", "position": "p0", "resumed": False}, lines_frame("p0", "p1", "one"))
        assert stream.evaluate("heard") == [] and stream.evaluate("sent") == [start_frame(1, "p1")]

    def test_a_lost_last_frame_is_detected_after_a_ping(self, stream):
        say(stream, {"type": "reading", "position": "p1"})
        assert stream.evaluate("sent") == []
        say(stream, {"type": "reading", "position": "p2"})
        assert stream.evaluate("sent") == [start_frame(1, "p1")]

    def test_skipped_lines_are_reported(self, stream):
        say(stream, {"type": "reading", "position": "p2"},
            {"type": "opened", "id": 1, "state": "open", "position": "p9", "resumed": False, "skipped": {"lines": 7, "bytes": 70}},
            lines_frame("p9", "p10", "ten"))
        assert stream.evaluate("heard") == ["skipped 7 70", "state watching", "ten"]

    def test_a_file_that_disappears_and_returns_changes_the_state(self, stream):
        say(stream, {"type": "note", "code": "missing", "after": "p1", "position": None},
            {"type": "note", "code": "found", "after": None, "position": "q0"}, lines_frame("q0", "q1", "new"))
        assert stream.evaluate("heard") == ["note missing", "state missing", "note found", "state watching", "new"]

    def test_an_unanswered_ping_is_reported_and_the_start_is_repeated(self, stream):
        stream.clock.run_for(26000)
        assert stream.evaluate("sent") == [{"type": "ping"}]
        say(stream, {"type": "pong"})
        stream.clock.run_for(4900)
        assert stream.evaluate("heard") == []
        stream.clock.run_for(200)
        assert stream.evaluate("heard") == ["state no_reader"] and stream.evaluate("sent")[1:] == [start_frame(1, "p1")]
        stream.clock.run_for(5000)
        assert stream.evaluate("sent")[2:] == [start_frame(2, "p1")]
        say(stream, {"type": "opened", "id": 2, "state": "open", "position": "p1", "resumed": True})
        assert stream.evaluate("heard")[-1] == "state watching"
        stream.clock.run_for(6000)
        assert len(stream.evaluate("sent")) == 3

    def test_an_answered_ping_is_not_reported(self, stream):
        stream.clock.run_for(26000)
        say(stream, {"type": "pong"}, {"type": "reading", "position": "p1"})
        stream.clock.run_for(10000)
        assert stream.evaluate("heard") == []

    def test_a_new_connection_requests_the_lines_after_the_position(self, stream):
        stream.evaluate("stream.tryNow()")
        assert stream.evaluate("address") == "ws://nowhere/tail/1/?since=p1"

    def test_nothing_is_sent_after_a_stop(self, stream):
        stream.evaluate("stream.stop()")
        assert stream.evaluate("heard") == ["state closed"]
        stream.clock.run_for(120000)
        assert stream.evaluate("heard") == ["state closed"] and stream.evaluate("sent") == []


@pytest.mark.parametrize("text, pieces", [
    ("plain", [["plain", ""]]),
    ("\x1b[31mred\x1b[0m not", [["red", "ansi-1"], [" not", ""]]),
    ("\x1b[1;91;103mall\x1b[22;39mless\x1b[49mnone", [["all", "ansi-bold ansi-9 ansi-on-11"], ["less", "ansi-on-11"], ["none", ""]]),
    ("\x1b[38;5;12ma\x1b[38;5;200mb\x1b[38;2;1;2;3mc\x1b[48;5;1md", [
        ["a", "ansi-12"], ["b", "ansi-12"], ["c", "ansi-12"], ["d", "ansi-12 ansi-on-1"]]),
    ("a\x1b[2J\x1b[10;20Hb\x1b]8;;http://x\x1b\\c\x1b(Bd\x1bMe\x9b31mf", [["a", ""], ["b", ""], ["c", ""], ["d", ""], ["e", ""], ["f", "ansi-1"]]),
    ("bell\x07 nul\x00 back\x08 tab\tcr\r", [["bell", ""], [" nul", ""], [" back", ""], [" tab\tcr", ""]]),
    ("\x1b[", []), ("\x1b", []), ("\x1b[31", [["31", ""]]), ("\x1b]0;never ended", []),
    ("a\u202eb\u2066c", [["a\\u202eb\\u2066c", ""]]),
], ids=repr)
def test_escape_sequences(dora, text, pieces):
    found = dora.page.evaluate("""async text => {
        const { plain, styled } = await import("/static/chartroom/tail/tail_ansi.js");
        return [styled(text).map(({ text, classes }) => [text, classes.join(" ")]), plain(text)];
    }""", text)
    assert found == [pieces, "".join(piece for piece, _ in pieces)]
