# coding: utf-8
"""Who may not stay is shut out, through real processes: none of these clients sends a frame."""
from __future__ import unicode_literals

import time

import pytest
import websocket

from chartroom.wire import protocol
from tests.integration.stack import Stack
from tests.integration.watching import log_in

pytestmark = pytest.mark.processes

ROUND = 10  # seconds: RECHECK_EVERY
USERS = "from django.contrib.auth import get_user_model\nusers = get_user_model().objects.filter(username='{}')\n"


@pytest.fixture(scope="module")
def stack():
    stack = Stack().start()
    yield stack
    stack.stop()


def open_sockets(stack, name):
    """A socket of a room, of plain text, and of another user."""
    header = log_in(stack, name)
    other = log_in(stack, name + "-other")
    return [open_socket(stack, "/chat/lobby/", header), open_socket(stack, "/plain/lobby/", header)], [
        open_socket(stack, "/chat/lobby/", other)]


def open_socket(stack, path, header):
    subprotocols = [] if path.startswith("/plain") else [protocol.SUBPROTOCOL]
    return websocket.create_connection(
        "ws://127.0.0.1:%d%s" % (stack.port, path), header=header, timeout=10, subprotocols=subprotocols)


def close_code(socket, within):
    """The code with which a socket is closed, or None if it is open after ``within`` seconds."""
    deadline = time.time() + within
    while time.time() < deadline:
        socket.settimeout(max(0.1, deadline - time.time()))
        try:
            opcode, data = socket.recv_data()
        except websocket.WebSocketTimeoutException:
            return None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return bytearray(data)[0] * 256 + bytearray(data)[1]
    return None


@pytest.mark.parametrize("name, change, within", [
    ("updated", "users.update(is_active=False)\nanswer = 1", ROUND + 3),
    ("saved", "user = users.get()\nuser.is_active = False\nuser.save()\nanswer = 1", 3),
    ("deleted", "users.get().delete()\nanswer = 1", 3),
    ("password", "user = users.get()\nuser.set_password('two')\nuser.save()\nanswer = 1", 3),
    ("session", "from django.contrib.sessions.models import Session\n"
                "for session in Session.objects.all():\n"
                "    if session.get_decoded().get('_auth_user_id') == str(users.get().pk):\n"
                "        session.delete()\nanswer = 1", ROUND + 3),
    ("shut-out", "from chartroom.shut_out import shut_out\nshut_out(users.get())\nanswer = 1", 3),
])
def test_a_user_is_shut_out(stack, name, change, within):
    own, others = open_sockets(stack, name)
    stack.run(USERS.format(name) + change)
    assert [close_code(socket, within) for socket in own] == [4401, 4401]
    assert [close_code(socket, 0.5) for socket in others] == [None]


def test_a_log_out_closes_the_sockets_of_that_session_alone(stack):
    header, elsewhere = log_in(stack, "twice"), log_in(stack, "twice")
    here, there = open_socket(stack, "/chat/lobby/", header), open_socket(stack, "/chat/lobby/", elsewhere)
    stack.run(
        "from django.contrib.auth import get_user, logout\n"
        "from django.contrib.sessions.backends.db import SessionStore\n"
        "from django.http import HttpRequest\n"
        "request = HttpRequest()\n"
        "request.session = SessionStore('%s')\n"
        "request.user = get_user(request)\n"
        "logout(request)\n"
        "answer = 1" % header["Cookie"].partition("=")[2])
    assert close_code(here, 3) == 4401
    assert close_code(there, ROUND + 3) is None
