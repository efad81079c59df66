# coding: utf-8
from __future__ import unicode_literals

import socket

import pytest

from chartroom.sources.feeds import address
from chartroom.sources.feeds.address import connect, display_url, is_public, url_hash
from chartroom.sources.feeds.errors import FeedError

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "::ffff:168.63.129.16", "64:ff9b::a83f:8110",
    "169.254.169.254", "fd00:ec2::254", "100.127.255.255", "192.0.0.1", "192.0.0.192", "192.88.99.1", "192.0.2.1", "198.18.0.1",
    "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
]
PUBLIC = [
    "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:2800:220:1:248:1893:25c8:1946",
    "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2002:808:808::1",
]


class TestPublic:

    @pytest.mark.parametrize("text", PRIVATE)
    def test_excludes_addresses_of_this_machine_and_its_network(self, text):
        assert not is_public(text)

    @pytest.mark.parametrize("text", PUBLIC)
    def test_includes_every_other(self, text):
        assert is_public(text)

    def test_accepts_bytes_as_python_2_passes_them(self):
        assert is_public(b"8.8.8.8") and not is_public(b"127.0.0.1")


class TestConnecting:

    @pytest.fixture
    def port(self, server):
        return int(server.url("").rpartition(":")[2])

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0", "2130706433", "0x7f.1", "127.1", "::ffff:127.0.0.1"])
    def test_to_this_machine_is_refused_however_it_is_written(self, port, host):
        with pytest.raises(FeedError) as caught:
            connect(host, port, 2, allow_private=False)
        assert "private address" in caught.value.detail

    def test_to_this_machine_can_be_allowed(self, port):
        connect("127.0.0.1", port, 2, allow_private=True).close()

    def test_goes_to_the_address_that_was_checked(self, port, monkeypatch):
        """A name that is public at the first lookup and 127.0.0.1 at each further one."""
        lookups, connected = [], []

        class Recorder(object):
            def __init__(self, *kind):
                pass

            def settimeout(self, seconds):
                pass

            def connect(self, to):
                connected.append(to)

        def resolve(host, port, *kind):
            lookups.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(lookups) == 1 else "127.0.0.1", port))]
        monkeypatch.setattr(address.socket, "getaddrinfo", resolve)
        monkeypatch.setattr(address.socket, "socket", Recorder)
        connect("rebinding.example.org", port, 2, allow_private=False)
        assert lookups == ["rebinding.example.org"] and connected == [("93.184.216.34", port)]

    def test_skips_private_addresses_of_several(self, port, monkeypatch):
        monkeypatch.setattr(address.socket, "getaddrinfo", lambda *args: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::ffff:127.0.0.1", port, 0, 0)),
        ])
        with pytest.raises(FeedError):
            connect("both.example.org", port, 2, allow_private=False)

    @pytest.mark.parametrize("host", ["no-such-name.invalid", "x" * 300, "..", "a" * 64 + ".org"])
    def test_to_a_name_that_does_not_exist_is_reported(self, host):
        with pytest.raises(FeedError) as caught:
            connect(host, 80, 2, allow_private=True)
        assert "can't be resolved" in caught.value.detail

    def test_to_a_closed_port_is_reported(self, server, port):
        server.close()
        with pytest.raises(FeedError) as caught:
            connect("127.0.0.1", port, 2, allow_private=True)
        assert "can't be connected to" in caught.value.detail


class TestDisplayed:

    @pytest.mark.parametrize("url, text", [
        ("http://example.org/feed", "http://example.org/feed"),
        ("http://ann:secret@example.org:81/feed", "http://example.org:81/feed"),
        ("http://ann:se@cret@example.org/feed", "http://example.org/feed"),
        ("https://example.org/feed?token=secret&x=1#secret", "https://example.org/feed?…"),
        ("https://example.org/@ann/feed", "https://example.org/@ann/feed"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("ann:secret@example.org/feed", "(invalid address)"),
        ("http:ann:secret@example.org/feed", "(invalid address)"),
        ("http://ann:secret@[bad", "(invalid address)"),
        ("", "(invalid address)"),
        ("http://example.org/a\x1bb", "http://example.org/a b"),
    ])
    def test_is_without_secrets(self, url, text):
        assert display_url(url) == text and "secret" not in display_url(url)

    def test_is_bounded(self):
        assert len(display_url("http://example.org/" + "x" * 5000)) == 200


class TestHash:

    def test_does_not_depend_on_the_password(self):
        assert url_hash("http://ann:one@example.org/feed") == url_hash("http://bo:two@example.org/feed#x")

    def test_depends_on_the_rest(self):
        urls = ["http://example.org/feed", "https://example.org/feed", "http://example.org/", "http://example.org/feed?a", "http://[bad", ""]
        assert len({url_hash(url) for url in urls}) == len(urls)
