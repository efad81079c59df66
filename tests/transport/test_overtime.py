"""A message that takes too long is interrupted: in a process of its own, for the signals are the process's."""
from __future__ import unicode_literals

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from chartroom.transport import overtime
from tests.integration.stack import ROOT


def run(body, within=20):
    """``(exit status, output)`` of a program that has an installed ``bound`` of a quarter of a second."""
    program = textwrap.dedent("""
        import newer_python  # noqa: F401
        import re, time
        from six.moves import range
        from chartroom.transport import overtime
        overtime.GRACE = 1
        bound = overtime.Bound(0.25)
        bound.install()
    """) + textwrap.dedent(body)
    started = time.time()
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=ROOT))
    output = process.communicate()[0].decode("utf-8")
    assert time.time() - started < within
    return process.returncode, output


@pytest.mark.parametrize("what", [
    "loop()", "time.sleep(60)", "re.match('(a+)+$', 'a' * 60 + 'b')", "catch_each_exception()",
], ids=["a loop", "a wait", "a regular expression", "one that catches each exception"])
def test_what_takes_too_long_is_interrupted(what):
    status, output = run("""
        def loop():
            while True:
                pass

        def catch_each_exception():
            while True:
                try:
                    time.sleep(60)
                except Exception:
                    pass

        try:
            with bound.on("work"):
                %s
        except overtime.TookTooLong as error:
            print("interrupted: %%s" %% error)
    """ % what)
    assert status == 0 and "interrupted: a message of work took longer than 0.25 s" in output


def test_what_can_not_be_interrupted_ends_the_process():
    # One call in C, which looks for no signal: it would take hours.
    status, output = run("""
        with bound.on("work"):
            sum(range(10 ** 12))
    """)
    assert status == -signal.SIGVTALRM, output
    assert sys.version_info < (3,) or "most recent call first" in output


def test_a_message_in_time_is_left_alone():
    status, output = run("""
        for _ in range(5):
            with bound.on("work"):
                time.sleep(0.1)
        time.sleep(0.4)
        print("well")
    """)
    assert status == 0 and output.strip() == "well"


def test_after_one_that_took_too_long_the_next_has_all_of_its_time():
    status, output = run("""
        for seconds in (60, 0.15, 60, 0.15):
            try:
                with bound.on("work"):
                    time.sleep(seconds)
                print("well")
            except overtime.TookTooLong:
                print("interrupted")
    """)
    assert output.split() == ["interrupted", "well"] * 2


@pytest.mark.parametrize("setting, channel, expected", [
    (0, "work", None), ({"work": 0.1, "*": 0}, "work", 0.1), ({"work": 0, "*": 9}, "work", None), ({"other": 9}, "work", None),
])
def test_a_channel_may_have_its_own_bound_or_none(setting, channel, expected, monkeypatch):
    timers = []
    monkeypatch.setattr("signal.setitimer", lambda which, seconds: timers.append(seconds))
    monkeypatch.setattr("signal.signal", lambda *args: None)
    monkeypatch.setattr(overtime, "faulthandler", None)
    bound = overtime.Bound(setting)
    bound.install()
    with bound.on(channel):
        pass
    assert (timers[0] if timers else None) == expected


class TestTheSetting:

    def test_is_half_a_minute_by_default(self):
        assert overtime.read() == {"*": 30}

    @pytest.mark.parametrize("value", [
        30, {"SECONDS": 1}, {"MAX_SECONDS": -1}, {"MAX_SECONDS": "30"}, {"MAX_SECONDS": True}, {"MAX_SECONDS": None},
        {"MAX_SECONDS": {"work": "1"}}, {"MAX_SECONDS": {1: 1}}, {"MAX_SECONDS": float("nan")}, {"MAX_SECONDS": 10 ** 9},
    ])
    def test_that_makes_no_sense_is_an_error_with_its_name(self, settings, value):
        settings.CHARTROOM_WORKER = value
        with pytest.raises(ImproperlyConfigured) as refused:
            overtime.read()
        assert "CHARTROOM_WORKER" in "%s" % refused.value
