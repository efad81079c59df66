"""What a layer's options may be; said at the start, with the option's name."""
from __future__ import unicode_literals

import re

import six

HOST = re.compile(r"^(redis|rediss|unix)://")
CHANNEL = re.compile(r"^[a-zA-Z0-9_.-]{1,99}\Z")


def check(durable, recover_after, max_tries, **stock):
    """Raises ``ValueError`` for the first option that makes no sense."""
    for name, value in (
        ("expiry", stock.get("expiry", 60)), ("group_expiry", stock.get("group_expiry", 86400)),
        ("capacity", stock.get("capacity", 100)), ("recover_after", recover_after), ("max_tries", max_tries),
    ):
        if isinstance(value, bool) or not isinstance(value, six.integer_types) or value < 1:
            raise ValueError("%s=%r: a whole number from 1 is required." % (name, value))
    for pattern, value in (stock.get("channel_capacity") or {}).items():
        if isinstance(value, bool) or not isinstance(value, six.integer_types) or value < 1:
            raise ValueError("channel_capacity[%r]=%r: a whole number from 1 is required." % (pattern, value))

    hosts = stock.get("hosts")
    if isinstance(hosts, six.string_types):
        raise ValueError("hosts=%r: a list of addresses is required." % hosts)
    for host in hosts or ():
        if isinstance(host, six.string_types) and not HOST.match(host):
            raise ValueError("hosts: %r is no address such as redis://127.0.0.1:6379/0, nor a pair of name and port." % host)

    keys = stock.get("symmetric_encryption_keys")
    if keys is not None and (isinstance(keys, six.string_types) or not list(keys) or not all(keys)):
        raise ValueError("symmetric_encryption_keys: a list of one key or more is required.")

    if isinstance(durable, six.string_types):
        raise ValueError("durable=%r: a list of channels is required." % durable)
    for channel in durable:
        if not isinstance(channel, six.string_types) or not CHANNEL.match(channel):
            raise ValueError("durable: %r is no name of a channel that every worker may take from." % (channel,))
