# coding: utf-8
"""The Redis servers of the channel layer, for `check --deploy` alone: all other commands run without a connection."""
from __future__ import unicode_literals

import redis
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from chartroom.checks.layer import is_of_transport

KEEP_ALL = "noeviction"


@register("chartroom", deploy=True)
def check_servers(app_configs, **kwargs):
    if not is_of_transport():
        return []
    try:
        servers = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER).servers()
    except (ValueError, ImproperlyConfigured):
        return []  # An error that ends every process, with a text of its own.
    except redis.RedisError as error:
        return [_unanswered("Sentinel does not answer: %s" % error)]
    return [problem for server in servers for problem in _problems(server)]


def _problems(server):
    if server.refusal:
        yield Error(
            server.problem,
            hint="Put the user name and the password of that server into its address in CHANNEL_LAYERS, with the characters "
                 "# / ? @ : % percent-encoded (docs/transport.md).",
            id="chartroom.E010",
        )
    elif server.failure:
        yield _unanswered(server.problem)
    elif server.is_too_old:
        yield Error(
            "Redis %s is too old: %s." % (server.version, server.address),
            hint="Install Redis 5.0 or later; the layer needs 2.8.",
            id="chartroom.E012",
        )
    elif server.policy not in (None, KEEP_ALL):
        yield Warning(
            "Redis discards keys when its memory is full (maxmemory-policy %s): %s. These may be messages that are not "
            "stored yet, or the groups of open sockets." % (server.policy, server.address),
            hint="Set `maxmemory-policy %s` in redis.conf, and give a cache that may lose keys a Redis of its own." % KEEP_ALL,
            id="chartroom.W013",
        )


def _unanswered(text):
    return Error(
        text,
        hint="Start it, and check the address in CHANNEL_LAYERS, the firewall, and the `bind` line of redis.conf.",
        id="chartroom.E011",
    )
