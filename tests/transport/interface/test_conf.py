# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.exceptions import ImproperlyConfigured

from chartroom.transport.interface import conf


def test_defaults(settings):
    del settings.CHARTROOM_INTERFACE
    assert conf.bounds() == (
        1024 * 1024, 1024 * 1024, 16 * 1024 * 1024, {}, 4, 2, (20, 1), (200, 1), 500, (1000, 60), 0, {}, [], (200, 1), 10)


def test_a_project_overrides_defaults(settings):
    settings.CHARTROOM_INTERFACE = {"MAX_UNSENT": 4096, "MAX_FRAME": 2048, "BUSY_FRAMES": {str("v1"): str("busy")}}
    assert conf.bounds()[:4] == (4096, 2048, 16 * 1024 * 1024, {"v1": "busy"})


@pytest.mark.parametrize("given, expected", [("0", None), (0, None), ("20/s", (20, 1)), ("5/m", (5, 60)), ("7/h", (7, 3600))])
def test_a_pace_is_a_number_in_a_time(settings, given, expected):
    settings.CHARTROOM_INTERFACE = {"FRAMES_PER_SOCKET": given}
    assert conf.bounds().frames_per_socket == expected


@pytest.mark.parametrize("given, named", [
    ({"MAX_UNSEND": 1}, "MAX_UNSEND"), ({"MAX_UNSENT": "1 MB"}, "MAX_UNSENT"), ({"MAX_FRAME": True}, "MAX_FRAME"),
    ({"MAX_FRAME": 0}, "MAX_FRAME"), ({"BUSY_FRAMES": "busy"}, "BUSY_FRAMES"), ({"BUSY_FRAMES": {"v1": None}}, "BUSY_FRAMES"),
    ({"FRAMES_IN_FLIGHT": 0}, "FRAMES_IN_FLIGHT"), ({"BULK_IN_FLIGHT": "4"}, "BULK_IN_FLIGHT"), ({"BULK_FRAMES": 5}, "BULK_FRAMES"),
    ({"FRAMES_PER_SOCKET": "50"}, "FRAMES_PER_SOCKET"),
    ({"FRAMES_PER_ADDRESS": "0/s"}, "FRAMES_PER_ADDRESS"), ({"SOCKETS_PER_ADDRESS": -1}, "SOCKETS_PER_ADDRESS"),
    ({"CONNECTS_PER_ADDRESS": 5}, "CONNECTS_PER_ADDRESS"), ({"TRUSTED_PROXIES": True}, "TRUSTED_PROXIES"),
    ({"FRAME_FILTERS": {"v1": "nothing.there"}}, "FRAME_FILTERS"), ({"FRAME_FILTERS": []}, "FRAME_FILTERS"),
    ({"HTTP_PATHS": "^/"}, "HTTP_PATHS"), ({"HTTP_PATHS": ["("]}, "HTTP_PATHS"), ({"HTTP_PATHS": [1]}, "HTTP_PATHS"),
])
def test_a_value_that_can_t_work_is_named(settings, given, named):
    settings.CHARTROOM_INTERFACE = given
    with pytest.raises(ImproperlyConfigured) as error:
        conf.bounds()
    assert named in "%s" % error.value
