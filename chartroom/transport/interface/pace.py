"""How fast something may go: token buckets, one for each key."""
from __future__ import unicode_literals

from ipaddress import ip_address, ip_network

import six

IPV6_NETWORK = 64  # bits: what one customer of a provider is given (RFC 6177)


class Bucket(object):
    """``rate`` tokens a second, and at most ``most`` of them kept."""

    __slots__ = ("rate", "most", "_tokens", "_at")

    def __init__(self, rate, most, now):
        self.rate = rate
        self.most = most
        self._tokens = float(most)
        self._at = now

    def take(self, now):
        """Takes a token, if need be one that is still to come."""
        self._refill(now)
        self._tokens = max(-1.0, self._tokens - 1)

    def delay(self, now):
        """Seconds until there is a token: 0.0 when there is one."""
        self._refill(now)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self.rate

    def is_full(self, now):
        self._refill(now)
        return self._tokens >= self.most

    def _refill(self, now):
        self._tokens = min(self.most, self._tokens + (now - self._at) * self.rate)
        self._at = now


class Buckets(object):
    """A `Bucket` for each key that has been used lately. ``pace``: ``(count, seconds)``, or None for no bound."""

    def __init__(self, pace):
        self._pace = pace
        self._buckets = {}

    def take(self, key, now):
        if self._pace is not None:
            self._bucket(key, now).take(now)

    def delay(self, key, now):
        if self._pace is None or key not in self._buckets:
            return 0.0
        return self._buckets[key].delay(now)

    def _bucket(self, key, now):
        if key not in self._buckets:
            count, seconds = self._pace
            self._buckets[key] = Bucket(float(count) / seconds, count, now)
        return self._buckets[key]

    def forget_idle(self, now):
        """A full bucket says no more than none."""
        for key in [key for key, bucket in self._buckets.items() if bucket.is_full(now)]:
            del self._buckets[key]


def network_of(host):
    """
    The key of a client's address (text): an IPv4 address itself, and the /64 of an IPv6 one, of which a
    single client has 2 ** 64. What is no address (a unix socket's peer) is a key of its own.
    """
    try:
        address = ip_address(six.text_type(host).partition("%")[0])
    except ValueError:
        return six.text_type(host)
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.version == 4:
        return six.text_type(address)
    return six.text_type(ip_network("%s/%d" % (address, IPV6_NETWORK), strict=False))
