# coding: utf-8
"""``chartroom.sources.tail.follower`` on real files: growth, rotation, truncation and errors."""
from __future__ import unicode_literals

import io
import json
import os
import shutil
import time
from contextlib import contextmanager

import pytest

from chartroom.sources.tail import follower as module
from chartroom.sources.tail.follower import Follower
from chartroom.sources.tail.frames import MAX_LINES
from chartroom.sources.tail.lines import MAX_LINE
from chartroom.sources.tail.log_file import parse_position
from tests.sources.tail.test_lines import text_of

NOBODY = 65534


class Client(object):
    """The state of a client: each frame must follow the one before."""

    def __init__(self):
        self.entries, self.notes = [], []
        self.position, self.opened, self.frames = None, None, []

    def take(self, texts):
        for text in texts:
            frame = json.loads(text)
            self.frames.append(frame)
            if frame["type"] == "opened":
                self.opened = frame
            else:
                assert frame["after"] == self.position, "does not follow: %r" % frame
                self.entries += frame["lines"] if frame["type"] == "lines" else []
                if frame["type"] == "note":
                    self.notes.append((frame["code"], len(self.lines)))
                elif frame["type"] == "skipped":
                    self.notes.append((frame["lines"], len(self.lines)))
            self.position = frame["position"]
        return self

    @property
    def lines(self):
        return text_of(self.entries)


class Case(object):
    """A file, its follower, and a client that watches from the start."""

    def __init__(self, path):
        self.path = path
        self.now = 1000.0
        self.follower = None
        self.reader = Client()

    def follow(self):
        self.follower = Follower(1, self.path, self.now)
        self.reader.take(self.join())
        return self

    def join(self, since=None, id=0):
        to_group, own = self.follower.open_for(id, since)
        self.reader.take(to_group)
        return own

    def comes(self, since=None):
        """Another client."""
        reader = Client()
        if since is not None:
            reader.position = since
        return reader.take(self.join(since))

    def write(self, data, path=None):
        with open(path or self.path, "ab") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8"))
        return self

    def turn(self, seconds=0.1):
        self.now += seconds
        self.reader.take(self.follower.turn(self.now))
        return self

    def turns(self, seconds):
        for _ in range(int(seconds * 10)):
            self.turn()
        return self


@pytest.fixture
def case(tmpdir):
    made = Case(str(tmpdir.join("app.log")))
    yield made
    if made.follower:
        made.follower.close()


@pytest.fixture
def nobody():
    """Drops the privileges of root, who may read everything."""
    @contextmanager
    def being():
        own = os.geteuid()
        if own == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(own)
    return being


def numbered(first, last):
    return "".join("line %d\n" % number for number in range(first, last + 1))


class TestTheBeginning:

    def test_is_the_last_200_lines(self, case):
        case.write(numbered(1, 1000)).follow()
        assert case.reader.opened == {
            "type": "opened", "id": 0, "state": "open", "resumed": False, "position": case.reader.opened["position"]}
        assert case.reader.lines == numbered(801, 1000).splitlines()

    def test_is_all_lines_if_there_are_fewer(self, case):
        case.write(numbered(1, 3)).follow()
        assert case.reader.lines == ["line 1", "line 2", "line 3"]

    def test_is_empty_for_an_empty_file(self, case):
        case.write("").follow()
        assert case.reader.lines == [] and case.reader.opened["state"] == "open"

    def test_is_found_across_blocks_and_bounded_in_bytes(self, case):
        case.write(("x" * 999 + "\n") * 1000).follow()
        assert len(case.reader.lines) == 200
        other = Case(case.path + "2").write(("x" * 7999 + "\n") * 1000).follow()
        assert 20 <= len(other.reader.lines) <= module.LAST_BYTES // 8000
        other.follower.close()

    def test_a_last_line_of_10_mb_is_reported_and_not_read(self, case):
        case.write(numbered(1, 5)).write("x" * 10 ** 7 + "\n").follow()
        assert case.reader.entries == [{"text": "", "joins": True, "cut": module.LAST_BYTES - 1}]
        case.write("next\n").turn()
        assert case.reader.entries[1:] == ["next"]

    def test_frames_are_bounded(self, case):
        case.write("").follow()
        case.write("x\n" * 2500).turn()
        assert [len(frame["lines"]) for frame in case.reader.frames[1:]] == [MAX_LINES, MAX_LINES, 500]
        case.write(("y" * 6000 + "\n") * 50).turn()
        assert all(len(json.dumps(frame)) < 80000 for frame in case.reader.frames)


