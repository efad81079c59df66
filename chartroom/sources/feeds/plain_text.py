# coding: utf-8
"""Plain text from feed values: no HTML, and no characters that a database or a page can't hold."""
from __future__ import unicode_literals

import json
import re

import html5lib
from django.utils.encoding import force_text

from chartroom.wire.values import LONE_SURROGATE

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
# They change the order of the characters around them (Unicode TR9): a title could look like another text.
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_HTML = 65536  # characters parsed of one value
# Elements whose content is not displayed as text.
HIDDEN = {"script", "style", "template", "iframe", "noembed", "noframes", "title"}
# Inline elements; any other element separates words.
WITHIN_WORDS = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
}

walk = html5lib.getTreeWalker("etree")


def one_line(value, most):
    """Any value as one line of at most ``most`` characters, without control characters, those for the direction included."""
    # A round trip through JSON joins surrogate pairs, which Python 3 keeps as two characters.
    text = json.loads(json.dumps(force_text(value, errors="replace")))
    text = " ".join(CONTROLS.sub(" ", DIRECTIONS.sub("", text)).split())
    if len(text) > most:
        text = text[:most - 1].rstrip() + "…"
    return LONE_SURROGATE.sub("\ufffd", text)


def text_of_html(html):
    """The text that a browser would display, with a space where an element separates words."""
    parts, hidden = [], 0
    for token in walk(html5lib.parseFragment(html[:MAX_HTML])):
        kind, name = token["type"], token.get("name")
        if name in HIDDEN:
            hidden += {"StartTag": 1, "EndTag": -1}.get(kind, 0)
        elif name is not None and kind.endswith("Tag"):
            parts.append("" if name in WITHIN_WORDS else " ")
        elif not hidden and kind in ("Characters", "SpaceCharacters"):
            parts.append(token["data"])
    return "".join(parts)
