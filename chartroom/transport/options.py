# coding: utf-8
"""
The options of a channel layer: their defaults, units and checks.

A project sets them in ``CHANNEL_LAYERS[…]["CONFIG"]``; ``docs/transport.md`` has the same table.
"""
from __future__ import unicode_literals

import re

import six

from chartroom.transport import addresses

DEFAULTS = {
    # asgi_redis's options, with its meaning and its defaults. `RedisSentinelChannelLayer` has two more,
    # ``services`` and ``sentinel_refresh_interval``.
    "hosts": None,              # addresses of the Redis servers; None: redis://localhost:6379
    "prefix": "asgi:",          # of each key
    "stats_prefix": "asgi-meta:",  # of each statistic's key
    "expiry": 60,               # seconds that a message waits in a channel that is not durable
    "group_expiry": 86400,      # seconds that a member stays in a group without renewal
    "capacity": 100,            # entries that wait in a channel; then it is full
    "channel_capacity": None,   # {pattern of channel names: entries}, before ``capacity``
    "symmetric_encryption_keys": None,  # a list: the first encrypts, each may decrypt
    "connection_kwargs": None,  # of redis-py's connections

    # chartroom's options
    "durable": (),              # channels whose messages do not expire and survive their worker
    "recover_after": 10,        # seconds until another worker has the messages of a dead worker
    "max_tries": 5,             # failed tries after which a message of a durable channel is a dead letter
}

# Fixed, because all processes that share a Redis must agree on them.
HEARTBEAT_INTERVAL = 5   # seconds between two heartbeats of an interface process
HEARTBEAT_LIFETIME = 30  # seconds without a heartbeat after which an interface process counts as dead
CLEANUP_INTERVAL = 10    # seconds between two searches of a process for dead interface processes

CHANNEL = re.compile(r"^[a-zA-Z0-9_.-]{1,99}\Z")


def with_defaults(given):
    """A dict of all options. Raises ``ValueError``, with the option's name, for a value that can't work."""
    values = dict(DEFAULTS, **given)
    for name in ("expiry", "group_expiry", "capacity", "recover_after", "max_tries"):
        if not _is_positive(values[name]):
            raise ValueError("%s=%r: must be an integer of 1 or more." % (name, values[name]))
    for pattern, value in (values["channel_capacity"] or {}).items():
        if not _is_positive(value):
            raise ValueError("channel_capacity[%r]=%r: must be an integer of 1 or more." % (pattern, value))
    _check_hosts(values["hosts"])
    _check_keys(values["symmetric_encryption_keys"])
    _check_durable(values["durable"])
    return values


def _is_positive(value):
    return isinstance(value, six.integer_types) and not isinstance(value, bool) and value >= 1


def _check_hosts(hosts):
    if isinstance(hosts, six.string_types):
        raise ValueError("hosts=%r: must be a list of addresses." % hosts)
    for number, host in enumerate(hosts or (), 1):
        if isinstance(host, six.string_types):
            try:
                addresses.parse(host)
            except ValueError as error:
                # Without the address itself, which may have a password.
                raise ValueError("hosts: address %d can't be used: %s." % (number, error))


def _check_keys(keys):
    if keys is not None and (isinstance(keys, six.string_types) or not list(keys) or not all(keys)):
        raise ValueError("symmetric_encryption_keys: must be a list of one key or more.")


def _check_durable(durable):
    if isinstance(durable, six.string_types):
        raise ValueError("durable=%r: must be a list of channels." % durable)
    for channel in durable:
        if not isinstance(channel, six.string_types) or not CHANNEL.match(channel):
            raise ValueError("durable: %r is not the name of a channel that every worker can receive from." % (channel,))
