"""The JavaScript copy of the protocol's names, and the command that writes it."""
from __future__ import unicode_literals

import io

import pytest
from django.core.management import CommandError, call_command

from chartroom.management.commands import protocoljs
from chartroom.wire import limits


def test_the_committed_file_is_up_to_date():
    call_command("protocoljs", check=True)


@pytest.fixture
def elsewhere(tmpdir, monkeypatch):
    target = tmpdir.join("protocol.js")
    monkeypatch.setattr(protocoljs, "TARGET", str(target))
    return target


def test_check_fails_for_a_missing_file_and_writes_nothing(elsewhere):
    with pytest.raises(CommandError):
        call_command("protocoljs", check=True)
    assert not elsewhere.exists()


def test_check_fails_when_a_name_changes(elsewhere, monkeypatch):
    call_command("protocoljs")
    call_command("protocoljs", check=True)
    monkeypatch.setattr(limits, "MAX_TEXT", 17)
    with pytest.raises(CommandError):
        call_command("protocoljs", check=True)
    call_command("protocoljs")
    call_command("protocoljs", check=True)


def test_the_values_are_javascript_literals(elsewhere):
    call_command("protocoljs")
    with io.open(str(elsewhere), encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert 'export const WELCOME = "welcome";' in lines
    assert 'export const RATE_LIMITED = "rate_limited";' in lines
    assert "export const CLOSE_RESTART = 1012;" in lines
    assert "export const MAX_MESSAGES = 50;" in lines
