"""
The patches, each with the CVE that it answers, if there is one. Each is small, and acts as the published fix does; none is
applied to a Django that has the fix.
"""
from __future__ import unicode_literals

import logging
from collections import namedtuple

import django

AFFECTED = ((1, 8), (1, 9), (1, 10))

Patch = namedtuple("Patch", "cve title function")
PATCHES = []

_applied = []


def patch(cve, title):
    def register(function):
        PATCHES.append(Patch(cve, title, function))
        return function
    return register


def apply():
    """Applies each patch once. Does nothing under a Django that is not one of `AFFECTED`."""
    if _applied or django.VERSION[:2] not in AFFECTED:
        return
    for entry in PATCHES:
        entry.function()
        _applied.append(entry.cve)


@patch("CVE-2022-23833", "An upload in base64 that ends early keeps a process busy for ever")
def end_a_base64_part_that_ends_early():
    """
    The parser asks for the rest of a group of four characters until it has it, and at the end of
    its stream is given nothing, again and again.
    """
    from django.http import multipartparser
    read = multipartparser.LazyStream.read

    def bounded_read(self, size=None):
        data = read(self, size)
        if size and not data:
            # One empty answer is the end of a stream; whoever asks again has not understood it.
            self.empty_reads = getattr(self, "empty_reads", 0) + 1
            if self.empty_reads > 1:
                raise multipartparser.MultiPartParserError("A part in base64 ends within a group of four characters.")
        return data
    multipartparser.LazyStream.read = bounded_read


@patch("CVE-2023-24580", "Any number of parts of a form is parsed")
def bound_the_parts_of_a_form():
    """
    Settings: DATA_UPLOAD_MAX_NUMBER_FILES, 100 by default, as in the Django that has it; and
    DATA_UPLOAD_MAX_NUMBER_FIELDS, which Django has from 1.10 on, 1000 by default.
    """
    from django.conf import settings
    from django.core.exceptions import SuspiciousOperation
    from django.http import multipartparser
    each_part = multipartparser.Parser.__iter__

    def bounded_iter(self):
        most = {
            multipartparser.FILE: ("DATA_UPLOAD_MAX_NUMBER_FILES", getattr(settings, "DATA_UPLOAD_MAX_NUMBER_FILES", 100)),
            multipartparser.FIELD: ("DATA_UPLOAD_MAX_NUMBER_FIELDS", getattr(settings, "DATA_UPLOAD_MAX_NUMBER_FIELDS", 1000)),
        }
        counts = dict.fromkeys(most, 0)
        for part in each_part(self):
            kind = part[0]
            if kind in most:
                counts[kind] += 1
                name, bound = most[kind]
                if bound is not None and counts[kind] > bound:
                    raise SuspiciousOperation("The form has more parts than settings.%s allows." % name)
            yield part
    multipartparser.Parser.__iter__ = bounded_iter


@patch("no CVE", "A form whose Content-Type is not ASCII is answered with 500 and logged with a traceback")
def refuse_a_content_type_that_is_not_ascii():
    """With 400, as later versions of Django do."""
    from django.http import multipartparser
    init = multipartparser.MultiPartParser.__init__

    def checked_init(self, META, *args, **kwargs):
        try:
            init(self, META, *args, **kwargs)
        except UnicodeError:
            raise multipartparser.MultiPartParserError("The Content-Type is not ASCII.")
    multipartparser.MultiPartParser.__init__ = checked_init


# C0, DEL and C1, and the separators of lines and paragraphs: what a terminal or a reader of lines acts on.
CONTROLS = frozenset(range(0x20)) | frozenset(range(0x7f, 0xa0)) | frozenset([0x2028, 0x2029])


class OneLine(logging.Filter):
    """Shows control characters in a record's arguments as escapes, so that none of them begins a line of its own."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(escaped(value) for value in record.args)
        return True


def escaped(value):
    if not isinstance(value, type("")):
        return value
    return "".join(
        character.encode("unicode_escape").decode("ascii") if ord(character) in CONTROLS else character for character in value)


@patch("CVE-2025-48432", "An address with a line break writes lines of its own into the log")
def keep_a_request_on_its_line():
    for name in ("django.request", "django.security"):
        logging.getLogger(name).addFilter(OneLine())
