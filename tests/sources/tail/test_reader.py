# coding: utf-8
"""``chartroom.sources.tail.reader``: the process, turn by turn, on the in-memory layer."""
from __future__ import unicode_literals

import json

import pytest
from asgiref.inmemory import ChannelLayer
from channels import DEFAULT_CHANNEL_LAYER, Channel, channel_layers
from channels.asgi import ChannelLayerWrapper

from chartroom.sources.tail import commands, reader as module
from chartroom.sources.tail.lease import Lease
from chartroom.sources.tail.reader import Reader, group_name


class Process(Reader):
    """A reader whose turns the test runs; ``now``: its clock."""

    now = 1000.0

    def __init__(self, layer):
        super(Process, self).__init__(layer, clock=lambda: self.now)

    def after(self, seconds):
        Process.now += seconds
        self.turn()
        return self


class Watcher(object):
    """A connected socket; sends commands to `runtail` as the consumers do."""

    def __init__(self, layer, name, file=1):
        self.layer, self.file = layer, file
        self.channel = "daphne.response.%s!socket" % name
        self.received = []

    def start(self, id=0, position=None):
        commands.send(commands.START, self.file, self.channel, id, position)
        return self

    def renew(self):
        commands.send(commands.RENEW, self.file, self.channel)
        return self

    def stop(self):
        commands.send(commands.STOP, self.file, self.channel)

    def read(self):
        """The frames received since the last call."""
        came = []
        while True:
            name, content = self.layer.receive([self.channel.partition("!")[0] + "!"])
            if name is None:
                return came
            came.append(json.loads(content["text"]) if "text" in content else content)

    def kinds(self):
        return [frame.get("type", "close") for frame in self.read()]

    def lines(self):
        return sum([frame["lines"] for frame in self.read() if frame["type"] == "lines"], [])


@pytest.fixture
def paths(tmpdir, settings):
    found = {number: str(tmpdir.join("%d.log" % number)) for number in (1, 2)}
    settings.CHARTROOM_TAIL_FILES = found
    for number in found:
        write(found[number], "first of %d" % number)
    return found


@pytest.fixture
def process(layer, paths):
    made = Process(layer)
    yield made
    made._close()


@pytest.fixture
def ann(layer):
    return Watcher(layer, "ann")


@pytest.fixture
def bob(layer):
    return Watcher(layer, "bob")


def write(path, *lines):
    with open(path, "a") as file:
        file.write("".join(str(line) + "\n" for line in lines))


