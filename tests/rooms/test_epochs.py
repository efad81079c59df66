# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.management import call_command

from chartroom.models import Restoration, Room
from chartroom.models.rooms import MAX_GENERATION
from chartroom.rooms import epochs
from tests.room_socket import Socket, fill

pytestmark = pytest.mark.django_db


def test_is_the_key_of_the_room_until_a_backup_is_restored(lobby):
    assert epochs.epoch_of(lobby) == lobby.pk


def test_differs_after_each_restoration_also_of_the_same_backup(lobby):
    seen = {epochs.epoch_of(lobby)}
    for _ in range(3):
        Restoration.objects.create()
        epochs.forget()
        seen.add(epochs.epoch_of(lobby))
        Restoration.objects.all().delete()  # the backup does not have it
    assert len(seen) == 4


def test_is_an_exact_number_in_javascript():
    room = Room(pk=epochs.STEP - 1)
    Restoration.objects.create(generation=MAX_GENERATION)
    assert epochs.epoch_of(room) <= 2 ** 53


def test_costs_no_query_for_a_second(lobby, monkeypatch, django_assert_num_queries):
    now = [100.0]
    monkeypatch.setattr(epochs, "monotonic", lambda: now[0])
    with django_assert_num_queries(1):
        for _ in range(10):
            epochs.epoch_of(lobby)
    now[0] += epochs.KEPT
    with django_assert_num_queries(1):
        epochs.epoch_of(lobby)


def test_the_command_makes_clients_load_the_room_again(layer, lobby, monkeypatch):
    """The backup has three of five messages: without another epoch, number 4 would be another message for the client."""
    fill(lobby, 3)
    before = Socket(layer, "/chat/lobby/").connect().frames[0]
    requests = []
    monkeypatch.setattr(layer, "recheck_sockets", lambda tags, close=None: requests.append((tags, close)), raising=False)
    monkeypatch.setattr("chartroom.management.commands.chartroomrestored.time.sleep", lambda seconds: epochs.forget())
    call_command("chartroomrestored")
    after = Socket(layer, "/chat/lobby/", query="since=5").connect().frames[0]
    assert after["epoch"] != before["epoch"]
    assert requests == [(["kind:room"], 1012)]
