# coding: utf-8
from __future__ import unicode_literals

import io
import logging
import logging.handlers
import os
import signal

import pytest

from chartroom.transport import hangup
from tests.integration.stack import wait_until
from tests.transport.processes import end


def text_of(path):
    with io.open(str(path), encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def log(tmpdir):
    """``log(handler)``: a logger with this handler, until the end of the test."""
    logger = logging.getLogger("tests.hangup")
    logger.propagate = False

    def use(handler):
        logger.addHandler(handler)
        return logger
    yield use
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


class TestReopening:

    def test_a_renamed_file_gets_nothing_more(self, log, tmpdir):
        path, renamed = tmpdir.join("log"), tmpdir.join("log.1")
        logger = log(logging.FileHandler(str(path)))
        logger.error("before")
        path.rename(renamed)
        hangup.reopen_log_files()
        logger.error("after")
        assert (text_of(renamed), text_of(path)) == ("before\n", "after\n")

    def test_a_file_that_was_not_renamed_keeps_its_lines(self, log, tmpdir):
        path = tmpdir.join("log")
        logger = log(logging.FileHandler(str(path), mode="w"))
        logger.error("before")
        hangup.reopen_log_files()
        logger.error("after")
        assert text_of(path) == "before\nafter\n"

    def test_the_old_file_is_closed(self, log, tmpdir):
        handler = logging.FileHandler(str(tmpdir.join("log")))
        log(handler)
        old = handler.stream
        hangup.reopen_log_files()
        assert old.closed and not handler.stream.closed

    def test_a_file_that_cannot_be_opened_is_kept(self, log, tmpdir):
        folder = tmpdir.mkdir("logs")
        logger = log(logging.FileHandler(str(folder.join("log"))))
        folder.rename(tmpdir.join("elsewhere"))
        hangup.reopen_log_files()
        logger.error("after")
        assert text_of(tmpdir.join("elsewhere", "log")) == "after\n"

    def test_a_file_that_is_not_open_yet_stays_so(self, log, tmpdir):
        log(logging.FileHandler(str(tmpdir.join("log")), delay=True))
        hangup.reopen_log_files()
        assert not tmpdir.join("log").exists()

    def test_which_handlers_write_to_a_file(self, log, tmpdir):
        plain = logging.FileHandler(str(tmpdir.join("plain")))
        rotating = logging.handlers.RotatingFileHandler(str(tmpdir.join("rotating")))
        behind = logging.FileHandler(str(tmpdir.join("behind")))
        for handler in (
            plain, rotating, logging.handlers.MemoryHandler(10, target=behind), logging.StreamHandler(),
            logging.handlers.WatchedFileHandler(str(tmpdir.join("watched"))),
        ):
            log(handler)
        found = [handler for handler in hangup.file_handlers() if handler.baseFilename.startswith(str(tmpdir))]
        assert sorted(found, key=id) == sorted([plain, rotating, behind], key=id)
        behind.close()


def test_each_signal_calls_the_functions_again():
    before = signal.getsignal(signal.SIGHUP)
    calls = []

    def fail():
        raise ValueError("as requested")
    try:
        hangup.install(also=[fail, lambda: calls.append(1)])
        for count in (1, 2):
            os.kill(os.getpid(), signal.SIGHUP)
            wait_until(lambda: len(calls) == count)
    finally:
        signal.signal(signal.SIGHUP, before)


def rotate(process, *paths):
    """As logrotate does it: rename the files, then send the signal."""
    for path in paths:
        os.rename(path, path + ".1")
    process.send_signal(signal.SIGHUP)


@pytest.mark.processes
class TestProcesses:

    def test_the_interface_server_opens_its_access_log_and_its_log_files_again(self, running, tmpdir):
        access, log = str(tmpdir.join("access")), str(tmpdir.join("log"))
        running.start()
        server = running.start_server("-p", "%d" % running.port, "--access-log", access, LOG_FILE=log)
        client = running.connect("/before/")
        assert client.recv() == "welcome"
        rotate(server, access, log)
        wait_until(lambda: os.path.exists(access) and os.path.exists(log))
        # Its sockets stay open.
        client.send("hello")
        assert client.recv() == "echo hello"
        running.connect("/after/")
        wait_until(lambda: "WSCONNECT /after/" in text_of(access))
        assert "/after/" not in text_of(access + ".1") and "WSCONNECT /before/" in text_of(access + ".1")
        assert "SIGHUP received" in text_of(log) and "SIGHUP" not in text_of(log + ".1")
        assert end(server) == 0

    def test_a_worker_finishes_its_message_and_goes_on(self, running, tmpdir):
        log = str(tmpdir.join("log"))
        worker = running.start(LOG_FILE=log)
        running.layer.send("work", {"n": 1, "sleep": 1})
        running.until("begin 1")
        rotate(worker, log)
        wait_until(lambda: os.path.exists(log))
        running.until("end 1")
        running.layer.send("work", {"n": 2})
        running.until("end 2")
        assert running.notes.count("begin 1") == 1 and "Redis does not answer" not in running.log(worker)
        assert end(worker) == 0

    def test_ten_signals_in_a_row(self, running, tmpdir):
        log = str(tmpdir.join("log"))
        worker = running.start(LOG_FILE=log)
        for number in range(10):
            running.layer.send("work", {"n": number})
            worker.send_signal(signal.SIGHUP)
        wait_until(lambda: sorted(running.ended()) == list(range(10)))
        assert "Redis does not answer" not in running.log(worker)
        assert end(worker) == 0