class TestWatching:

    def test_starts_with_the_last_lines_and_continues(self, process, ann, paths):
        ann.start()
        process.after(0.1)
        opened, lines = ann.read()
        assert opened["state"] == "open" and lines["lines"] == ["first of 1"]
        write(paths[1], "second")
        process.after(0.1)
        assert ann.lines() == ["second"]
        assert process.after(0.1) and ann.read() == []

    def test_needs_one_follower_and_one_send_for_all_watchers(self, process, layer, paths, monkeypatch):
        watchers = [Watcher(layer, "w%d" % number).start() for number in range(50)]
        process.after(0.1)
        assert len(process.followers) == 1
        sent = []
        monkeypatch.setattr(module, "deliver", lambda to_groups, replies: sent.append((len(to_groups), len(replies))))
        write(paths[1], "x")
        process.after(0.1)
        assert sent == [(1, 0)]
        assert all(watcher.lines() == ["first of 1"] for watcher in watchers)

    def test_of_several_files_each_gets_its_own(self, process, layer, ann, paths):
        other = Watcher(layer, "other", file=2).start()
        ann.start()
        process.after(0.1)
        write(paths[2], "x")
        process.after(0.1)
        assert ann.lines() == ["first of 1"] and other.lines() == ["first of 2", "x"]

    def test_a_watcher_that_joins_within_a_batch_gets_each_line_once(self, process, ann, bob, paths):
        ann.start()
        process.after(0.1)
        write(paths[1], "a", "b")
        bob.start()
        process.after(0.1)
        write(paths[1], "c")
        process.after(0.1)
        assert ann.lines() == bob.lines() == ["first of 1", "a", "b", "c"]

    def test_a_watcher_ahead_of_the_group_advances_it(self, process, layer, ann, bob, paths):
        """An unfinished line, of which another process had sent a part."""
        with open(paths[1], "a") as file:
            file.write("part")
        ann.start()
        process.after(0.1).after(0.1).after(2)
        position = ann.read()[-1]["position"]
        process._close()
        process.is_reading = None

        bob.start()
        process.after(0.1)
        ann.start(1, position)
        process.after(0.1)
        with open(paths[1], "a") as file:
            file.write(" and end\n")
        process.after(0.1)
        end = {"text": " and end", "joins": True}
        assert ann.lines() == [end] and bob.lines() == ["first of 1", "part", end]

    def test_a_repeated_start_sends_nothing_twice(self, process, ann, paths):
        ann.start()
        process.after(0.1)
        position = ann.read()[-1]["position"]
        write(paths[1], "a")
        ann.start(1, position)
        process.after(0.1)
        opened, lines = [frame for frame in ann.read() if frame["type"] != "reading"]
        assert opened["id"] == 1 and opened["resumed"] and lines["lines"] == ["a"]

    def test_queued_starts_are_answered_once(self, process, ann):
        for id in range(5):
            ann.start(id)
        ann.renew()
        process.after(0.1)
        assert [frame["id"] for frame in ann.read() if frame["type"] == "opened"] == [4]

    def test_another_file_on_the_same_socket_replaces_the_first(self, process, layer, ann, paths):
        ann.start()
        process.after(0.1)
        ann.file = 2
        ann.start(1)
        process.after(0.1)
        ann.read()
        write(paths[1], "x")
        process.after(0.1)
        assert ann.read() == [] and list(process.followers) == [2]

    def test_an_unknown_number_is_closed(self, process, ann):
        ann.file = 3
        ann.start()
        process.after(0.1)
        assert ann.read() == [{"close": 4404}] and process.watchers == {}

    def test_a_missing_file_is_waited_for(self, process, ann, settings, tmpdir):
        path = str(tmpdir.join("later.log"))
        settings.CHARTROOM_TAIL_FILES = {1: path}
        ann.start()
        process.after(0.1)
        assert ann.read()[0]["state"] == "missing"
        write(path, "x")
        process.after(0.1).after(0.1)
        assert ann.kinds() == ["note", "lines"]


class TestTheEnd:

    def test_of_the_last_watcher_closes_the_file(self, process, ann, bob, paths):
        ann.start()
        bob.start()
        process.after(0.1)
        ann.stop()
        assert process.after(0.1).followers
        bob.stop()
        assert process.after(0.1).followers == {} and process.watchers == {}

    def test_a_stopped_watcher_gets_nothing(self, process, ann, bob, paths):
        ann.start()
        bob.start()
        process.after(0.1)
        ann.stop()
        process.after(0.1)
        ann.read()
        write(paths[1], "x")
        process.after(0.1)
        assert ann.read() == [] and bob.lines()[-1:] == ["x"]

    def test_a_watcher_without_renewal_for_three_heartbeats_is_dropped(self, process, layer, ann, bob):
        ann.start()
        bob.start()
        process.after(0.1)
        for _ in range(4):
            bob.renew()
            process.after(25)
        assert list(process.watchers) == [bob.channel]
        assert list(layer.group_channels(group_name(1))) == [bob.channel]

    def test_a_renewal_is_answered_with_the_position(self, process, ann):
        ann.start()
        process.after(0.1)
        position = ann.read()[-1]["position"]
        ann.renew()
        process.after(0.1)
        assert ann.read() == [{"type": "reading", "position": position}]

    def test_an_unknown_watcher_is_asked_to_start_again(self, process, ann):
        ann.renew()
        process.after(0.1)
        assert ann.read() == [{"type": "restarted"}] and process.watchers == {}


