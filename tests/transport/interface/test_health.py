from __future__ import unicode_literals

import json

import pytest

from chartroom.transport.interface import health


class Link(object):

    def __init__(self, connection):
        self.connection = connection


UP, DOWN = Link(object()), Link(None)


def test_live_does_not_depend_on_anything():
    status, body = health.answer(b"/health/live", lambda: ["redis"])
    assert status == 200 and json.loads(body.decode("ascii")) == {"ok": True, "failing": []}


def test_ready():
    status, body = health.answer(b"/health/ready", lambda: [])
    assert status == 200 and json.loads(body.decode("ascii")) == {"ok": True, "failing": []}


def test_not_ready():
    status, body = health.answer(b"/health/ready", lambda: ["redis"])
    assert status == 503 and json.loads(body.decode("ascii")) == {"ok": False, "failing": ["redis"]}


@pytest.mark.parametrize("path", [b"/", b"/health/", b"/health/ready/", b"/health/readyx", b"/x/health/live"])
def test_other_paths(path):
    assert health.answer(path, lambda: []) is None


@pytest.mark.parametrize("links, is_open, names", [
    ([UP, UP], True, []), ([UP, DOWN], True, ["redis"]), ([UP, None], True, ["redis"]), ([UP], False, ["draining"]),
    ([DOWN], False, ["draining", "redis"]),
])
def test_what_fails(links, is_open, names):
    assert health.failing(links, is_open) == names
