# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.exceptions import ImproperlyConfigured

from chartroom.transport.interface import conf


def test_defaults(settings):
    del settings.CHARTROOM_INTERFACE
    assert conf.bounds() == (1024 * 1024, 1024 * 1024, 16 * 1024 * 1024, {})


def test_a_project_overrides_defaults(settings):
    settings.CHARTROOM_INTERFACE = {"MAX_UNSENT": 4096, "MAX_FRAME": 2048, "BUSY_FRAMES": {str("v1"): str("busy")}}
    assert conf.bounds() == (4096, 2048, 16 * 1024 * 1024, {"v1": "busy"})


@pytest.mark.parametrize("given, named", [
    ({"MAX_UNSEND": 1}, "MAX_UNSEND"), ({"MAX_UNSENT": "1 MB"}, "MAX_UNSENT"), ({"MAX_FRAME": True}, "MAX_FRAME"),
    ({"MAX_FRAME": 0}, "MAX_FRAME"), ({"BUSY_FRAMES": "busy"}, "BUSY_FRAMES"), ({"BUSY_FRAMES": {"v1": None}}, "BUSY_FRAMES"),
])
def test_a_value_that_can_t_work_is_named(settings, given, named):
    settings.CHARTROOM_INTERFACE = given
    with pytest.raises(ImproperlyConfigured) as error:
        conf.bounds()
    assert named in "%s" % error.value
