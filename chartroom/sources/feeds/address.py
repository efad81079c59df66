# coding: utf-8
"""
The addresses of feeds: how they are shown, which feed is meant, and which
machines are asked for one.

Who names a feed, or can have its server redirect, makes this machine send
requests. So those that only it can reach are refused, unless the project
allows them. What is checked is the address that is then connected to: a name
looked up twice may lead somewhere else at the second look.
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
# Not for everybody, and for an older Python not private: a provider's own (RFC 6598), protocols'
# own (RFC 6890; some clouds have their machines' secrets there), relays (RFC 7526), documentation (RFC 9637);
# and a public address at which a cloud answers its own machines alone (Azure's WireServer).
SPECIAL = [ip_network(block) for block in (
    "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")]
NAT64 = ip_network("64:ff9b::/96")     # RFC 6052: the last four bytes are the IPv4 address that it leads to
MAX_TRIES = 4                          # addresses of one name


def shown(url):
    """The address for people: without a user and password, and without its query, where others have their keys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    host = parts.netloc.rpartition("@")[2]
    if not host and (not parts.path or "@" in parts.path):
        return "(no address)"
    return one_line("%s://%s%s%s" % (parts.scheme, host, parts.path, "?…" if parts.query else ""), 200)


def url_hash(url):
    """The same for a feed whose password has changed."""
    try:
        parts = urlsplit(url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    except ValueError:
        pass  # It stays what it is, and is told to be no address when it is fetched.
    return hashlib.sha256(url.encode("utf-8")).hexdigest()


def is_public(address):
    """Whether an IP address (text) is one that everybody can reach."""
    address = ip_address(force_text(address).partition("%")[0])
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    if any(address.version == block.version and address in block for block in SPECIAL):
        return False
    return not any(getattr(address, name, False) for name in NOT_PUBLIC)


def _carried(address):
    """The IPv4 address that an IPv6 one leads to, or None."""
    if address.version == 4:
        return None
    if address in NAT64:
        return ip_address(int(address) & 0xffffffff)
    return address.ipv4_mapped or address.sixtofour


def connect(host, port, timeout, allow_private, begin=lambda candidate: None):
    """
    A connected socket; raises `FeedError`.

    ``timeout``: seconds, for each of the name's addresses and for each byte after
    that. ``begin`` is shown each socket before it is connected.
    """
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except (socket.error, UnicodeError) as error:
        raise FeedError("is at %s, which is not found (%s)" % (one_line(host, 100), one_line(error, 100)))
    allowed = [entry for entry in found if allow_private or is_public(entry[4][0])]
    if not allowed:
        raise FeedError("is at %s, a private address: CHARTROOM_FEED_ALLOW_PRIVATE is off" % one_line(host, 100))

    problem = None
    for family, kind, protocol, _, address in allowed[:MAX_TRIES]:
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(timeout)
            begin(candidate)
            candidate.connect(address)
            return candidate
        except socket.error as error:
            candidate.close()
            problem = error
    raise FeedError("can't be connected to (%s)" % one_line(problem, 100))
