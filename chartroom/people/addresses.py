"""The address of a request or a socket, as the key of limits that apply per address."""
from __future__ import unicode_literals

from ipaddress import ip_address, ip_network

from django.utils.encoding import force_text

from chartroom.conf import conf

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
    proxies may be forged by the client.
    """
    hops = conf.TRUSTED_PROXIES
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    return network_of(chain[-hops] if 0 < hops <= len(chain) else peer)


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
