# coding: utf-8
"""On MySQL and MariaDB; on other databases, whether the list of fields is complete. See tests/integration/test_mariadb.py."""
from __future__ import unicode_literals

import pytest
from django.apps import apps
from django.core.checks import ERROR, WARNING
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, models
from django.db.migrations.recorder import MigrationRecorder

from chartroom.checks import mysql
from chartroom.models import Room, collation
from chartroom.rooms.store import own_room

pytestmark = pytest.mark.django_db

on_mysql = pytest.mark.skipif(connection.vendor != "mysql", reason="for MySQL and MariaDB")


def problems():
    found = mysql.check_mysql(None)
    for problem in found:
        assert problem.hint and problem.level == (ERROR if problem.id.startswith("chartroom.E") else WARNING)
    return found


def ids():
    return [problem.id.replace("chartroom.", "") for problem in problems()]


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def session(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@%s" % name)
        return cursor.fetchone()[0]


def test_every_text_with_an_index_is_compared_byte_by_byte():
    """An index is by what rows are found; no text for people has one."""
    for model in apps.get_app_config("chartroom").get_models():
        indexed = {name for names in list(model._meta.unique_together) + list(model._meta.index_together) for name in names}
        indexed |= {field.name for field in model._meta.concrete_fields if field.unique or field.db_index}
        texts = {field.name for field in model._meta.concrete_fields if isinstance(field, (models.CharField, models.TextField))}
        assert indexed & texts <= set(collation.FIELDS.get(model.__name__, ())), model


def test_there_is_no_problem():
    assert ids() == []


def test_other_databases_are_migrated_without_a_check(monkeypatch):
    """Even if the functions were called for them, they would run nothing."""
    class Editor(object):
        class connection(object):
            vendor = "postgresql"
    collation.refuse_other_charsets(apps, Editor)
    collation.compare_byte_by_byte(apps, Editor)


@on_mysql
class TestMySQL:

    @pytest.fixture
    def altered(self):
        """``altered(sql)`` changes the table of the rooms, which is restored after the test. Such a statement ends the transaction."""
        def alter(sql):
            execute("ALTER TABLE chartroom_room " + sql)
        yield alter
        execute("ALTER TABLE chartroom_room ENGINE = InnoDB, CONVERT TO CHARACTER SET utf8mb4")
        for statement in collation.alterations(connection, ["chartroom_room"], mysql._model):
            execute(statement)
        assert ids() == []

    def test_that_is_unavailable_is_not_reported(self, monkeypatch):
        def cursor():
            raise OperationalError(2002, "Can't connect")
        monkeypatch.setattr(connection, "cursor", cursor)
        assert ids() == []

    @pytest.mark.parametrize("charset", ["utf8", "latin1"])
    def test_a_connection_of_another_charset(self, charset):
        execute("SET NAMES " + charset)
        try:
            [problem] = problems()
            assert problem.id == "chartroom.E020" and "the connection is " + charset[:4] in problem.msg
            with pytest.raises(ImproperlyConfigured) as refused:
                collation.refuse_other_charsets(apps, type(str("Editor"), (), {"connection": connection}))
            assert "OPTIONS" in str(refused.value)
        finally:
            execute("SET NAMES utf8mb4")

    def test_a_mode_that_truncates(self):
        mode = session("sql_mode")
        execute("SET SESSION sql_mode = ''")
        try:
            assert ids() == ["W020"]
        finally:
            execute("SET SESSION sql_mode = '%s'" % mode)

    def test_an_isolation_level_that_does_not_see_what_is_new(self):
        execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try:
            assert ids() == ["W022"]
        finally:
            execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def test_times_without_fractions(self, monkeypatch):
        monkeypatch.setattr(connection.features, "supports_microsecond_precision", False)
        assert ids() == ["W023"]

    def test_an_engine_without_transactions(self, altered):
        execute("SET foreign_key_checks = 0")
        try:
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE without_transactions (name varchar(10)) ENGINE = MyISAM")
            tables = mysql._tables
            mysql._tables = lambda: tables() + ["without_transactions"]
            [problem] = problems()
            assert problem.id == "chartroom.E022" and "of without_transactions in" in problem.msg
        finally:
            mysql._tables = tables
            execute("DROP TABLE without_transactions")
            execute("SET foreign_key_checks = 1")

    @pytest.mark.parametrize("name", ["utf8mb4_general_ci", "utf8mb4_unicode_ci"])
    def test_a_collation_without_case(self, altered, name):
        altered("CONVERT TO CHARACTER SET utf8mb4 COLLATE " + name)
        [problem] = problems()
        assert problem.id == "chartroom.E021"
        assert "ALTER TABLE `chartroom_room` MODIFY `namespace` varchar(64) CHARACTER SET utf8mb4 COLLATE" in problem.hint

    def test_a_table_of_three_bytes(self, altered):
        altered("CONVERT TO CHARACTER SET utf8")
        [problem] = problems()
        assert problem.id == "chartroom.E021" and "CONVERT TO CHARACTER SET utf8mb4; ALTER" in problem.hint

    def test_the_hint_is_a_way_out(self, altered):
        altered("CONVERT TO CHARACTER SET utf8 COLLATE utf8_general_ci")
        [problem] = problems()
        for statement in problem.hint.split(": ", 1)[1].rstrip(";").split("; "):
            execute(statement)
        assert ids() == []

    def test_before_the_migration_it_is_no_error(self, altered, monkeypatch):
        altered("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda recorder: {("chartroom", "0001_rooms")})
        assert ids() == ["W021"]

    def test_with_that_collation_no_other_room_is_found(self, altered):
        altered("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        staff = Room.objects.create(name="staff-board")
        try:
            assert Room.objects.named("chat", "STAFF-board") is None
            with pytest.raises(Exception) as refused:
                own_room("chat", "STAFF-board")
            assert type(refused.value).__name__ == "IntegrityError"
        finally:
            staff.delete()

    def test_every_name_is_another_room(self):
        names = ["Cafe", "cafe", "café", "CAFÉ"]
        assert len({own_room("chat", name).pk for name in names}) == len(names)
