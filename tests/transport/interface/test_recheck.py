# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.transport.interface import recheck
from chartroom.transport.interface.recheck import Kept, Recheck
from chartroom.transport.rechecks import CHANNEL


class Socket(object):

    def __init__(self, number, tags=()):
        self.reply_channel = "daphne.response.run.x!%d" % number
        self.recheck = Kept({"tags": tags, "data": number})
        self.codes = []

    def end(self, code):
        self.codes.append(code)


class Sent(list):

    def __call__(self, channel, message):
        assert channel == CHANNEL
        self.append([data for _, data in message["sockets"]])


@pytest.fixture
def sent():
    return Sent()


def a_round_of(sockets, sent, every=10):
    rounds = Recheck(lambda: sockets, sent, every)
    for _ in range(every):
        rounds.step()
    return rounds


def test_a_round_has_each_socket_once(sent):
    sockets = [Socket(number) for number in range(1050)]
    a_round_of(sockets, sent)
    assert sorted(sum(sent, [])) == list(range(1050))


def test_a_round_is_spread_over_its_length(sent, monkeypatch):
    monkeypatch.setattr(recheck, "AT_ONCE", 10)
    sockets = [Socket(number) for number in range(200)]
    rounds, counts = Recheck(lambda: sockets, sent, 10), []
    for _ in range(20):
        rounds.step()
        counts.append(len(sent))
    assert counts == list(range(2, 42, 2))


def test_few_sockets_are_one_message(sent):
    a_round_of([Socket(number) for number in range(5)], sent)
    assert len(sent) == 1


def test_sockets_that_no_consumer_wants_rechecked_are_left_out(sent):
    sockets = [Socket(1), Socket(2)]
    sockets[0].recheck = None
    a_round_of(sockets, sent)
    assert sent == [[2]]


def test_without_a_length_there_are_no_rounds(sent):
    rounds = Recheck(lambda: [Socket(1)], sent, 0)
    for _ in range(100):
        rounds.step()
    assert sent == []


def test_a_request_is_for_the_sockets_with_one_of_its_tags(sent):
    sockets = [Socket(1, ["ann", "s1"]), Socket(2, ["bob"]), Socket(3, ["ann", "s3"])]
    rounds = Recheck(lambda: sockets, sent, 10)
    rounds.request({"tags": ["ann", "nobody"], "close": None})
    assert sent == [[1, 3]] and not any(socket.codes for socket in sockets)
    rounds.request({"tags": ["s3"], "close": 4401})
    assert [socket.codes for socket in sockets] == [[], [], [4401]] and len(sent) == 1


def test_a_refusal_is_logged_once(sent, caplog):
    rounds = Recheck(lambda: [], sent, 10)
    rounds.refused("full")
    rounds.refused("full")
    assert len(caplog.records) == 1 and CHANNEL in caplog.text
