# coding: utf-8
"""Rooms through real processes: daphne, workers, Redis."""
from __future__ import unicode_literals

import json
import signal
import threading

import pytest
import websocket
from django.utils.six.moves.urllib.error import URLError
from django.utils.six.moves.urllib.error import HTTPError
from django.utils.six.moves.urllib.request import urlopen

from tests.integration.rounds import rounds
from tests.integration.stack import answers, wait_until

pytestmark = pytest.mark.processes

CHINESE = "/chat/%E8%81%8A%E5%A4%A9%E5%AE%A4/"


def talk(client, name, frames):
    """Sends ``frames`` frames of three messages, each after the last one is stored."""
    for number in range(frames):
        client.send_and_wait(*[("%s-%d-%d" % (name, number, part), "%s %d.%d" % (name, number, part)) for part in range(3)])


def talk_at_once(clients, frames):
    threads = [threading.Thread(target=talk, args=(client, "tab%d" % index, frames)) for index, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()


def assert_one_order(clients, count):
    """All clients have every message once, in the same gapless order, which keeps each sender's own order."""
    for client in clients:
        client.read_all()
        assert [message["seq"] for message in client.messages] == list(range(1, count + 1))
        assert [message["id"] for message in client.messages] == [message["id"] for message in clients[0].messages]
        for message in client.messages:
            assert client.acks.get(message["id"], message["seq"]) == message["seq"]
    assert len({message["id"] for message in clients[0].messages}) == count
    for name in {message["text"].split()[0] for message in clients[0].messages}:
        own = [tuple(map(int, text.split()[1].split("."))) for text in clients[0].texts if text.split()[0] == name]
        assert own == sorted(own)


FRAMES = rounds(40)


def test_two_tabs_two_workers_two_pipeline_workers(shared, room):
    tabs = [shared.connect(room), shared.connect(room)]
    talk_at_once(tabs, FRAMES)
    assert_one_order(tabs, 2 * 3 * FRAMES)


def test_the_same_on_postgresql(stack, database_url):
    running = stack(database_url=database_url, socket_workers=2, pipeline_workers=2)
    tabs = [running.connect(), running.connect()]
    talk_at_once(tabs, FRAMES)
    assert_one_order(tabs, 2 * 3 * FRAMES)


def test_a_killed_pipeline_worker_loses_and_repeats_nothing(shared, room):
    tabs = [shared.connect(room), shared.connect(room)]
    threads = [threading.Thread(target=talk, args=(tab, "tab%d" % index, 30)) for index, tab in enumerate(tabs)]
    for thread in threads:
        thread.start()
    for name in ("pipeline0", "pipeline1", "pipeline0"):
        already = len(tabs[0].acks)
        wait_until(lambda: len(tabs[0].acks) > already, 20, "progress")
        shared.kill(name)
        shared.start_process(name)
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()
    assert_one_order(tabs, 180)


def test_after_an_absence_nothing_is_missing(shared, room):
    ann, bo = shared.connect(room), shared.connect(room)
    bo.send_and_wait(("first", "first"))
    ann.until(lambda: ann.seq == 1)
    ann.close()
    for start in range(0, 250, 50):
        bo.send_and_wait(*[("m%d" % number, "m%d" % number) for number in range(start, start + 50)])

    ann.welcome = None
    ann.reconnect()
    assert ann.welcome["complete"] is False
    ann.read_all()
    assert [message["seq"] for message in ann.messages] == list(range(1, 252))


def test_the_database_goes_away_and_comes_back(stack, postgres, database_url):
    running = stack(database_url=database_url)
    ann = running.connect()
    ann.send_and_wait(("a", "before"))
    postgres.stop()
    ann.send_messages(("b", "during"))
    ann.until(lambda: ann.errors)
    assert ann.errors[0]["code"] == "busy" and ann.errors[0]["id"] == "b" and ann.errors[0]["retry_after"] > 0

    postgres.start()
    ann.send_and_wait(("b", "during"), ("c", "after"))
    assert ann.read_all().texts == ["before", "during", "after"]
    assert running.is_alive("pipeline0") and running.is_alive("sockets0")


def test_a_room_in_chinese_from_the_address_bar_to_the_json(shared):
    ann = shared.connect(CHINESE)
    ann.send_and_wait(("a", "你好 😀"))
    ann.until(lambda: ann.messages)
    answer = json.loads(urlopen("http://127.0.0.1:%d%smessages/?since=0" % (shared.web_port, CHINESE)).read().decode("utf-8"))
    assert (answer["room"], answer["seq"], answer["complete"]) == ("聊天室", 1, True)
    assert answer["messages"] == ann.messages
    assert answer["messages"][0]["text"] == "你好 😀"


def test_every_process_ends_with_sigterm(stack):
    running = stack(web=True)
    running.connect().send_and_wait(("a", "hello"))
    for process in running.processes.values():
        process.send_signal(signal.SIGTERM)
    for name in sorted(running.processes):
        wait_until(lambda: not running.is_alive(name), what="the end of " + name)
    # gunicorn has ended its workers too: no process holds the port.
    with pytest.raises(URLError):
        urlopen("http://127.0.0.1:%d/" % running.web_port, timeout=2)


class TestBadInput:

    def test_is_answered_and_nothing_dies(self, shared, room):
        ann = shared.connect(room)
        frames = [
            ("not json", "bad_frame"), ("[]", "bad_frame"), ('{"type":"x"}', "unknown_type"), ("[" * 20000, "bad_frame"),
            ('{"type":"ping","seq":%s}' % ("9" * 200000), "bad_frame"), ("x" * 300000, "too_long"),
            ('{"type":"send","messages":[{"id":"a","text":"\\ud800"}]}', "bad_frame"),
            ('{"type":"send","messages":[{"id":"a","text":"\\u0000"}]}', "bad_frame"),
            ('{"type":"send","messages":[{"id":"a","text":"%s"}]}' % ("x" * 4097), "too_long"),
            ('{"type":"send","messages":[{"id":"a","text":" "}]}', "empty"),
        ]
        for frame, code in frames:
            assert ann.ask(frame, "error")["code"] == code
        ann.socket.send_binary(b"\x00\xff")
        ann.until(lambda: len(ann.errors) == len(frames) + 1)
        assert ann.errors[-1]["code"] == "bad_frame"

        ann.send_and_wait(("still", "here"))
        ann.read_all()
        assert ann.texts[-1] == "here"
        assert all(shared.is_alive(name) for name in shared.processes)

    @pytest.mark.parametrize("path, code", [
        ("/nothing", 4404), ("/chat/a.b/", 4404), ("/chat/%s/" % ("x" * 65), 4404), ("/chat/%00/", 4404),
        ("/chat/lobby/?since=x", 4400),
    ])
    def test_an_unknown_path(self, shared, path, code):
        assert shared.connect(path).receive() == ("close", code)

    def test_a_foreign_origin(self, shared, room):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            shared.connect(origin="http://evil.example")
        assert refused.value.status_code == 403
        shared.connect(room, origin="http://127.0.0.1:%d" % shared.port).send_and_wait(("a", "own origin"))

    def test_reserved_keys_of_the_pipeline(self, shared, room):
        ann, bo = shared.connect(room), shared.connect(room)
        bo.read()
        ann.send({
            "type": "send", "reply_channel": "daphne.response.x!y", "__retries__": 99, "version": 99, "room": 1,
            "messages": [{"id": "a", "text": "hello", "seq": 77, "sender": "user:1", "author": "root"}],
        })
        ann.until(lambda: "a" in ann.acks)
        bo.until(lambda: bo.messages)
        assert [(message["seq"], message["author"]) for message in bo.messages] == [(1, "anonymous")]


def test_plain_text_rooms(shared):
    device, ann = shared.connect("/plain/lobby/", subprotocols=None), shared.connect("/chat/lobby/")
    lobby = shared.connect("/", subprotocols=None)
    device.send("21.5 °C")
    for plain in (device, lobby):
        assert plain.receive() == ("text", "21.5 °C")
    ann.until(lambda: ann.texts[-1:] == ["21.5 °C"])
    ann.send_and_wait(("a", "thanks"))
    assert device.receive() == lobby.receive() == ("text", "thanks")


def test_pages_come_through_the_interface_server_where_a_project_says_so(stack):
    """Without a WSGI server, requests go to the workers, as in daphne."""
    running = stack(HTTP_PATHS="^/chat/$")
    page = urlopen("http://127.0.0.1:%d/chat/" % running.port, timeout=10)
    assert page.getcode() == 200 and b"<html" in page.read()
    with pytest.raises(HTTPError) as refused:
        urlopen("http://127.0.0.1:%d/admin/login/" % running.port, timeout=10)
    assert refused.value.code == 404


def test_sigterm_to_a_server_sends_its_readers_to_the_next_one(shared, room):
    ann, bo = shared.connect(room), shared.connect(room)
    ann.send_and_wait(("1", "before"))
    for client in (ann, bo):
        client.until(lambda: client.texts == ["before"])

    shared.processes["daphne"].send_signal(signal.SIGTERM)
    assert [client.receive() for client in (ann, bo)] == [("close", 1012)] * 2
    wait_until(lambda: shared.processes["daphne"].poll() == 0)

    shared.start_process("daphne")
    wait_until(lambda: answers(shared.port))
    for client in (ann, bo):
        client.reconnect()
    ann.send_and_wait(("2", "after"))
    bo.until(lambda: bo.texts == ["before", "after"])
