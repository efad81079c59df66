# coding: utf-8
from __future__ import unicode_literals

import threading
import time

import pytest
import redis
from asgiref import conformance

from chartroom.transport.layers import RedisChannelLayer

pytestmark = pytest.mark.processes


@pytest.fixture
def make(servers):
    """``make(durable=[…], …)``: a layer on one empty Redis, or on ``count`` of them."""
    for server in servers:
        redis.Redis.from_url(server.url).flushall()

    def layer(count=1, **options):
        return RedisChannelLayer(hosts=[server.url for server in servers[:count]], **options)
    return layer


class Conformance(object):
    """asgiref's tests for channel layers."""

    expiry_delay = 1.1
    capacity_limit = 5
    hosts = 1

    @pytest.fixture(autouse=True)
    def provide_layer(self, servers):
        self.__class__.channel_layer = RedisChannelLayer(
            hosts=[server.url for server in servers[:self.hosts]], expiry=1, group_expiry=2, capacity=5)
        for server in servers:
            redis.Redis.from_url(server.url).flushall()


class TestOneHost(Conformance, conformance.ConformanceTestCase):
    pass


class TestTwoHosts(Conformance, conformance.ConformanceTestCase):
    hosts = 2
    receive_tries = 2

    # Each server has the capacity for a channel that is not process-local: twice five.
    test_capacity = None


class TestGroups:

    def test_a_send_is_one_entry_for_each_interface_process(self, make, servers):
        layer = make()
        for process in ("one", "two", "three"):
            for number in range(100):
                layer.group_add("room.1", "daphne.response.%s!%d" % (process, number))
        layer.send_group("room.1", {"text": "hello"})
        connection = redis.Redis.from_url(servers[0].url)
        for process in ("one", "two", "three"):
            assert connection.llen("asgi:daphne.response.%s!" % process) == 1
            taken = {layer.receive(["daphne.response.%s!" % process])[0] for number in range(100)}
            assert len(taken) == 100
            assert layer.receive(["daphne.response.%s!" % process]) == (None, None)

    @pytest.mark.parametrize("hosts", [1, 2])
    def test_many_groups_and_channels_at_once(self, make, hosts):
        layer = make(hosts, channel_capacity={"full": 1})
        for number in range(5):
            layer.group_add("room.%d" % number, "daphne.response.one!%d" % number)
        for _ in range(hosts):
            layer.send("full", {"n": 0})
        taken = layer.send_all(
            [("room.%d" % number, {"n": number}) for number in range(5)] + [("empty", {"n": 5})],
            [("daphne.response.one!0", {"n": 6}), ("full", {"n": 7})])
        assert taken == [True, False]
        got = [layer.receive(["daphne.response.one!"]) for _ in range(6)]
        assert sorted((channel, message["n"]) for channel, message in got) == sorted(
            [("daphne.response.one!%d" % number, number) for number in range(5)] + [("daphne.response.one!0", 6)])

    @pytest.mark.parametrize("hosts", [1, 2])
    def test_many_members_join_at_once(self, make, hosts):
        layer = make(hosts)
        channels = ["daphne.response.one!%d" % number for number in range(300)]
        layer.group_add_all("room.1", channels)
        layer.group_add_all("room.1", [])
        assert sorted(layer.group_channels("room.1")) == sorted(channels)

    def test_when_redis_has_lost_the_scripts(self, make, servers):
        layer = make()
        layer.group_add("room.1", "daphne.response.one!x")
        redis.Redis.from_url(servers[0].url).script_flush()
        assert layer.send_all([("room.1", {"n": 1})] * 2, [("daphne.response.one!x", {"n": 2})]) == [True]
        assert sorted(layer.receive(["daphne.response.one!"])[1]["n"] for _ in range(3)) == [1, 1, 2]

    @pytest.mark.parametrize("processes", [1, 4])
    def test_a_send_to_known_processes_is_one_round_trip(self, make, servers, processes):
        layer = make()
        for number in range(1000):
            layer.group_add("room.1", "daphne.response.p%d!%d" % (number % processes, number))
        layer.send_group("room.1", {"text": "the first finds the processes"})
        connection = redis.Redis.from_url(servers[0].url)

        connection.config_resetstat()
        layer.send_group("room.1", {"text": "hello"})

        calls = connection.info("commandstats")
        assert calls["cmdstat_evalsha"]["calls"] == 1
        assert calls["cmdstat_rpush"]["calls"] == processes
        assert set(calls) <= {
            "cmdstat_evalsha", "cmdstat_rpush", "cmdstat_zremrangebyscore", "cmdstat_zrange", "cmdstat_llen",
            "cmdstat_expire", "cmdstat_config", "cmdstat_info", "cmdstat_config|resetstat",
        }

    def test_members_on_two_servers_get_it_once(self, make):
        layer = make(2)
        names = ["daphne.response.%s!x" % process for process in "abcdefghij"]
        for name in names:
            layer.group_add("room.1", name)
        for text in ("first", "second"):
            layer.send_group("room.1", {"text": text})
            for name in names:
                assert layer.receive([name[:-1]]) == (name, {"text": text})
                assert layer.receive([name[:-1]]) == (None, None)

    def test_a_full_process_is_counted_and_stops_no_other(self, make):
        layer = make(channel_capacity={"daphne.response.full!": 1})
        layer.group_add("room.1", "daphne.response.full!a")
        layer.group_add("room.1", "daphne.response.free!b")
        for number in range(3):
            layer.send_group("room.1", {"text": "%d" % number})
        assert layer.global_statistics()["channel_full_count"] == 2
        assert [layer.receive(["daphne.response.free!"])[1]["text"] for number in range(3)] == ["0", "1", "2"]
        assert layer.receive(["daphne.response.full!"])[1] == {"text": "0"}
        assert layer.receive(["daphne.response.full!"])[1] is None

    def test_each_member_gets_a_message_of_its_own(self, make):
        layer = make()
        for name in ("p!a", "p!b"):
            layer.group_add("room.1", name)
        layer.send_group("room.1", {"list": [1]})
        layer.receive(["p!"])[1]["list"].append(2)
        assert layer.receive(["p!"])[1] == {"list": [1]}


