# coding: utf-8
"""Consumers that do on command what goes wrong in the wild, and write down what they have handled."""
from __future__ import unicode_literals

import os
import time

from channels import Channel
from channels.exceptions import ConsumeLater, WebsocketCloseException
from channels.routing import route


def note(word):
    with open(os.environ["NOTES"], "ab") as notes:
        notes.write(("%s\n" % word).encode("ascii"))


def work(message):
    """``{"n": …}``, and what happens: ``sleep`` seconds, ``fail``, put off ``later``, ``exit``, ``flood`` a channel that is full, ``close``."""
    note("begin %s" % message["n"])
    time.sleep(message.get("sleep", 0))
    if message.get("fail"):
        raise ValueError("as told")
    if message.get("later"):
        raise ConsumeLater()
    if message.get("exit"):
        raise SystemExit(1)
    if message.get("flood"):
        Channel(message["flood"]).send({"text": "one too many"})
    if message.get("close"):
        raise WebsocketCloseException(4001)
    note("end %s" % message["n"])


routing = [route("work", work), route("light", work)]
