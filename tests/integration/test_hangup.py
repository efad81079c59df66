"""The commands that run until a signal are not ended by SIGHUP."""
from __future__ import unicode_literals

import signal
import time

import pytest

from tests.integration.stack import wait_until

pytestmark = pytest.mark.processes

COMMANDS = {
    # What each logs when it has started.
    "runtimers": (["manage.py", "runtimers"], "Publishing timers"),
    "runfeed": (["manage.py", "runfeed", "http://127.0.0.1:1/", "--room", "news", "--every", "1"], "Following"),
    "runtail": (["manage.py", "runtail"], "Active"),
}


def test_they_go_on_and_end_with_sigterm(stack, tmpdir):
    tmpdir.join("file").write("a line\n")
    running = stack(server=False, socket_workers=0, pipeline_workers=0, TAIL_FILES="1=%s" % tmpdir.join("file"))
    for name, (command, started) in sorted(COMMANDS.items()):
        running.commands[name] = command
        running.start_process(name)
    for name, (command, started) in sorted(COMMANDS.items()):
        wait_until(lambda: started in running.log(name), 20, name)
        running.processes[name].send_signal(signal.SIGHUP)
        wait_until(lambda: "SIGHUP received" in running.log(name), what=name)
    time.sleep(0.5)
    assert [name for name in COMMANDS if not running.is_alive(name)] == []
    for name in COMMANDS:
        running.processes[name].send_signal(signal.SIGTERM)
        wait_until(lambda: not running.is_alive(name), what="the end of " + name)
        assert running.processes[name].returncode == 0
