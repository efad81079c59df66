# coding: utf-8
"""Group members: the open sockets, and no others."""
from __future__ import unicode_literals

import time

import pytest

from tests.faults.stack import close_code, comes_to, texts, wait_until

pytestmark = pytest.mark.processes


def number_of_members(stack, wanted, within=15):
    return comes_to(lambda: len(stack.members("room")), wanted, within)


def test_row_09_a_killed_servers_sockets_are_removed(served):
    for _ in range(60):
        served.connect("/group/room")
    assert number_of_members(served, 60) == 60
    served.interface.kill()
    assert number_of_members(served, 0) == 0


def test_row_09_a_server_sends_all_400_disconnects_on_sigterm(served):
    for _ in range(400):
        served.connect("/group/room")
    served.interface.end()
    assert comes_to(lambda: served.notes.count("left"), 400) == 400
    assert number_of_members(served, 0) == 0


def test_row_09_a_socket_closed_because_a_channel_is_full_leaves_its_groups(start):
    stack = start(channel_capacity={"websocket.receive": 5})
    stack.worker("--exclude-channels=websocket.receive")
    stack.server()
    client = stack.connect("/group/room")
    for number in range(20):
        client.send("%d" % number)
    assert close_code(client, 10) == 1013
    assert number_of_members(stack, 0) == 0


def test_row_09_a_client_that_left_before_its_connect_was_handled_is_no_member(stack):
    stack.server()
    client = stack.open_handshake("/group/room")
    wait_until(lambda: stack.layer.channel_statistics("websocket.connect")["messages_pending"] == 1)
    client.close()
    # The worst order of two workers: the disconnect is handled before the connect.
    stack.worker("--only-channels=websocket.disconnect")
    wait_until(lambda: stack.notes == ["left"])
    stack.worker("--only-channels=websocket.connect")
    wait_until(lambda: "joined" in stack.notes)
    assert number_of_members(stack, 0) == 0


def test_row_09_a_socket_that_is_open_for_longer_than_group_expiry_stays_in_its_groups(start):
    stack = start(group_expiry=3)
    stack.worker()
    # By default stock daphne closes a socket at that age.
    stack.server("--websocket_timeout=-1")
    client, opened = stack.connect("/group/room"), time.time()
    while time.time() < opened + 6:
        stack.layer.send_group("room", {"text": "still there?"})
        assert texts(client, 1) == ["still there?"], "after %.1f s" % (time.time() - opened)
        time.sleep(0.5)
