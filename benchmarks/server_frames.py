"""Server frames of either stack: text in, values out."""
from __future__ import unicode_literals

import json


def parse(payload):
    """Returns ``(kind, value)`` of a server's text frame; the naive consumer's messages have no type."""
    frame = json.loads(payload.decode("utf-8"))
    kind = frame.get("type")
    if kind is None:
        return "messages", [(number_of(frame["text"]), frame["id"])]
    if kind == "messages":
        return kind, [(number_of(message["text"]), message["seq"]) for message in frame["messages"]]
    if kind == "ack":
        return "acks", [number_of(ack["id"]) for ack in frame["acks"]]
    if kind == "error":
        return kind, frame["code"]
    return kind, None


def number_of(text):
    """The number of a message, which is the last word of its text and of its id."""
    return int(text.rsplit(" ", 1)[-1])
