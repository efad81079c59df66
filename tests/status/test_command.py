"""``chartroomstatus`` with a report that the test makes."""
from __future__ import unicode_literals

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.six import StringIO

from tests.status.reports import good


@pytest.fixture
def shown(monkeypatch):
    """``shown(report, options)``: the exit status and what is written."""
    def run(report, *options):
        monkeypatch.setattr("chartroom.status.report.read", lambda: report)
        out = StringIO()
        with pytest.raises(SystemExit) as raised:
            call_command("chartroomstatus", *options, stdout=out)
        return raised.value.code, out.getvalue()
    return run


def with_queue(**values):
    report = good()
    report["channels"][1].update(values)
    return report


def test_all_is_well(shown):
    status, text = shown(good())
    assert status == 0 and text.startswith("OK\n") and "127.0.0.1:6379/0" in text


@pytest.mark.parametrize("report, options, expected", [
    (with_queue(dead_letters=1), (), 1),
    (with_queue(age=11, depth=1), (), 2),
    (with_queue(age=11, depth=1), ("--queue-age=12",), 0),
    (with_queue(depth=500), (), 0),
    (with_queue(depth=500), ("--queue-depth=50%",), 1),
    (with_queue(depth=500), ("--queue-depth=500",), 1),
    (with_queue(depth=500), ("--queue-depth=501",), 0),
])
def test_the_exit_status(shown, report, options, expected):
    assert shown(report, *options)[0] == expected


def test_json(shown):
    status, text = shown(with_queue(dead_letters=1), "--json")
    found = json.loads(text)
    assert status == 1 and found["status"] == "warning"
    assert found["problems"] == [{
        "level": "warning", "code": "dead_letters", "detail": "websocket.connect has 1 dead letters: see manage.py deadletters"}]
    assert found["processes"][0]["sockets"] == 17


def test_a_limit_that_is_neither_a_number_nor_a_percentage(shown):
    with pytest.raises(CommandError) as raised:
        call_command("chartroomstatus", "--queue-depth=much")
    assert "80%" in "%s" % raised.value


def test_a_layer_without_a_status_is_critical(layer):
    errors = StringIO()
    with pytest.raises(SystemExit) as raised:
        call_command("chartroomstatus", stderr=errors)
    assert raised.value.code == 2 and "CHANNEL_LAYERS" in errors.getvalue()
