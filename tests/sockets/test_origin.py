# coding: utf-8
"""Checking the origin of a page in the handshake: scheme, host and port."""
from __future__ import unicode_literals

import logging

import pytest
from channels import Channel
from channels.exceptions import DenyConnection
from channels.message import Message

from chartroom.sockets.origin import OwnOriginOnly

OWN = "https://chat.example.org"


@pytest.fixture(autouse=True)
def own_host(settings):
    settings.ALLOWED_HOSTS = ["chat.example.org", "[2001:db8::1]", "other.example.org"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def is_accepted(origin, host="chat.example.org", scheme=None, **headers):
    """Whether a page of ``origin`` may connect to the server as ``host``, by default over TLS."""
    sent = {"host": host, "origin": origin, "x-forwarded-proto": "https"}
    sent.update((name.replace("_", "-"), value) for name, value in headers.items())
    content = {"reply_channel": "daphne.response.test!1", "headers": [
        [name.encode("ascii"), value.encode("utf-8")] for name, value in sent.items() if value is not None]}
    if scheme is not None:
        content["scheme"] = scheme
    reached = []
    try:
        OwnOriginOnly(reached.append)(Message(content, "websocket.connect", Channel("x").channel_layer))
    except DenyConnection:
        assert not reached
        return False
    assert reached
    return True


@pytest.mark.parametrize("origin,host", [
    (OWN, "chat.example.org"), (OWN, "chat.example.org:443"), (OWN + ":443", "chat.example.org"), (OWN + ":8443", "chat.example.org:8443"),
    ("https://CHAT.example.org", "chat.example.org"), ("https://[2001:db8::1]", "[2001:db8::1]"), (None, "chat.example.org"),
])
def test_a_page_of_the_same_origin_may_connect(origin, host):
    assert is_accepted(origin, host)


@pytest.mark.parametrize("origin", [
    "https://chat.example.org:8443", "http://chat.example.org", "http://chat.example.org:443", "https://other.example.org",
    "https://chat.example.org.evil.example", "https://evil.example", "null", "", "http://[broken", "https://chat.example.org:port",
    "https://chat.example.org/path", "file://", "chat.example.org", "wss://chat.example.org", "https://聊天.example",
])
def test_any_other_origin_is_denied(origin):
    assert not is_accepted(origin)


def test_the_schemes_of_the_page_and_the_server_must_match():
    plain = "http://chat.example.org"
    assert is_accepted(plain, x_forwarded_proto=None)
    assert not is_accepted(plain)
    assert not is_accepted(OWN, x_forwarded_proto="http")
    assert is_accepted(OWN, scheme="wss", x_forwarded_proto=None)


def test_an_untrusted_header_is_ignored(settings):
    settings.SECURE_PROXY_SSL_HEADER = None
    assert not is_accepted(OWN)
    assert is_accepted("http://chat.example.org")


def test_the_setting_adds_origins(settings):
    settings.CHARTROOM_PAGE_ORIGINS = ["https://other.example.org:8443", ":8000"]
    assert is_accepted("https://other.example.org:8443", host="sockets.example.org")
    assert is_accepted("http://chat.example.org:8000")
    assert not is_accepted("https://other.example.org")
    assert not is_accepted("http://other.example.org:8000")
    assert not is_accepted("http://chat.example.org:8001")


def test_a_host_that_is_not_allowed_is_denied_even_if_it_is_the_sockets_own():
    """A foreign host name that resolves to this server."""
    assert not is_accepted("https://rebound.example", host="rebound.example")


@pytest.mark.parametrize("host", [None, "", "[broken", "chat.example.org:port", "聊天"])
def test_without_a_valid_host_no_page_may_connect(host):
    assert not is_accepted(OWN, host=host)


def test_a_refusal_is_logged_with_both_origins_and_the_setting(caplog):
    with caplog.at_level(logging.WARNING):
        is_accepted("https://chat.example.org:8443")
    assert "https://chat.example.org:8443" in caplog.text and "https://chat.example.org:443" in caplog.text
    assert "CHARTROOM_PAGE_ORIGINS" in caplog.text
