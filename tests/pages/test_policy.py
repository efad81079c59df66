from __future__ import unicode_literals

import re

import pytest
from django.http import HttpResponse

from chartroom.pages.policy import set_policy, socket_origins
from tests.pages.config import config_of

pytestmark = pytest.mark.django_db

ROOM_PAGE = "/chat/lobby/"


def policy_of(response):
    """Return {directive: sources} of a page's Content-Security-Policy."""
    directives = response["Content-Security-Policy"].split(";")
    return {parts[0]: parts[1:] for parts in (directive.split() for directive in directives)}


@pytest.mark.parametrize("sources, connect", [
    ("", "connect-src 'self';"), ("ws://a.example wss://a.example", "connect-src 'self' ws://a.example wss://a.example;"),
])
def test_a_page_connects_to_its_own_server_and_the_given_sockets(sources, connect):
    assert " %s " % connect in set_policy(HttpResponse(), sources)["Content-Security-Policy"]


class TestPolicy:

    @pytest.mark.parametrize("path", ["/chat/", "/chat/lobby/"])
    def test_allows_nothing_of_other_sites_and_nothing_inline(self, client, path):
        policy = policy_of(client.get(path))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]

    def test_pages_comply_with_it(self, client):
        content = client.get("/chat/").content + client.get(ROOM_PAGE).content
        assert not re.search(br"<script(?![^>]*(src=|application/json))|<style|\son\w+=|\sstyle=|javascript:", content)

    def test_allows_a_room_to_connect_to_its_sockets(self, client, settings):
        assert policy_of(client.get(ROOM_PAGE))["connect-src"] == ["'self'", "ws://testserver", "wss://testserver"]
        settings.CHARTROOM_SOCKET_ORIGIN = "wss://chat.example.org"
        response = client.get(ROOM_PAGE)
        assert policy_of(response)["connect-src"] == ["'self'", "wss://chat.example.org"]
        assert config_of(response)["socketOrigin"] == "wss://chat.example.org"


@pytest.mark.parametrize("host, setting, policy", [
    ("a.example", "", "ws://a.example wss://a.example"),
    ("a.example:8000", "", "ws://a.example:8000 wss://a.example:8000"),
    ("a.example", ":8001", "ws://a.example:8001 wss://a.example:8001"),
    ("a.example:8000", ":8001", "ws://a.example:8001 wss://a.example:8001"),
    ("[::1]", "", "ws://[::1] wss://[::1]"),
    ("[::1]", ":8001", "ws://[::1]:8001 wss://[::1]:8001"),
    ("[::1]:8000", ":8001", "ws://[::1]:8001 wss://[::1]:8001"),
    ("a.example:8000", "wss://b.example", "wss://b.example"),
    ("a.example:8000", "ws://[::1]:9000", "ws://[::1]:9000"),
])
def test_sockets_are_at_the_pages_host_or_that_of_the_setting(rf, settings, host, setting, policy):
    settings.ALLOWED_HOSTS = ["a.example", "[::1]"]
    settings.CHARTROOM_SOCKET_ORIGIN = setting
    assert socket_origins(rf.get("/", HTTP_HOST=host)) == (setting, policy)