class TestReceive:

    def test_is_one_round_trip(self, make, servers):
        layer = make()
        layer.send("chan", {"n": 1})
        layer.receive(["chan", "other"])
        layer.send("chan", {"n": 2})
        connection = redis.Redis.from_url(servers[0].url)
        connection.config_resetstat()
        assert layer.receive(["chan", "other"]) == ("chan", {"n": 2})
        calls = connection.info("commandstats")
        assert calls["cmdstat_evalsha"]["calls"] == 1 and "cmdstat_get" not in calls

    def test_blocks_until_something_comes(self, make):
        layer = make()
        threading.Timer(0.2, lambda: layer.send("chan", {"n": 1})).start()
        assert layer.receive(["chan"], block=True) == ("chan", {"n": 1})

    def test_leaves_no_key_behind(self, make, servers):
        layer = make()
        for number in range(10):
            layer.send("chan", {"n": number})
            layer.receive(["chan"])
        assert not [key for key in redis.Redis.from_url(servers[0].url).keys("*") if not key.startswith(b"asgi-meta:")]

    @pytest.mark.parametrize("foreign", [
        b"", b"garbage", b"cr2 0 0 chan\n\x80", b"cr1 x y chan\n\x80", b"cr1 0 0 chan\n\xc1", b"cr1 0 0\n\x80", b"\xff" * 50,
        b"cr1 0 0 chan\n\x90", b"cr1 0 0 chan\n\xc3", b"cr1 0 0 chan\n\x81\xadreply_channel\x07", b"cr1 0 0 chan\n\x81\xadreply_channel\xa3a b",
        b"cr1 0 0 websocket.receive\n\x80",
    ])
    def test_skips_what_it_cannot_read_and_counts_it(self, make, servers, foreign):
        layer = make()
        redis.Redis.from_url(servers[0].url).rpush("asgi:chan", foreign)
        layer.send("chan", {"n": 1})
        assert layer.receive(["chan"]) == ("chan", {"n": 1})
        assert layer.channel_statistics("chan")["unreadable_count"] == 1

    def test_logs_only_the_first_entry_that_cannot_be_read(self, make, servers, caplog):
        layer = make()
        redis.Redis.from_url(servers[0].url).rpush("asgi:chan", *[b"garbage"] * 5)
        assert layer.receive(["chan"]) == (None, None)
        assert len([record for record in caplog.records if "can't be read" in record.getMessage()]) == 1
        assert layer.channel_statistics("chan")["unreadable_count"] == 5

    def test_skips_what_was_encrypted_with_another_key(self, make):
        layer = make(symmetric_encryption_keys=["new"])
        RedisChannelLayer(hosts=layer.hosts, symmetric_encryption_keys=["old"]).send("chan", {"n": 1})
        layer.send("chan", {"n": 2})
        assert layer.receive(["chan"]) == ("chan", {"n": 2})

    def test_reads_what_was_encrypted_with_the_previous_key(self, make):
        layer = make(symmetric_encryption_keys=["new", "old"])
        RedisChannelLayer(hosts=layer.hosts, symmetric_encryption_keys=["old"]).send("chan", {"n": 1})
        assert layer.receive(["chan"]) == ("chan", {"n": 1})

    def test_skips_what_was_copied_from_another_channel(self, make, servers):
        layer = make(symmetric_encryption_keys=["secret"])
        connection = redis.Redis.from_url(servers[0].url)
        layer.send("from", {"n": 1})
        [entry] = connection.lrange("asgi:from", 0, -1)
        # As it is, and with another channel in its header.
        connection.rpush("asgi:to", entry, entry.replace(b" from\n", b" to\n", 1))
        assert layer.receive(["to"]) == (None, None)
        assert layer.channel_statistics("to")["unreadable_count"] == 2
        assert layer.receive(["from"]) == ("from", {"n": 1})

    def test_skips_what_was_sent_to_a_group_and_copied_for_another(self, make, servers):
        layer = make(symmetric_encryption_keys=["secret"])
        connection = redis.Redis.from_url(servers[0].url)
        layer.group_add("one", "reply!a")
        layer.send_group("one", {"n": 1})
        [entry] = connection.lrange("asgi:reply!", 0, -1)
        connection.rpush("asgi:reply!", entry.replace(b"=one ", b"=two "), entry.replace(b"=one ", b""))
        assert layer.receive(["reply!"]) == ("reply!a", {"n": 1})
        assert layer.receive(["reply!"]) == (None, None)

    def test_counts_what_expired(self, make):
        layer = make(expiry=1)
        layer.send("chan", {"n": 1})
        time.sleep(1.05)
        layer.send("chan", {"n": 2})
        assert layer.receive(["chan"]) == ("chan", {"n": 2})
        assert layer.channel_statistics("chan")["expired_count"] == 1


