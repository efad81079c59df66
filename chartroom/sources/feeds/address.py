# coding: utf-8
"""
Feed URLs: how they are displayed and identified, and which hosts may be connected to.

Anyone who configures a feed, or controls a server that redirects, makes this machine
send requests (server-side request forgery). Addresses that only this machine can reach
are therefore refused, unless the project allows them. The address that is checked is
the one that is connected to: a name resolved twice may have another address the second
time (DNS rebinding).
"""
from __future__ import unicode_literals

import hashlib
import socket
from ipaddress import ip_address, ip_network

from django.utils.encoding import force_text
from six.moves.urllib.parse import urlsplit, urlunsplit

from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line

NOT_PUBLIC = (
    "is_private", "is_loopback", "is_link_local", "is_site_local", "is_multicast", "is_reserved", "is_unspecified")
# Not public, although older Pythons don't report them as private: carrier-grade NAT (RFC 6598), protocol
# assignments (RFC 6890; some clouds serve instance credentials there), 6to4 relays (RFC 7526), documentation (RFC 9637),
# and an address at which a cloud answers its own machines (Azure's WireServer).
SPECIAL = [ip_network(block) for block in (
    "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")]
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are the IPv4 address
MAX_TRIES = 4                       # addresses tried for one host name
MAX_DISPLAYED = 200                 # characters of a URL


def display_url(url):
    """The URL for people to read, without its credentials and its query, which often holds an API key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    host = parts.netloc.rpartition("@")[2]
    if not host and (not parts.path or "@" in parts.path):
        return "(invalid address)"
    return one_line("%s://%s%s%s" % (parts.scheme, host, parts.path, "?…" if parts.query else ""), MAX_DISPLAYED)


def url_hash(url):
    """A hash that identifies the feed; it does not change with the password."""
    try:
        parts = urlsplit(url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    except ValueError:
        pass  # Hashed as it is; fetching it reports that it is invalid.
    return hashlib.sha256(url.encode("utf-8")).hexdigest()


def is_public(address):
    """Whether an IP address (text) is publicly reachable."""
    address = ip_address(force_text(address).partition("%")[0])
    embedded = _embedded_ipv4(address)
    if embedded is not None:
        return is_public(embedded)
    if any(address.version == block.version and address in block for block in SPECIAL):
        return False
    return not any(getattr(address, name, False) for name in NOT_PUBLIC)


def _embedded_ipv4(address):
    """The IPv4 address that an IPv6 address is translated to, or None."""
    if address.version == 4:
        return None
    if address in NAT64:
        return ip_address(int(address) & 0xffffffff)
    return address.ipv4_mapped or address.sixtofour


def connect(host, port, timeout, allow_private, on_socket=lambda candidate: None):
    """
    Return a connected socket; raise `FeedError` if there is none.

    ``timeout``: seconds, for each address of the host and then for each read.
    ``on_socket`` is called with each socket before it is connected.
    """
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except (socket.error, UnicodeError) as error:
        raise FeedError("is at %s, which can't be resolved (%s)" % (one_line(host, 100), one_line(error, 100)))
    allowed = [entry for entry in found if allow_private or is_public(entry[4][0])]
    if not allowed:
        raise FeedError("is at %s, a private address: CHARTROOM_FEED_ALLOW_PRIVATE is off" % one_line(host, 100))

    problem = None
    for family, kind, protocol, _, address in allowed[:MAX_TRIES]:
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(timeout)
            on_socket(candidate)
            candidate.connect(address)
            return candidate
        except socket.error as error:
            candidate.close()
            problem = error
    raise FeedError("can't be connected to (%s)" % one_line(problem, 100))
