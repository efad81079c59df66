"""The parts of ``doctor`` that need no other process; `tests.integration.test_doctor` has those."""
from __future__ import unicode_literals

import time

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils.six import StringIO

from chartroom.management import diagnosis

pytestmark = pytest.mark.django_db


def levels(part):
    return [level for level, text in part()]


@pytest.mark.parametrize("seconds, level, text", [
    (0, "ok", "differs by 0 ms"), (1.5, "ok", "differs by 1500 ms"), (-1.5, "ok", "differs by 1500 ms"),
    (3, "problem", "is 3.0 s ahead of this process's"), (-90, "problem", "is 90.0 s behind this process's"),
])
def test_clocks_may_differ_by_two_seconds(monkeypatch, seconds, level, text):
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    found = diagnosis._clock("the database", lambda: 1000.0 + seconds)
    assert found[0] == level and text in found[1]


def test_the_time_of_the_question_is_no_difference(monkeypatch):
    times = iter([1000.0, 1010.0])
    monkeypatch.setattr(time, "time", lambda: next(times))
    assert "differs by 0 ms" in diagnosis._clock("it", lambda: 1005.0)[1]


def test_the_database_is_migrated():
    assert "problem" not in levels(diagnosis.check_database)


def test_missing_migrations_are_a_problem(monkeypatch):
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", lambda self, targets: [1, 2])
    level, text = next(diagnosis.check_database())
    assert level == "problem" and "lacks 2 migrations" in text


def test_a_database_that_does_not_answer_is_a_problem(monkeypatch):
    def fail(self, targets):
        raise DatabaseError("no route\n")
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", fail)
    [(level, text)] = diagnosis.check_database()
    assert level == "problem" and text.endswith("does not answer: no route")


def test_without_other_processes_none_is_asked(layer):
    assert levels(diagnosis.check_processes) == ["note"] and levels(diagnosis.check_servers) == []


class Server(object):
    address, version, memory, policy, problem, persistence, cannot_write = "redis://x", "6.2", "1 MB", "noeviction", None, None, None

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def time(self):
        return time.time()


@pytest.mark.parametrize("attributes, expected", [
    ({}, ["ok", "note", "ok"]), ({"persistence": "persists snapshots"}, ["ok", "ok", "ok"]), ({"problem": "down"}, ["problem"]),
    ({"cannot_write": "the disk is full"}, ["ok", "note", "problem", "ok"]),
], ids=str)
def test_servers(layer, attributes, expected):
    layer.servers = lambda: [Server(**attributes)]
    assert levels(diagnosis.check_servers) == expected


@pytest.mark.parametrize("level, is_problem", [("ok", False), ("note", False), ("problem", True)])
def test_a_problem_is_an_exit_status(monkeypatch, level, is_problem):
    def part():
        yield level, "a sentence."
    monkeypatch.setattr("chartroom.management.commands.doctor.PARTS", (part,))
    output = StringIO()
    try:
        call_command("doctor", stdout=output)
    except CommandError as error:
        assert is_problem and str(error) == "1 problem."
    else:
        assert not is_problem
    assert output.getvalue() == "%-9s a sentence.\n" % (level + ":")


def test_a_part_that_fails_does_not_end_the_others(monkeypatch):
    def fails():
        raise KeyError("default")
        yield

    def works():
        yield "ok", "a sentence."
    monkeypatch.setattr("chartroom.management.commands.doctor.PARTS", (fails, works))
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=output)
    assert "problem:  fails failed: KeyError: " in output.getvalue() and "ok:       a sentence." in output.getvalue()