class TestMany:

    @pytest.mark.parametrize("options", [{}, {"durable": ["work"]}])
    def test_waiting_ones_are_taken_in_one_round_trip_and_in_order(self, make, servers, options):
        layer = make(**options)
        for number in range(10):
            layer.send("work", {"n": number})
        layer.receive_waiting("work", 1)
        connection = redis.Redis.from_url(servers[0].url)
        connection.config_resetstat()
        assert [message["n"] for message in layer.receive_waiting("work", 5)] == [1, 2, 3, 4, 5]
        assert connection.info("commandstats")["cmdstat_evalsha"]["calls"] == 1
        assert [message["n"] for message in layer.receive_waiting("work", 50)] == [6, 7, 8, 9]
        assert layer.receive_waiting("work", 50) == []

    def test_waiting_ones_of_a_durable_channel_are_in_flight(self, make):
        layer = make(durable=["work"])
        for number in range(3):
            layer.send("work", {"n": number})
        layer.receive(["work"])
        layer.receive_waiting("work", 10)
        layer.in_flight.requeue()
        assert [message["n"] for message in layer.receive_waiting("work", 10)] == [0, 1, 2]

    def test_what_cannot_be_read_is_skipped(self, make, servers):
        layer = make()
        layer.send("work", {"n": 1})
        redis.Redis.from_url(servers[0].url).rpush("asgi:work", b"foreign")
        layer.send("work", {"n": 2})
        assert [message["n"] for message in layer.receive_waiting("work", 10)] == [1, 2]

    @pytest.mark.parametrize("hosts", [1, 2])
    def test_sends_return_for_each_whether_it_was_accepted(self, make, hosts):
        layer = make(hosts, channel_capacity={"daphne.response.small!": 1})
        names = ["daphne.response.%s!x" % name for name in ("a", "small", "b", "small", "c")]
        assert layer.send_all([], [(name, {"text": name}) for name in names]) == [True, True, True, False, True]
        for name in names[:3]:
            assert layer.receive([name[:-1]]) == (name, {"text": name})


