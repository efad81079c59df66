"""Where a request or a socket comes from: the key of every limit that is not a person's."""
from __future__ import unicode_literals

from ipaddress import ip_address, ip_network

from django.utils.encoding import force_text

from chartroom.conf import conf

IPV6_NETWORK = 64  # bits: what a provider gives to one customer (RFC 6177), who may use 2 ** 64 addresses of it


def of_request(request):
    """The key of a Django request's client: see `network_of`."""
    return _client(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def of_message(message):
    """The key of a socket's client, from its ``websocket.connect`` message."""
    peer = (message.content.get("client") or [""])[0]
    forwarded = b",".join(
        header[1] for header in message.content.get("headers", ()) if header[0].lower() == b"x-forwarded-for")
    return _client(peer, forwarded.decode("latin-1"))


def _client(peer, forwarded):
    """
    Each proxy adds the address that it saw at the end of the header, and anything before those
    of our own proxies is what the client made up.
    """
    hops = conf.TRUSTED_PROXIES
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    return network_of(chain[-hops] if 0 < hops <= len(chain) else peer)


def network_of(address):
    """
    An IPv4 address as it is, and the /64 of an IPv6 one. What is no address (a unix socket's peer, a
    proxy's "unknown") is a key of its own.
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
