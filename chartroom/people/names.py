# coding: utf-8
"""
Checks of names that guests choose: normalized, visible, and not confusable with other names.

The rules are those of Unicode Technical Standard 39, sections 3 and 4: NFKC,
no invisible characters or ones that change the text's direction, and the
*skeleton*, which is the same for two names that look alike.
"""
from __future__ import unicode_literals

import struct
import unicodedata

import six

MAX_MARKS = 3  # combining marks on one letter; more of them overlap the adjacent lines

# Invisible code points: Default_Ignorable_Code_Point of Unicode 15, listed because no version of Python has
# that property; the blank Braille pattern; noncharacters (`is_visible` checks for the last two of each plane).
IGNORABLE = (
    (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5), (0x180b, 0x180f), (0x200b, 0x200f),
    (0x202a, 0x202e), (0x2060, 0x206f), (0x2800, 0x2800), (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff),
    (0xfdd0, 0xfdef), (0xffa0, 0xffa0), (0xfff0, 0xfff8), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff),
)
# Categories of invisible and non-characters: controls, formatting, surrogates, private use, separators of lines and
# paragraphs. Not "Cn", unassigned: it may be a letter or an emoji that is newer than the running Python.
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")

# Characters that look alike in some fonts only, so that the table of Unicode does not have them.
ALSO_ALIKE = {"|": "l", "ı": "i"}


def normal(name):
    """Normalize a name (text): NFKC, single spaces, stripped."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def is_visible(name):
    """Whether each character of a name in `normal` form is visible, with at most `MAX_MARKS` marks on a letter."""
    marks = 0
    for point in code_points(name):
        if any(first <= point <= last for first, last in IGNORABLE) or point & 0xfffe == 0xfffe:
            return False
        category = category_of(point)
        if category in INVISIBLE:
            return False
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            return False
    return True


def skeletons(name):
    """
    Return the skeletons of a name, a set of one or two texts. Two names look alike if their sets intersect:
    `alice`, `аlice` with a Cyrillic а, `ALICE`, `aIice`. Two, because an upper-case I looks like l, but is an i.
    """
    text = unicodedata.normalize("NFKD", name)
    return {_skeleton(text), _skeleton(six.text_type(text).lower())}


def _skeleton(text):
    text = _prototypes(six.text_type(_prototypes(text)).lower())
    # Without accents: é and ė look alike at the size of chat text.
    return "".join(
        character for character in unicodedata.normalize("NFKD", text)
        if unicodedata.category(character) != "Mn" and not character.isspace())


def _prototypes(text):
    # Imported when a name is first checked, because the table has 900 KB.
    from confusable_homoglyphs.confusables import confusables_data
    return "".join(_prototype(character, confusables_data) for character in text)


def _prototype(character, table):
    """
    Return the one character that represents all that look like this one. In the table, a character has only
    its prototype, and the prototype has all its characters; if there are just two, each has the other.
    """
    if character in ALSO_ALIKE:
        return ALSO_ALIKE[character]
    alike = table.get(character, ())
    if len(alike) != 1:
        return character
    other = alike[0]["c"].strip("\u200e")
    if len(other) != 1:
        return other or character  # m looks like rn
    return other if len(table.get(other, ())) > 1 else min(character, other)


def code_points(text):
    """Return the code points (int); iterating a narrow Python 2.7's text yields halves of surrogate pairs."""
    data = text.encode("utf-32-le")
    return struct.unpack(str("<%dI" % (len(data) // 4)), data)


def category_of(point):
    try:
        return unicodedata.category(six.unichr(point))
    except ValueError:  # outside of a narrow Python 2.7's range: an emoji or a rare letter
        return "So"
