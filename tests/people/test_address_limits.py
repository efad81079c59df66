# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.errors import FrameError
from chartroom.people import address_limits
from chartroom.people.identity import BadName

HERE, THERE = "198.51.100.7", "198.51.100.8"


@pytest.fixture(autouse=True)
def limits(settings):
    settings.CHARTROOM_RATE_LIMIT = "5/h"
    settings.CHARTROOM_SENDS_PER_ADDRESS = "8/h"
    settings.CHARTROOM_ROOMS_PER_ADDRESS = settings.CHARTROOM_GUESTS_PER_ADDRESS = "2/h"


def test_senders_of_one_address_share_its_limit():
    granted = [address_limits.take_messages("guest:%d" % number, HERE, 5)[0] for number in range(3)]
    assert granted == [5, 3, 0]
    assert address_limits.take_messages("guest:9", THERE, 5) == (5, 0)


def test_the_time_to_wait_is_that_of_the_limit_that_refused():
    assert address_limits.take_messages("guest:1", HERE, 6)[1] > 0
    address_limits.take_messages("guest:2", HERE, 5)
    assert address_limits.take_messages("guest:3", HERE, 1)[1] > 0


@pytest.mark.parametrize("sender", ["guest:1", ""])
def test_an_unknown_address_has_the_senders_limit_alone(sender):
    assert address_limits.take_messages(sender, "", 50)[0] == 5


def test_new_rooms_and_guests_are_limited_separately():
    for _ in range(2):
        address_limits.check_new_room(HERE)
        address_limits.check_new_guest(HERE)
    with pytest.raises(FrameError) as error:
        address_limits.check_new_room(HERE, ["a"])
    assert (error.value.code, error.value.ids) == ("rate_limited", ["a"]) and error.value.retry_after > 0
    with pytest.raises(BadName):
        address_limits.check_new_guest(HERE)
    address_limits.check_new_room(THERE)


def test_refusals_are_logged_once_a_minute_with_their_number(caplog):
    now = [0]
    refusals = address_limits.Refusals(clock=lambda: now[0])
    for number in range(90):
        now[0] = number
        refusals.add("messages", HERE, 2)
    assert [record.getMessage().split(",")[0] for record in caplog.records] == ["Refused 2 messages", "Refused 120 messages"]
    assert HERE in caplog.text
