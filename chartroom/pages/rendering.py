"""Renders a page with its Content Security Policy and the JSON configuration for its script."""
from __future__ import unicode_literals

import json

from django.core.urlresolvers import get_script_prefix
from django.shortcuts import render
from django.utils.safestring import mark_safe

from chartroom.models import sender_tag
from chartroom.pages.policy import set_policy, socket_origins


def render_page(request, template, context, config, socket_sources=""):
    """Render a template with ``context``, and with ``config`` (a dict of JSON values) for the page's script."""
    return set_policy(render(request, template, dict(context, config=script_json(config))), socket_sources)


def render_socket_page(request, template, context, config):
    """Like `render_page`, for a page whose script connects to the interface server."""
    origin, sources = socket_origins(request)
    # At the pages' own address, sockets are below the same prefix; an interface server with its own address has none.
    prefix = "" if origin else get_script_prefix().rstrip("/")
    config = dict(config, socketOrigin=origin, socketPath=prefix + config["socketPath"])
    return render_page(request, template, context, config, sources)


def room_config(namespace, name, identity, strings):
    """Return the ``config`` of a page that shows a room."""
    path = "%s/%s" % (namespace, name)
    return {
        "namespace": namespace, "room": name, "socketPath": "/%s/" % path, "storageKey": path,
        "author": identity.author, "sender": sender_tag(identity.sender), "strings": strings,
    }


def script_json(value):
    """Encode JSON for a ``<script type="application/json">``, and escape the characters that could end the element."""
    text = json.dumps(value)
    for character in "<>&":
        text = text.replace(character, "\\u%04x" % ord(character))
    return mark_safe(text)