class TestNewLines:

    def test_are_sent_once(self, case):
        case.write(numbered(1, 2)).follow()
        case.turn().write("line 3\n").turn().turn().write("line 4\nline 5\n").turn()
        assert case.reader.lines == ["line 1", "line 2", "line 3", "line 4", "line 5"]

    def test_a_later_client_starts_at_the_group_s_position(self, case):
        case.write(numbered(1, 2)).follow()
        case.write("line 3\n").turn().write("line 4\n")
        late = case.comes()
        assert late.lines == ["line 1", "line 2", "line 3"] and late.position == case.reader.position

    def test_are_sent_unfinished_after_a_second(self, case):
        case.write("whole\npart").follow()
        assert case.reader.lines == ["whole"]
        case.turn().turn()
        assert case.reader.lines == ["whole"]
        case.turn(2)
        assert case.reader.lines == ["whole", "part"]
        case.turn(2).write(" and").turn().write(" end\nnext\n").turn()
        assert case.reader.lines == ["whole", "part and end", "next"]

    def test_are_not_sent_unfinished_while_they_grow(self, case):
        case.write("").follow()
        for _ in range(30):
            case.write("x").turn()
        assert case.reader.lines == []
        case.write("\n").turn()
        assert case.reader.entries == ["x" * 30]

    def test_may_split_characters_over_turns(self, case):
        case.write("").follow()
        for byte in "聊天\r\n😀\n".encode("utf-8"):
            case.write(bytes(bytearray([byte if isinstance(byte, int) else ord(byte)]))).turn(2)
        assert case.reader.lines == ["聊天", "😀"]

    def test_of_10_mb_are_cut_and_marked(self, case):
        case.write("").follow()
        case.write("x" * 10 ** 7 + "\nnext\n")
        for _ in range(40):
            case.turn()
        assert case.reader.lines == ["x" * MAX_LINE, "next"]
        assert case.reader.entries[1] == {"text": "", "joins": True, "cut": 10 ** 7 - MAX_LINE}

    def test_of_a_flood_are_sent_or_counted_as_skipped(self, case):
        case.write("").follow()
        for _ in range(10):
            case.write(numbered(1, 100000)).turn()
        case.turns(3)
        assert len(case.reader.notes) >= 1
        assert sum(skipped for skipped, _ in case.reader.notes) + len(case.reader.lines) == 1000000
        _, at = case.reader.notes[-1]
        assert case.reader.lines[at] == "line 99801" and case.reader.lines[-1] == "line 100000"

    def test_are_sent_in_time_at_20000_a_second(self, case):
        case.write("").follow()
        for _ in range(20):
            case.write(("x" * 99 + "\n") * 2000).turn()
        case.turn()
        assert len(case.reader.lines) == 40000 and case.reader.notes == []


