# coding: utf-8
"""
Names that people choose: in one form, visible, and not to be taken for somebody else's.

The rules are those of Unicode Technical Standard 39, sections 3 and 4: NFKC,
no character that shows nothing or changes the direction of others, and
*skeleton*, which is the same for two names that look alike.
"""
from __future__ import unicode_literals

import struct
import unicodedata

import six

MOST_MARKS = 3  # combining marks on one letter: more of them run over the lines around

# Code points that show nothing: Default_Ignorable_Code_Point of Unicode 15, spelled out because no version
# of Python has that property; the blank of Braille; noncharacters (and the last two of each plane, below).
IGNORABLE = (
    (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5), (0x180b, 0x180f), (0x200b, 0x200f),
    (0x202a, 0x202e), (0x2060, 0x206f), (0x2800, 0x2800), (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff),
    (0xfdd0, 0xfdef), (0xffa0, 0xffa0), (0xfff0, 0xfff8), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff),
)
# Categories of what shows nothing or is no character: controls, formatting, surrogates, private use, separators of
# lines and paragraphs. Not "Cn": what this Python does not know may be a letter or an emoji that is newer than it.
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")

# Of one look that the table of Unicode keeps apart, because they differ in some fonts.
ALSO_ALIKE = {"|": "l", "ı": "i"}


def normal(name):
    """The name (text) in its one form: NFKC, single spaces, nothing around it."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def is_visible(name):
    """Whether each character of a `normal` name shows itself, and letters carry few marks."""
    marks = 0
    for point in code_points(name):
        if any(first <= point <= last for first, last in IGNORABLE) or point & 0xfffe == 0xfffe:
            return False
        category = category_of(point)
        if category in UNSEEN:
            return False
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MOST_MARKS:
            return False
    return True


def skeletons(name):
    """
    A set of one or two texts. Two names look alike where their sets have one in common: `alice`,
    `аlice` with a Cyrillic а, `ALICE`, `aIice`. Two, because an upper-case I looks like l, and is an i.
    """
    text = unicodedata.normalize("NFKD", name)
    return {_skeleton(text), _skeleton(six.text_type(text).lower())}


def _skeleton(text):
    text = _prototypes(six.text_type(_prototypes(text)).lower())
    # Without accents: at the size of a line of chat é and ė are one letter.
    return "".join(
        character for character in unicodedata.normalize("NFKD", text)
        if unicodedata.category(character) != "Mn" and not character.isspace())


def _prototypes(text):
    # The table has 900 KB: it is read by the process that is given a name, when it is.
    from confusable_homoglyphs.confusables import confusables_data
    return "".join(_prototype(character, confusables_data) for character in text)


def _prototype(character, table):
    """
    What stands for all that look like a character. The table has for each of them its
    prototype alone, and for the prototype all of them; where those are but two, each has the other.
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
    """Whole numbers; iterating gives halves of surrogate pairs on a narrow Python 2.7."""
    data = text.encode("utf-32-le")
    return struct.unpack(str("<%dI" % (len(data) // 4)), data)


def category_of(point):
    try:
        return unicodedata.category(six.unichr(point))
    except ValueError:  # beyond the characters of a narrow Python 2.7: an emoji, a rare letter
        return "So"
