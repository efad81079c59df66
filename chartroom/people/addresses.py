"""The address of a request or a socket, as the key of limits that apply per address."""
from __future__ import unicode_literals

import logging
from ipaddress import ip_address, ip_network

from django.utils.encoding import force_text

from chartroom.conf import conf

logger = logging.getLogger(__name__)

_warned = set()  # peers

IPV6_NETWORK = 64  # bits: the prefix that a provider assigns to one customer (RFC 6177), with 2 ** 64 addresses


def of_request(request):
    """Return the key of a Django request's client: see `network_of`."""
    return _client(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def of_message(message):
    """Return the key of a socket's client, from its ``websocket.connect`` message."""
    peer = (message.content.get("client") or [""])[0]
    forwarded = b",".join(
        header[1] for header in message.content.get("headers", ()) if header[0].lower() == b"x-forwarded-for")
    return _client(peer, forwarded.decode("latin-1"))


def _client(peer, forwarded):
    """
    Each proxy appends the address of its peer to the header. Entries before those of the trusted
    proxies may be forged by the client. Behind a proxy that `CHARTROOM_TRUSTED_PROXIES` does not count, all
    clients seem to have its address: then the key is empty, which stands for an unknown address.
    """
    hops = conf.TRUSTED_PROXIES
    if hops == 0 and forwarded and is_local(peer):
        _warn(peer)
        return ""
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    return network_of(chain[-hops] if 0 < hops <= len(chain) else peer)


def is_local(peer):
    """Whether a peer is on this machine or in a private network, and so may be a proxy."""
    try:
        parsed = ip_address(force_text(peer).partition("%")[0])
    except ValueError:
        return True  # a unix socket
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return parsed.is_private or parsed.is_loopback


def _warn(peer):
    if peer not in _warned:
        logger.warning(
            "Addresses are not limited: %s sends X-Forwarded-For. If it is your proxy, set CHARTROOM_TRUSTED_PROXIES.",
            peer or "a unix socket")
    _warned.add(peer)


def network_of(address):
    """
    Return the key of an address: an IPv4 address itself, and the /64 network of an IPv6 address. Any other
    text (a unix socket's peer, a proxy's "unknown") is its own key.
    """
    text = force_text(address)[:64]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.version == 4:
        return force_text(parsed)
    return force_text(ip_network("%s/%d" % (parsed, IPV6_NETWORK), strict=False))