class TestRotation:

    def test_finishes_the_old_file_and_starts_the_new_one(self, case):
        case.write("old 1\n").follow()
        case.write("old 2\n")
        os.rename(case.path, case.path + ".1")
        case.write("old 3\nno end", case.path + ".1")
        case.write("new 1\n").turn().turn()
        assert case.reader.lines == ["old 1", "old 2", "old 3", "no end", "new 1"]
        assert case.reader.notes == [("rotated", 4)]

    def test_follows_the_old_file_until_the_new_one_is_used(self, case):
        case.write("old 1\n").follow()
        os.rename(case.path, case.path + ".1")
        case.write("").turn(2).write("old 2\n", case.path + ".1").turn(1)
        assert case.reader.lines == ["old 1", "old 2"] and case.reader.notes == []
        case.write("new\n").turn().turn()
        assert case.reader.lines == ["old 1", "old 2", "new"] and case.reader.notes == [("rotated", 2)]

    def test_misses_nothing_of_a_long_rest(self, case):
        case.write("").follow()
        case.write(numbered(1, 100000))
        os.rename(case.path, case.path + ".1")
        case.write("new\n").turns(1)
        assert case.reader.lines == numbered(1, 100000).splitlines() + ["new"] and case.reader.notes == [("rotated", 100000)]

    def test_leaves_the_old_file_after_a_while(self, case):
        case.write("old\n").follow()
        os.rename(case.path, case.path + ".1")
        case.turns(4.5)
        assert case.follower.state == "open"
        case.turns(1)
        assert case.reader.notes == [("missing", 1)] and case.reader.position is None
        case.write("new\n").turn().turn()
        assert case.reader.notes == [("missing", 1), ("found", 1)] and case.reader.lines == ["old", "new"]

    def test_sends_the_rest_of_the_old_file_to_a_client_that_resumes(self, case):
        case.write("old 1\n").follow()
        since = case.reader.position
        case.write("old 2\n").turn()
        os.rename(case.path, case.path + ".1")
        case.write("new 1\n").turn().turn()
        back = case.comes(since)
        assert back.opened["resumed"] and back.lines == ["old 2", "new 1"] and back.notes == [("rotated", 1)]
        assert back.position == case.reader.position

    def test_but_not_after_two_rotations(self, case):
        case.write("old 1\n").follow()
        since = case.reader.position
        for number in (1, 2):
            if number == 2:
                os.rename(case.path + ".1", case.path + ".2")
                os.utime(case.path + ".2", (1, 1))
            os.rename(case.path, case.path + ".1")
            case.write("new %d\n" % number).turn().turn()
        back = case.comes(since)
        assert not back.opened["resumed"] and back.opened["skipped"] == {"lines": None, "bytes": None}
        assert back.lines == ["new 2"]

    def test_is_handled_by_another_process_too(self, case):
        case.write(numbered(1, 1000)).follow()
        since = case.reader.position
        case.follower.close()
        case.write("old\n")
        os.rename(case.path, case.path + ".1")
        case.write("new\n")
        case.follower = Follower(1, case.path, case.now)
        back = case.comes(since)
        assert back.opened["resumed"] and back.lines == ["old", "new"]

    def test_with_a_modified_offset_starts_again(self, case):
        case.write(numbered(1, 1000)).follow()
        mark, offset = parse_position(case.reader.position)
        os.rename(case.path, case.path + ".1")
        case.write("new\n").turn().turn()
        back = case.comes("%s.%d" % (mark, offset - 2000))
        assert not back.opened["resumed"] and back.lines == ["new"]


class TestTruncation:

    def test_is_reported_and_starts_again(self, case):
        case.write("one\ntwo\nthree\n").follow()
        with open(case.path, "wb") as file:
            file.write(b"anew\n")
        case.turn()
        assert case.reader.lines == ["one", "two", "three", "anew"] and case.reader.notes == [("truncated", 3)]

    def test_is_detected_if_as_much_was_written_after_it(self, case):
        case.write("one\n").follow()
        with open(case.path, "wb") as file:
            file.write(b"another one that is longer\n")
        case.turn()
        assert case.reader.lines == ["one", "another one that is longer"] and case.reader.notes == [("truncated", 1)]

    def test_sends_an_unfinished_line_first(self, case):
        case.write("one\n").follow()
        case.write("no end").turn()
        open(case.path, "wb").close()
        case.turn()
        assert case.reader.lines == ["one", "no end"] and case.reader.notes == [("truncated", 2)]

    def test_after_a_copy_continues_with_new_lines(self, case):
        case.write("one\n").follow()
        shutil.copy(case.path, case.path + ".1")
        with open(case.path, "r+b") as file:
            file.truncate(0)
        case.turn().write("two\n").turn()
        assert case.reader.lines == ["one", "two"] and case.reader.notes == [("truncated", 1)]
        assert case.comes().lines == ["two"]


class TestMissing:

    def test_is_waited_for(self, case):
        case.follow()
        assert case.reader.opened["state"] == "missing" and case.reader.position is None
        case.turns(0.5).write("first\n").turn().turn()
        assert case.reader.notes == [("found", 0)] and case.reader.lines == ["first"]

    def test_in_a_missing_folder(self, tmpdir):
        case = Case(str(tmpdir.join("no", "such", "app.log"))).follow()
        assert case.reader.opened["state"] == "missing"

    def test_below_a_file(self, case):
        case.write("x")
        assert Case(case.path + "/app.log").follow().reader.opened["state"] == "missing"


