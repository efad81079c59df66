from __future__ import unicode_literals

import json

import pytest
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory

from chartroom.pages import health


class Status(object):
    """A layer's status: ``failing`` are the servers that do not answer."""

    def __init__(self, *failing):
        self.failing = list(failing)

    def failures(self, within):
        assert within == 1
        return self.failing


@pytest.fixture
def redis(layer, monkeypatch):
    def use(*failing):
        monkeypatch.setattr(channel_layers[DEFAULT_CHANNEL_LAYER].channel_layer, "status", Status(*failing), raising=False)
    return use


class Connections(object):
    """Django's, with a database that does not answer."""

    def __init__(self, error):
        self.error = error

    def __getitem__(self, alias):
        raise self.error


def get(client, name):
    response = client.get("/health/" + name)
    assert response["Cache-Control"] == "no-store" and response["Content-Type"] == "application/json"
    assert not response.cookies
    return response.status_code, json.loads(response.content.decode("utf-8"))


GOOD = (200, {"ok": True, "failing": []})


def test_live_asks_nothing(client, redis, django_assert_num_queries, db):
    redis("127.0.0.1:1/0")
    with django_assert_num_queries(0):
        assert get(client, "live") == GOOD


def test_ready(client, redis, db):
    redis()
    assert get(client, "ready") == GOOD


def test_ready_on_a_layer_without_servers(client, layer, db):
    assert get(client, "ready") == GOOD


def test_redis_does_not_answer(client, redis, db):
    redis("127.0.0.1:1/0")
    assert get(client, "ready") == (503, {"ok": False, "failing": ["redis"]})


@pytest.mark.parametrize("error", [OperationalError("password of joe"), InterfaceError("closed")])
def test_the_database_does_not_answer(client, redis, monkeypatch, error):
    redis("127.0.0.1:1/0")
    monkeypatch.setattr(health, "connections", Connections(error))
    assert get(client, "ready") == (503, {"ok": False, "failing": ["database", "redis"]})


class Session(object):

    def __getattr__(self, name):
        raise AssertionError("the session was read")


@pytest.mark.parametrize("view", [health.live, health.ready])
def test_the_views_read_no_session(redis, db, view):
    redis()
    request = RequestFactory().get("/health/ready")
    request.session = Session()
    assert view(request).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(client, layer, method):
    assert getattr(client, method)("/health/ready").status_code == 405


def test_other_paths(client, layer, db):
    assert client.get("/health/ready/").status_code == 404