class TestSeveralProcesses:

    def test_only_one_is_active(self, process, layer, ann):
        other = Process(layer)
        process.after(0.1)
        other.after(0.1)
        ann.start()
        other.after(0.1)
        assert ann.read() == [] and other.watchers == {}
        process.after(0.1)
        assert ann.kinds() == ["opened", "lines"]

    def test_one_that_takes_over_asks_all_watchers_to_start_again(self, process, layer, ann, bob, paths):
        ann.start()
        bob.start()
        process.after(0.1)
        position = ann.read()[-1]["position"]
        bob.read()
        process._close()
        process.lease.give_up()

        write(paths[1], "meanwhile")
        other = Process(layer)
        other.after(0.1)
        assert ann.kinds() == bob.kinds() == ["restarted"]
        assert not list(layer.group_channels(group_name(1)))

        ann.start(1, position)
        other.after(0.1)
        write(paths[1], "then")
        other.after(0.1)
        assert ann.lines() == ["meanwhile", "then"] and bob.read() == []
        other._close()

    def test_one_that_lost_the_lease_sends_nothing_more(self, process, layer, ann, paths, monkeypatch):
        ann.start()
        process.after(0.1)
        ann.read()
        held = iter([True])
        monkeypatch.setattr(Lease, "keep", lambda lease: next(held))
        monkeypatch.setattr(Lease, "is_held", False)
        write(paths[1], "x")
        process.after(0.1)
        assert ann.read() == []

    def test_one_on_standby_has_no_open_file(self, process, ann, monkeypatch):
        ann.start()
        process.after(0.1)
        monkeypatch.setattr(Lease, "keep", lambda lease: False)
        process.after(0.1)
        assert process.followers == {} and process.watchers == {}


class TestTheChannel:

    @pytest.mark.parametrize("content", [
        {}, {"version": 2}, {"version": 1, "op": "start"},
        {"version": 1, "op": "delete", "file": 1, "reply_channel": "a!b"},
        {"version": 1, "op": "stop", "file": "1", "reply_channel": "a!b"},
        {"version": 1, "op": "stop", "file": True, "reply_channel": "a!b"},
        {"version": 1, "op": "stop", "file": 0, "reply_channel": "a!b"},
        {"version": 1, "op": "stop", "file": 1, "reply_channel": "chat-messages"},
        {"version": 1, "op": "stop", "file": 1, "reply_channel": None},
        {"version": 1, "op": "stop", "file": 1, "reply_channel": "a!b c"},
        {"version": 1, "op": "start", "file": 1, "reply_channel": "a!b", "id": -1, "position": None},
        {"version": 1, "op": "start", "file": 1, "reply_channel": "a!b", "id": 0, "position": "/etc/passwd"},
        {"version": 1, "op": "start", "file": 1, "reply_channel": "a!b", "id": 0, "position": 5},
    ])
    def test_invalid_commands_are_skipped(self, process, ann, content):
        Channel(commands.CHANNEL).send(content, immediately=True)
        ann.start()
        process.after(0.1)
        assert list(process.watchers) == [ann.channel]

    def test_a_full_one_does_not_delay_the_files(self, process, layer, ann, paths):
        ann.start()
        process.after(0.1)
        ann.read()
        for _ in range(900):
            Watcher(layer, "many").renew()
        write(paths[1], "x")
        process.after(0.1)
        assert ann.lines() == ["x"]
        assert len(layer._channels[commands.CHANNEL]) == 900 - module.MAX_COMMANDS


def test_a_redis_error_does_not_end_the_process(process, monkeypatch):
    turns = []

    def turn(block):
        turns.append(block)
        if len(turns) == 1:
            raise module.redis.ConnectionError("away")
        if len(turns) == 2:
            raise ValueError("something else")
        process.end()
    monkeypatch.setattr(process, "turn", turn)
    monkeypatch.setattr(process, "_wait", lambda pause: pause)
    process.run()
    assert len(turns) == 3


def test_a_socket_with_a_full_channel_does_not_affect_others(paths):
    fresh = ChannelLayerWrapper(ChannelLayer(capacity=3), DEFAULT_CHANNEL_LAYER, "project.routing.channel_routing")
    old = channel_layers.set(DEFAULT_CHANNEL_LAYER, fresh)
    try:
        process = Process(fresh)
        ann, bob = Watcher(fresh, "ann").start(), Watcher(fresh, "bob").start()
        process.after(0.1)
        bob.read()
        for number in range(5):
            write(paths[1], number)
            process.after(0.1)
            assert bob.lines() == ["%d" % number]
        assert len(ann.read()) == 3
        process._close()
    finally:
        channel_layers.set(DEFAULT_CHANNEL_LAYER, old)
