"""Which addresses have sockets here, and how many: bounds for strangers, before a worker hears of them."""
from __future__ import unicode_literals

import logging
from collections import Counter
from ipaddress import ip_address

from chartroom.transport.interface.pace import Buckets, network_of

logger = logging.getLogger(__name__)

LOG_EVERY = 60  # seconds between two lines about refused handshakes


class Guests(object):
    """
    ``most``: open sockets of one address, 0 for no bound; ``pace``: ``(count, seconds)`` of handshakes of one
    address, or None; ``hops``: proxies of ours at the end of X-Forwarded-For.
    """

    def __init__(self, clock, most, pace, hops, count_refused=lambda: None):
        self.clock = clock
        self.most = most
        self.hops = hops
        self.count_refused = count_refused
        self._handshakes = Buckets(pace)
        self._open = Counter()
        self._refused = 0
        self._logged_at = None
        self._has_warned = False

    def address_of(self, peer, headers):
        """
        The key of a client, or None for one that can't be told from others: a connection of a proxy on this
        machine or network that no setting trusts.
        """
        host = getattr(peer, "host", "")
        chain = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
        if 0 < self.hops <= len(chain):
            return network_of(chain[-self.hops])
        if chain and _is_local(host):
            self._warn()
            return None
        return network_of(host)

    def enter(self, address):
        """None, and the socket counts until `leave`; or the reason why it is refused."""
        if address is None:
            return None
        now = self.clock.seconds()
        if self._handshakes.delay(address, now):
            return self._refuse(address, "Too many connections within a short time")
        self._handshakes.take(address, now)
        if self.most and self._open[address] >= self.most:
            return self._refuse(address, "Too many open connections")
        self._open[address] += 1
        return None

    def leave(self, address):
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def forget_idle(self):
        self._handshakes.forget_idle(self.clock.seconds())

    def _refuse(self, address, why):
        self.count_refused()
        self._refused += 1
        now = self.clock.seconds()
        if self._logged_at is None or now - self._logged_at >= LOG_EVERY:
            logger.warning("Refused %d sockets since the last such line; this one of %s: %s.", self._refused, address, why)
            self._logged_at, self._refused = now, 0
        return why

    def _warn(self):
        if not self._has_warned:
            logger.warning(
                "Sockets come through a proxy, and no address is bounded: set TRUSTED_PROXIES in CHARTROOM_INTERFACE "
                "to the number of your proxies.")
        self._has_warned = True


def _is_local(host):
    try:
        address = ip_address("%s" % host)
    except ValueError:  # a unix socket's peer
        return True
    return address.is_loopback or address.is_private
