# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.errors import FrameError, Refused
from chartroom.people import permissions
from chartroom.people.identity import NOBODY, Identity
from chartroom.people.permissions import READ, SEND, may

ANN = Identity("user:1", "Ann", False)
GUEST = Identity("guest:k1", "Bo", True)


# Functions for CHARTROOM_PERMISSION in tests

def nobody_may(identity, namespace, name, action):
    return False


def readers_only(identity, namespace, name, action):
    return action == "read"


def only_ann_in_staff(identity, namespace, name, action):
    return (namespace, name) != ("chat", "staff") or identity.author == "Ann"


@pytest.fixture
def staff_room(settings):
    settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.only_ann_in_staff"


class TestMay:

    @pytest.mark.parametrize("identity, allowed", [(ANN, True), (GUEST, True), (NOBODY, True)])
    @pytest.mark.parametrize("action", [READ, SEND])
    def test_everybody_by_default(self, identity, allowed, action):
        assert may(identity, "chat", "lobby", action) is allowed

    def test_only_users_if_guests_are_not_allowed(self, settings):
        settings.CHARTROOM_GUESTS = False
        assert [may(identity, "chat", "lobby", READ) for identity in (ANN, GUEST, NOBODY)] == [True, False, False]

    def test_those_whom_the_projects_function_permits(self, staff_room):
        assert may(ANN, "chat", "staff", READ) and not may(GUEST, "chat", "staff", READ)
        assert may(GUEST, "deploy", "staff", READ)

    def test_no_guest_even_if_the_function_permits(self, staff_room, settings):
        settings.CHARTROOM_GUESTS = False
        assert not may(GUEST, "chat", "lobby", READ)


class TestEntering:

    def close_code_of(self, identity, name="lobby"):
        try:
            permissions.check_enter(identity, "chat", name)
        except Refused as refused:
            return refused.close_code

    def test_is_open(self):
        assert self.close_code_of(NOBODY) is None

    @pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../a"], ids=lambda name: name[:5])
    def test_an_invalid_name_is_not_found(self, name):
        assert self.close_code_of(ANN, name) == 4404

    def test_guests_must_log_in_if_they_are_not_allowed(self, settings):
        settings.CHARTROOM_GUESTS = False
        assert (self.close_code_of(GUEST), self.close_code_of(ANN)) == (4401, None)

    def test_is_forbidden_if_reading_is(self, staff_room, settings):
        assert (self.close_code_of(GUEST, "staff"), self.close_code_of(ANN, "staff")) == (4403, None)
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
        assert self.close_code_of(GUEST, "staff") is None


def test_sending_is_refused_with_the_ids_of_the_messages(settings):
    permissions.check_send(GUEST, "chat", "lobby", ["a"])
    settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
    with pytest.raises(FrameError) as error:
        permissions.check_send(GUEST, "chat", "lobby", ["a", "b"])
    assert (error.value.code, error.value.ids) == ("forbidden", ["a", "b"])


def test_rooms_of_sources_are_read_only_for_everybody(settings):
    settings.CHARTROOM_PERMISSION = None
    for namespace in ("blog", "deploy"):
        assert permissions.may(ANN, namespace, "news", "read") and not permissions.may(ANN, namespace, "news", "send")
    settings.CHARTROOM_READ_ONLY = ["chat"]
    assert permissions.may(ANN, "blog", "news", "send") and not permissions.may(ANN, "chat", "news", "send")