class TestNotAFile:

    @pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path)], ids=["folder", "pipe", "device"])
    def test_is_refused_at_once(self, case, make):
        make(case.path)
        began = time.time()
        assert case.follow().reader.opened["state"] == "not_a_file"
        case.turns(1)
        assert time.time() - began < 5 and case.reader.frames[1:] == []

    def test_is_not_even_opened(self, case, monkeypatch):
        """Opening some devices has side effects: it rewinds a tape, or resets a line."""
        os.symlink("/dev/zero", case.path)
        opened = []
        with monkeypatch.context() as patch:
            patch.setattr("chartroom.sources.tail.log_file.os.open", lambda *args: opened.append(args))
            assert case.follow().reader.opened["state"] == "not_a_file"
        assert opened == []

    def test_in_place_of_a_file_is_reported(self, case):
        case.write("one\n").follow()
        os.remove(case.path)
        os.mkfifo(case.path)
        case.turns(6)
        assert case.reader.notes == [("not_a_file", 1)]

    def test_a_link_to_one_is_followed(self, case):
        case.write("one\n", case.path + ".real")
        os.symlink(case.path + ".real", case.path)
        assert case.follow().reader.lines == ["one"]

    def test_a_link_to_another_one_is_a_rotation(self, case):
        case.write("one\n", case.path + ".a").write("two\n", case.path + ".b")
        os.symlink(case.path + ".a", case.path)
        case.follow()
        os.remove(case.path)
        os.symlink(case.path + ".b", case.path)
        assert case.turn().turn().reader.lines == ["one", "two"]

    def test_a_link_to_itself_is_refused(self, case):
        os.symlink(case.path, case.path)
        assert case.follow().reader.opened["state"] == "unreadable"


class TestPermission:

    def refuse(self, monkeypatch, path, errno=13):
        """Simulated, because root is never refused."""
        opened = os.open

        def refusing(name, *args):
            if name == path:
                raise OSError(errno, "no")
            return opened(name, *args)
        monkeypatch.setattr("chartroom.sources.tail.log_file.os.open", refusing)

    def test_that_is_missing_is_reported_and_may_be_granted_later(self, case, monkeypatch):
        case.write(numbered(1, 500))
        with monkeypatch.context() as patch:
            self.refuse(patch, case.path)
            case.follow().turn()
            assert case.reader.opened["state"] == "unreadable" and case.reader.frames[1:] == []
        case.turn().turn()
        assert case.reader.notes == [("found", 0)] and case.reader.lines == numbered(301, 500).splitlines()

    def test_that_is_really_missing(self, case, nobody):
        case.write("one\n")
        os.chmod(case.path, 0)
        with nobody():
            assert case.follow().reader.opened["state"] == "unreadable"

    def test_a_failing_disk_is_reported_once(self, case, monkeypatch):
        case.write("one\n").follow()

        def failing(*args):
            raise OSError(5, "Input/output error")
        with monkeypatch.context() as patch:
            patch.setattr("chartroom.sources.tail.log_file.os.read", failing)
            case.write("two\n").turn().turn().turn()
            assert case.reader.notes == [("unreadable", 1)]
            assert case.comes().opened["state"] == "unreadable"


