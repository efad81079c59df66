"""The Lua scripts in ``lua/``, by name."""
from __future__ import unicode_literals

import hashlib
import io
import os

import redis

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lua")

_loaded = {}  # {name: (source, digest)}


def source(name):
    return _read(name)[0]


def digest(name):
    """The SHA-1 digest by which Redis identifies a script that it has loaded."""
    return _read(name)[1]


def _read(name):
    if name not in _loaded:
        with io.open(os.path.join(FOLDER, name + ".lua"), encoding="utf-8") as file:
            text = file.read()
        _loaded[name] = text, hashlib.sha1(text.encode("utf-8")).hexdigest()
    return _loaded[name]


def run_many(calls, connection):
    """
    Runs ``[(registered script, keys, arguments)]``; returns the answers.

    One round trip: redis-py's own pipeline first asks whether the server has the scripts.
    """
    pipeline = connection.pipeline(transaction=False)
    for script, keys, arguments in calls:
        pipeline.evalsha(script.sha, len(keys), *(keys + arguments))
    answers = pipeline.execute(raise_on_error=False)
    for position, answer in enumerate(answers):
        if isinstance(answer, redis.exceptions.NoScriptError):
            # Redis was restarted: the call loads the script.
            script, keys, arguments = calls[position]
            answers[position] = script(keys=keys, args=arguments, client=connection)
        elif isinstance(answer, Exception):
            raise answer
    return answers
