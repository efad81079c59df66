# coding: utf-8
"""Plain text out of what a feed has: nothing of its HTML, and nothing that a database or a page can't hold."""
from __future__ import unicode_literals

import json
import re

import html5lib
from django.utils.encoding import force_text

from chartroom.wire.values import LONE_SURROGATE

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
MAX_HTML = 65536  # characters of one text that are looked at
# What is not text, though it stands between tags.
SILENT = {"script", "style", "template", "iframe", "noembed", "noframes", "title"}
# All others end a word.
WITHIN_WORDS = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
}

walk = html5lib.getTreeWalker("etree")


def one_line(value, most):
    """Any value as one clean line of at most ``most`` characters."""
    # JSON joins the halves of a character that were written as two: Python 3 keeps them apart.
    text = json.loads(json.dumps(force_text(value, errors="replace")))
    text = " ".join(CONTROLS.sub(" ", text).split())
    if len(text) > most:
        text = text[:most - 1].rstrip() + "…"
    return LONE_SURROGATE.sub("\ufffd", text)


def text_of_html(html):
    """The text that a reader of the HTML would see, with a space where an element ends a word."""
    parts, silent = [], 0
    for token in walk(html5lib.parseFragment(html[:MAX_HTML])):
        kind, name = token["type"], token.get("name")
        if name in SILENT:
            silent += {"StartTag": 1, "EndTag": -1}.get(kind, 0)
        elif name is not None and kind.endswith("Tag"):
            parts.append("" if name in WITHIN_WORDS else " ")
        elif not silent and kind in ("Characters", "SpaceCharacters"):
            parts.append(token["data"])
    return "".join(parts)