class TestResuming:

    def test_sends_what_was_written_since(self, case):
        case.write(numbered(1, 10)).follow()
        since = case.reader.position
        case.write(numbered(11, 600)).turn()
        back = case.comes(since)
        assert back.opened["resumed"] and back.opened["position"] == since
        assert back.lines == numbered(11, 600).splitlines() and back.position == case.reader.position

    def test_sends_nothing_if_nothing_is_new(self, case):
        case.write(numbered(1, 10)).follow()
        back = case.comes(case.reader.position)
        assert back.opened["resumed"] and back.lines == []

    def test_works_with_another_process(self, case):
        case.write(numbered(1, 10)).follow()
        case.follower.close()
        case.write(numbered(11, 12))
        case.follower = Follower(1, case.path, case.now)
        assert case.comes(case.reader.position).lines == ["line 11", "line 12"]

    def test_within_a_line_sends_its_rest(self, case):
        case.write("one\npart").follow().turn().turn(2)
        assert case.reader.lines == ["one", "part"]
        case.follower.close()
        again = Case(case.path)
        again.follower = Follower(1, case.path, 0.0)
        again.reader.position = again.follower.position
        back = again.comes(case.reader.position)
        assert back.opened["resumed"] and back.lines == []
        again.write(" and end\nnext\n").turn()
        assert again.reader.lines[-2:] == ["part and end", "next"]
        back.take(again.follower.open_for(1, back.position)[1])
        assert text_of(case.reader.entries + back.entries) == ["one", "part and end", "next"]
        again.follower.close()

    def test_from_too_far_reports_what_was_skipped(self, case):
        case.write(numbered(1, 10)).follow()
        since = case.reader.position
        case.write(numbered(11, 200000))
        case.turns(2)
        back = case.comes(since)
        assert not back.opened["resumed"] and back.opened["skipped"]["lines"] == 200000 - 200 - 10
        assert back.lines == numbered(199801, 200000).splitlines()

    def test_from_too_far_to_count_reports_the_bytes(self, case, monkeypatch):
        monkeypatch.setattr("chartroom.sources.tail.log_file.MAX_COUNTED", 1000)
        case.write(numbered(1, 10)).follow()
        since = case.reader.position
        case.write(numbered(11, 200000)).turns(2)
        skipped = case.comes(since).opened["skipped"]
        assert skipped["lines"] is None and skipped["bytes"] > 10 ** 6

    def test_from_too_far_to_count_for_one_client_reports_the_bytes(self, case, monkeypatch):
        monkeypatch.setattr("chartroom.sources.tail.follower.MAX_COUNTED_FOR_ONE", 1000)
        case.write(numbered(1, 10)).follow()
        since = case.reader.position
        case.write(numbered(11, 200000)).turns(2)
        skipped = case.comes(since).opened["skipped"]
        assert skipped["lines"] is None and skipped["bytes"] > 10 ** 6

    def test_with_a_modified_offset_starts_again(self, case):
        case.write(numbered(1, 1000)).follow()
        mark, offset = parse_position(case.reader.position)
        back = case.comes("%s.%d" % (mark, offset - 2000))
        assert not back.opened["resumed"] and back.opened["skipped"] == {"lines": None, "bytes": None}
        assert back.lines == numbered(801, 1000).splitlines()

    @pytest.mark.parametrize("change", [
        lambda mark, offset: "%s.%d" % ("0" * 16, offset), lambda mark, offset: "%s.%d" % (mark, offset + 1),
        lambda mark, offset: "%s.%d" % (mark, 10 ** 18), lambda mark, offset: "%s.0" % mark,
    ], ids=["other file", "behind the end", "far behind", "a mark of later"])
    def test_with_a_position_that_was_never_sent_starts_again(self, case, change):
        case.write(numbered(1, 10)).follow()
        back = case.comes(change(*parse_position(case.reader.position)))
        assert not back.opened["resumed"] and back.lines == numbered(1, 10).splitlines()

    def test_with_a_new_file_in_the_same_inode_starts_again(self, case):
        case.write("one\ntwo\n").follow()
        since = case.reader.position
        with open(case.path, "wb") as file:
            file.write(b"ONE\nTWO\n")
        case.turn()
        back = case.comes(since)
        assert not back.opened["resumed"] and back.lines == ["ONE", "TWO"]

    def test_with_a_position_of_another_number_starts_again(self, case):
        case.write("one\n").follow()
        other = Follower(2, case.path, 0.0)
        assert '"resumed":false' in other.open_for(0, case.reader.position)[1][0]
        other.close()


def test_a_position_reveals_neither_inode_nor_path(case):
    case.write("secret\n").follow()
    status = os.stat(case.path)
    for frame in case.reader.frames:
        text = json.dumps(frame)
        assert str(status.st_ino) not in text and "app.log" not in text


def test_opening_does_not_wait_for_a_pipe(case, monkeypatch):
    """Which replaces the file between the check and the opening."""
    os.mkfifo(case.path)
    regular = case.path + ".regular"
    io.open(regular, "w").close()
    look = os.stat
    monkeypatch.setattr("chartroom.sources.tail.log_file.os.stat", lambda path: look(regular))
    began = time.time()
    assert case.follow().reader.opened["state"] == "not_a_file"
    assert time.time() - began < 5
