from __future__ import unicode_literals

import sys

from chartroom.transport.interface.access_log import AccessLog


class Generator(object):
    """daphne's has only a stream."""

    def __init__(self, stream):
        self.stream = stream


def opened(tmpdir):
    return Generator(open(str(tmpdir.join("access")), "a", 1))


def test_a_renamed_file_gets_nothing_more(tmpdir):
    generator = opened(tmpdir)
    log, old = AccessLog(generator), generator.stream
    generator.stream.write(str("before\n"))
    tmpdir.join("access").rename(tmpdir.join("access.1"))
    log.reopen()
    generator.stream.write(str("after\n"))
    assert (tmpdir.join("access.1").read(), tmpdir.join("access").read()) == ("before\n", "after\n")
    assert old.closed


def test_the_working_directory_may_change(tmpdir, monkeypatch):
    monkeypatch.chdir(tmpdir)
    generator = Generator(open("access", "a", 1))
    log = AccessLog(generator)
    monkeypatch.chdir(tmpdir.mkdir("other"))
    log.reopen()
    assert generator.stream.name == str(tmpdir.join("access"))


def test_a_file_that_cannot_be_opened_is_kept(tmpdir):
    generator = Generator(open(str(tmpdir.mkdir("logs").join("access")), "a", 1))
    log, old = AccessLog(generator), generator.stream
    tmpdir.join("logs").rename(tmpdir.join("elsewhere"))
    log.reopen()
    assert generator.stream is old and not old.closed


def test_standard_output_and_no_log_are_left_alone():
    generator = Generator(sys.stdout)
    AccessLog(generator).reopen()
    assert generator.stream is sys.stdout
    AccessLog(None).reopen()
