# coding: utf-8
"""Checks the figures and names in ``docs/tail.md`` against the code."""
from __future__ import unicode_literals

import io
import os
import re

import chartroom
from chartroom.sources.tail import consumers, follower, frames, lease, lines, log_file

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(chartroom.__file__)))


def text_of(*path):
    with io.open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


DOCS = re.sub(r"\s+", " ", text_of("docs", "tail.md"))


def test_each_frame_and_code_is_documented():
    for name in (
        frames.START, frames.PING, frames.WELCOME, frames.PONG, frames.OPENED, frames.LINES, frames.SKIPPED, frames.NOTE,
        frames.READING, frames.RESTARTED,
    ):
        assert "| `%s` |" % name in DOCS, name
    for code in (
        frames.FOUND, frames.ROTATED, frames.TRUNCATED, log_file.MISSING, log_file.NOT_A_FILE, log_file.UNREADABLE,
        follower.OPEN,
    ):
        assert "`%s`" % code in DOCS, code


def test_the_figures_are_those_of_the_code():
    for figure in (
        "the last %d lines" % follower.LAST_LINES, "%d KiB a turn" % (follower.MAX_TURN // 1024),
        "%d MiB behind" % (follower.MAX_BEHIND // 1024 ** 2), "%d MiB to catch up" % (follower.MAX_RESUMED // 1024 ** 2),
        "for %d seconds; then the new one" % follower.ROTATION_GRACE, "in the cache for %d seconds" % lease.SECONDS,
        "longer than %d KiB" % (lines.MAX_LINE // 1024), "first %d bytes" % log_file.HEAD,
        "{:,} characters and {} in {} seconds".format(frames.MAX_FRAME, *consumers.RATE),
    ):
        assert figure in DOCS, figure


def test_the_page_handles_each_frame_and_code():
    stream = text_of("chartroom", "static", "chartroom", "tail", "tail_stream.js")
    for name in (frames.WELCOME, frames.OPENED, frames.LINES, frames.SKIPPED, frames.NOTE, frames.READING, frames.RESTARTED):
        assert re.search(r"^  %s[(:]" % name, stream, re.MULTILINE), name
    log = text_of("chartroom", "static", "chartroom", "tail", "tail_log.js")
    kept = int(re.search(r"MOST_LINES = (\d+);", log).group(1))
    assert "last {:,} lines".format(kept) in DOCS
