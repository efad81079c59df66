from __future__ import unicode_literals

import pytest
from channels import Channel
from channels.message import Message

from chartroom.people import addresses


def of_socket(peer, *forwarded):
    content = {"client": peer and [peer, 5000], "headers": [[b"x-forwarded-for", value.encode("latin-1")] for value in forwarded]}
    return addresses.of_message(Message(content, "websocket.connect", Channel("x").channel_layer))


@pytest.fixture(params=["page", "socket"])
def of(request, rf):
    """A function that returns the key for a peer's address and an X-Forwarded-For."""
    def page(peer, forwarded=None):
        meta = {"REMOTE_ADDR": peer or ""}
        if forwarded is not None:
            meta["HTTP_X_FORWARDED_FOR"] = forwarded
        return addresses.of_request(rf.get("/", **meta))

    def socket(peer, forwarded=None):
        return of_socket(peer, *([] if forwarded is None else [forwarded]))

    return {"page": page, "socket": socket}[request.param]


def test_is_that_of_the_peer_without_a_proxy(of):
    assert of("9.9.9.9") == "9.9.9.9"
    assert of("9.9.9.9", "203.0.113.9") == "9.9.9.9"


@pytest.mark.parametrize("hops, forwarded, expected", [
    (1, "198.51.100.7", "198.51.100.7"), (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"), (1, "", "9.9.9.9"), (3, "198.51.100.7", "9.9.9.9"),
    (1, "6.6.6.6,198.51.100.7,", "198.51.100.7"), (1, "unknown", "unknown"),
])
def test_is_the_one_that_the_trusted_proxies_added(of, settings, hops, forwarded, expected):
    settings.CHARTROOM_TRUSTED_PROXIES = hops
    assert of("9.9.9.9", forwarded) == expected


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:172.17.0.1", None])
def test_is_unknown_behind_a_proxy_that_no_setting_counts(of, peer, caplog):
    """Otherwise all users would share the limits of one address."""
    addresses._warned.clear()
    assert of(peer, "198.51.100.7") == "" == of(peer, "198.51.100.8")
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "CHARTROOM_TRUSTED_PROXIES" in caplog.text


def test_several_headers_are_read_in_their_order(settings):
    settings.CHARTROOM_TRUSTED_PROXIES = 1
    assert of_socket("9.9.9.9", "6.6.6.6", "198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("peer", ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:DB8:1:2::3%eth0"])
def test_an_ipv6_client_is_its_network(of, peer):
    assert of(peer) == "2001:db8:1:2::/64"


@pytest.mark.parametrize("peer, key", [("::ffff:9.9.9.9", "9.9.9.9"), (None, ""), ("x" * 1000, "x" * 64)])
def test_other_addresses_are_used_as_they_are(of, peer, key):
    assert of(peer) == key
