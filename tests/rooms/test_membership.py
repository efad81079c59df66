from __future__ import unicode_literals

import pytest

from chartroom.rooms import membership


@pytest.mark.parametrize("wire, group", [("json", "room.17"), ("plain", "room.17.plain")])
def test_a_socket_is_in_the_rooms_group_until_it_leaves(layer, wire, group):
    membership.join(17, wire, "daphne.response.a!ann")
    membership.join(17, wire, "daphne.response.a!ann")
    membership.join(17, wire, "daphne.response.a!bo")
    assert sorted(layer.group_channels(group)) == ["daphne.response.a!ann", "daphne.response.a!bo"]

    membership.leave(17, wire, "daphne.response.a!ann")
    membership.leave(17, wire, "daphne.response.a!ann")
    assert sorted(layer.group_channels(group)) == ["daphne.response.a!bo"]


def test_joining_again_renews(layer, monkeypatch):
    membership.join(17, "json", "daphne.response.a!ann")
    joined = layer._groups["room.17"]["daphne.response.a!ann"]
    membership.join(17, "json", "daphne.response.a!ann")
    assert layer._groups["room.17"]["daphne.response.a!ann"] > joined


def test_rooms_are_separate(layer):
    membership.join(1, "json", "daphne.response.a!ann")
    assert not layer.group_channels("room.17") and not layer.group_channels("room.1.plain")
