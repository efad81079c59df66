# coding: utf-8
"""The channel layer and its routing. Nothing here connects to Redis: checks run in each command."""
from __future__ import unicode_literals

import re
from fnmatch import fnmatchcase

import six
from channels import DEFAULT_CHANNEL_LAYER
from channels.routing import Router
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from chartroom.conf import conf
from chartroom.rooms.submissions import CHANNEL
from chartroom.routing import internal
from chartroom.wire import protocol

TRANSPORT = "chartroom.transport"
LAYERS = "chartroom.transport.layers"
DEFAULT_CAPACITY = 100  # entries, in asgi_redis and in `LAYERS`


@register("chartroom")
def check_layer(app_configs, **kwargs):
    """The in-memory layer can't carry messages to another process."""
    if is_in_memory() and has_separate_processes():
        return [Error(
            "The in-memory channel layer can't reach the interface server of CHARTROOM_SOCKET_ORIGIN.",
            hint="Configure a Redis layer in CHANNEL_LAYERS (in the example project: set REDIS_URL), or run everything in one "
                 "process with `manage.py runserver` and without CHARTROOM_SOCKET_ORIGIN.",
            id="chartroom.E002",
        )]
    return []


@register("chartroom", deploy=True)
def check_layer_for_deployment(app_configs, **kwargs):
    if is_in_memory() and not has_separate_processes():
        return [Warning(
            "The in-memory channel layer works within one process only: daphne, runworker and a WSGI "
            "server can't communicate through it.",
            hint="Configure a Redis layer in CHANNEL_LAYERS (in the example project: set REDIS_URL).",
            id="chartroom.W001",
        )]
    return []


@register("chartroom")
def check_routing(app_configs, **kwargs):
    """The senders of messages that no consumer receives would never get an ack."""
    try:
        routed = Router(_layer().get("ROUTING", [])).channels
    except ImproperlyConfigured:
        return []  # Its text is the first line of every worker.
    missing = sorted({channel for route in internal for channel in route.channels} - set(routed))
    if not missing:
        return []
    return [Error(
        "The channel routing has no consumer for %s: messages in rooms would not be stored, and get no answer."
        % " and ".join(missing),
        hint='Put `include("chartroom.routing.internal")` first in the routing that CHANNEL_LAYERS names.',
        id="chartroom.E007",
    )]


@register("chartroom")
def check_order_of_apps(app_configs, **kwargs):
    names = [config.name for config in apps.get_app_configs()]
    if TRANSPORT in names and "channels" in names and names.index("channels") < names.index(TRANSPORT):
        return [Error(
            "%s stands behind channels in INSTALLED_APPS: `manage.py runworker` would be the one of channels, which "
            "loses messages." % TRANSPORT,
            hint='Put "%s" before "channels" in INSTALLED_APPS: Django takes a command from the first app that has it.' % TRANSPORT,
            id="chartroom.E008",
        )]
    return []


@register("chartroom")
def check_layer_of_transport(app_configs, **kwargs):
    """The layer in memory has a check of its own, and is right for one process."""
    if not apps.is_installed(TRANSPORT) or is_in_memory():
        return []
    if not is_of_transport():
        return [Warning(
            "%s is installed, but the channel layer is %s, which loses messages silently, and which rundaphne does "
            "not support." % (TRANSPORT, _layer().get("BACKEND") or "not configured"),
            hint='In CHANNEL_LAYERS, set "BACKEND": "%s.RedisChannelLayer" (docs/transport.md), or remove %s from '
                 "INSTALLED_APPS." % (LAYERS, TRANSPORT),
            id="chartroom.W006",
        )]
    if CHANNEL not in _config().get("durable", ()):
        return [Warning(
            "The channel %s is not durable: a worker that dies takes the messages with it that it has not stored." % CHANNEL,
            hint='In CHANNEL_LAYERS, set "CONFIG": {"durable": ["%s"], …}.' % CHANNEL,
            id="chartroom.W007",
        )]
    return []


@register("chartroom", deploy=True)
def check_capacity(app_configs, **kwargs):
    if is_in_memory() or _capacity(CHANNEL) > DEFAULT_CAPACITY:
        return []
    return [Warning(
        "The channel %s holds only %d entries, which is less than a burst of messages in one room: further ones are "
        "refused, and sent again later." % (CHANNEL, _capacity(CHANNEL)),
        hint='In CHANNEL_LAYERS, set "CONFIG": {"capacity": 1000, "channel_capacity": {"%s": 10000, '
             '"daphne.response.*": 20000}, …}.' % CHANNEL,
        id="chartroom.W008",
    )]


@register("chartroom")
def check_sub_protocols(app_configs, **kwargs):
    if protocol.SUBPROTOCOL in (getattr(settings, "CHANNELS_WS_PROTOCOLS", None) or ()):
        return []
    return [Warning(
        "CHANNELS_WS_PROTOCOLS does not contain %s: browsers would close the sockets of every page." % protocol.SUBPROTOCOL,
        hint='Set CHANNELS_WS_PROTOCOLS = ["%s"], which rundaphne and runserver use. Stock daphne does not read the '
             "setting, and needs --ws-protocol %s." % (protocol.SUBPROTOCOL, protocol.SUBPROTOCOL),
        id="chartroom.W009",
    )]


def _layer():
    return getattr(settings, "CHANNEL_LAYERS", {}).get(DEFAULT_CHANNEL_LAYER, {})


def _config():
    return _layer().get("CONFIG", {})


def is_of_transport():
    """Whether it is one of `LAYERS`, or a subclass in the project."""
    try:
        backend = import_string(_layer().get("BACKEND", ""))
    except ImportError:
        return False
    return any(base.__module__ == LAYERS for base in getattr(backend, "__mro__", ()))


def _capacity(channel):
    """As asgiref's layers find it: the first pattern that matches, which may be a compiled expression."""
    for pattern, entries in (_config().get("channel_capacity") or {}).items():
        if fnmatchcase(channel, pattern) if isinstance(pattern, six.string_types) else re.match(pattern, channel):
            return entries
    return _config().get("capacity", DEFAULT_CAPACITY)


def is_in_memory():
    return "inmemory" in _layer().get("BACKEND", "")


def has_separate_processes():
    """Whether the settings imply several processes: a layer that connects them, or sockets with an origin of their own."""
    try:
        return bool(conf.SOCKET_ORIGIN) or not is_in_memory()
    except ImproperlyConfigured:
        return False
