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
    assert of("192.0.2.1") == "192.0.2.1"
    assert of("192.0.2.1", "203.0.113.9") == "192.0.2.1"


@pytest.mark.parametrize("hops, forwarded, expected", [
    (1, "198.51.100.7", "198.51.100.7"), (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"), (1, "", "192.0.2.1"), (3, "198.51.100.7", "192.0.2.1"),
    (1, "6.6.6.6,198.51.100.7,", "198.51.100.7"), (1, "unknown", "unknown"),
])
def test_is_the_one_that_the_trusted_proxies_added(of, settings, hops, forwarded, expected):
    settings.CHARTROOM_TRUSTED_PROXIES = hops
    assert of("192.0.2.1", forwarded) == expected


def test_several_headers_are_read_in_their_order(settings):
    settings.CHARTROOM_TRUSTED_PROXIES = 1
    assert of_socket("192.0.2.1", "6.6.6.6", "198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("peer", ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:DB8:1:2::3%eth0"])
def test_an_ipv6_client_is_its_network(of, peer):
    assert of(peer) == "2001:db8:1:2::/64"


@pytest.mark.parametrize("peer, key", [("::ffff:192.0.2.1", "192.0.2.1"), (None, ""), ("x" * 1000, "x" * 64)])
def test_other_addresses_are_used_as_they_are(of, peer, key):
    assert of(peer) == key