class TestDurable:

    def test_entries_do_not_expire(self, make):
        layer = make(expiry=1, durable=["work"])
        layer.send("work", {"n": 1})
        time.sleep(1.2)
        assert layer.receive(["work"]) == ("work", {"n": 1})

    def test_what_is_settled_is_gone(self, make, servers):
        layer = make(durable=["work"])
        layer.send("work", {"n": 1})
        layer.receive(["work"], block=True)
        layer.in_flight.settle()
        layer.in_flight.requeue()
        assert layer.receive(["work"]) == (None, None)
        assert not redis.Redis.from_url(servers[0].url).keys("*in-flight*")

    def test_requeued_entries_come_first_and_in_order(self, make):
        layer = make(durable=["work"])
        for number in range(4):
            layer.send("work", {"n": number})
        assert [layer.receive(["work"])[1]["n"] for number in range(2)] == [0, 1]
        layer.in_flight.requeue()
        assert [layer.receive(["work"])[1]["n"] for number in range(4)] == [0, 1, 2, 3]

    def test_a_message_that_always_fails_becomes_a_dead_letter(self, make, servers):
        layer = make(durable=["work"], max_tries=3)
        layer.send("work", {"n": "poison"})
        for _ in range(3):
            assert layer.receive(["work"])[1] == {"n": "poison"}
            layer.in_flight.requeue()
        layer.send("work", {"n": "next"})
        assert layer.receive(["work"])[1] == {"n": "next"}
        assert redis.Redis.from_url(servers[0].url).llen(layer.in_flight.dead_key("work")) == 1
        assert layer.channel_statistics("work")["dead_count"] == 1

    def test_another_worker_gets_the_messages_of_a_dead_one(self, make):
        dead = make(durable=["work"], recover_after=4)
        dead.in_flight.renew = lambda: None  # no heartbeat, and no settling
        dead.send("work", {"n": 1})
        assert dead.receive(["work"])[1] == {"n": 1}
        alive = RedisChannelLayer(hosts=dead.hosts, durable=["work"], recover_after=4)
        started = time.time()
        while alive.receive(["work"], block=True)[1] is None:
            assert time.time() - started < 8
        assert alive.channel_statistics("work")["recovered_count"] == 1

    def test_a_slow_consumer_is_not_a_dead_one(self, make):
        slow = make(durable=["work"], recover_after=2)
        slow.send("work", {"n": 1})
        slow.receive(["work"])
        other = RedisChannelLayer(hosts=slow.hosts, durable=["work"], recover_after=2)
        deadline = time.time() + 3  # three times as long as a heartbeat lasts
        while time.time() < deadline:
            assert other.receive(["work"], block=True) == (None, None)

    def test_the_heartbeat_thread_can_be_stopped(self, make):
        layer = make(durable=["work"])
        layer.send("work", {"n": 1})
        before = set(threading.enumerate())
        layer.receive(["work"])
        [thread] = set(threading.enumerate()) - before
        layer.in_flight.stop(within=5)
        assert not thread.is_alive()

    def test_a_lost_answer_loses_no_entry(self, make, servers):
        layer = make(durable=["work"])
        for number in range(5):
            layer.send("work", {"n": number})
        layer.receive(["work"])
        # Redis moves the next two, but its answer is lost.
        connection = redis.Redis.from_url(servers[0].url)
        for _ in range(2):
            connection.rpush(layer.in_flight.key("work"), connection.lpop("asgi:work"))
        layer.in_flight.settle()
        assert layer.receive(["work"])[1] == {"n": 1}
        assert [message["n"] for message in layer.receive_waiting("work", 10)] == [2]
        assert [message["n"] for message in layer.receive_waiting("work", 10)] == [3, 4]
        layer.in_flight.settle()
        assert not connection.keys("*in-flight*")

    def test_an_unreadable_entry_becomes_a_dead_letter(self, make):
        layer = make(durable=["work"], symmetric_encryption_keys=["old"])
        RedisChannelLayer(hosts=layer.hosts, durable=["work"], symmetric_encryption_keys=["new"]).send("work", {"n": 1})
        layer.send("work", {"n": 2})
        assert layer.receive(["work"])[1] == {"n": 2}
        [letter] = layer.dead_letters.read("work")
        assert "can't be read" in letter

    def test_dead_letters_stay_where_the_channel_is_full(self, make):
        layer = make(durable=["work"], max_tries=1, capacity=2)
        for number in range(2):
            layer.send("work", {"n": number})
            layer.receive(["work"])
            layer.in_flight.requeue()
        layer.send("work", {"n": "in the way"})
        assert layer.dead_letters.replay("work") == 1
        assert len(layer.dead_letters.read("work")) == 1

    @pytest.mark.parametrize("durable", [["work"], []])
    def test_neither_kind_of_channel_starves_the_other(self, make, durable):
        layer = make(durable=durable)
        layer.send("work", {"n": "work"})
        for number in range(100):
            layer.send("busy", {"n": number})
        taken = [layer.receive(["busy", "work"])[0] for number in range(60)]
        assert "work" in taken and "busy" in taken

    def test_new_entries_do_not_expire_with_a_backlog_from_before_the_channel_was_durable(self, make, servers):
        layer = make(durable=["work"])
        RedisChannelLayer(hosts=layer.hosts).send("work", {"n": "old"})
        layer.send("work", {"n": "new"})
        assert redis.Redis.from_url(servers[0].url).ttl("asgi:work") is None

    def test_a_waiting_worker_wakes_for_each_entry(self, make):
        layer = make(durable=["work"])
        other = RedisChannelLayer(hosts=layer.hosts, durable=["work"])
        taken = []
        threads = [
            threading.Thread(target=lambda one: taken.append(one.receive(["work"], block=True)[1]), args=(each,))
            for each in (layer, other)
        ]
        for thread in threads:
            thread.start()
        sender = RedisChannelLayer(hosts=layer.hosts, durable=["work"])
        sender.send("work", {"n": 1})
        sender.send("work", {"n": 2})
        for thread in threads:
            thread.join(5)
        assert sorted(message["n"] for message in taken) == [1, 2]


class TestOptions:

    @pytest.mark.parametrize("name, value", [
        ("capacity", 0), ("capacity", "many"), ("expiry", -1), ("group_expiry", 0), ("hosts", "redis://localhost"),
        ("hosts", ["localhost:6379"]), ("symmetric_encryption_keys", []), ("symmetric_encryption_keys", "secret"),
        ("durable", "chat-messages"), ("durable", ["daphne.response.x!"]), ("recover_after", 0), ("max_tries", 0),
        ("channel_capacity", {"chat-messages": 0}),
    ])
    def test_that_can_t_work_raise_with_their_name(self, name, value):
        with pytest.raises(ValueError) as raised:
            RedisChannelLayer(**{name: value})
        assert name in str(raised.value)
