# coding: utf-8
from __future__ import unicode_literals

import sqlite3

import pytest
from django.core.checks import ERROR, WARNING, run_checks
from django.db import OperationalError, connection

pytestmark = pytest.mark.django_db

MEMORY_LAYER = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer"}}
REDIS_LAYER = {"default": {"BACKEND": "asgi_redis.RedisChannelLayer"}}
SESSIONS = "django.contrib.sessions.backends."
LOCAL_CACHE = "django.core.cache.backends.locmem.LocMemCache"
FILE_CACHE = "django.core.cache.backends.filebased.FileBasedCache"
REDIS_CACHE = "django_redis.cache.RedisCache"
JSON = "django_redis.serializers.json.JSONSerializer"

needs_sqlite = pytest.mark.skipif(
    sqlite3.sqlite_version_info < (3, 26) or connection.vendor != "sqlite", reason="for SQLite 3.26 and later")


@pytest.fixture(autouse=True)
def own_hosts(settings):
    """Django's test environment allows every host."""
    settings.ALLOWED_HOSTS = ["testserver"]


def problems(deploy=False):
    """The results of ``manage.py check`` for chartroom; with ``deploy``, of ``check --deploy``."""
    found = run_checks(tags=["chartroom"], include_deployment_checks=deploy)
    for problem in found:
        assert problem.hint, "%s has no hint" % problem.id
        assert problem.level == (ERROR if problem.id.startswith("chartroom.E") else WARNING)
    return found


def ids(deploy=False):
    return [problem.id.replace("chartroom.", "") for problem in problems(deploy)]


def test_the_example_project_has_no_problem():
    assert ids() == []


class TestSettings:

    def test_each_invalid_one_is_reported(self, settings):
        settings.CHARTROOM_GUESTS = "yes"
        settings.CHARTROOM_PAGE_SIZE = 0
        found = problems()
        assert [(problem.id, problem.obj) for problem in found] == [
            ("chartroom.E001", "CHARTROOM_GUESTS"), ("chartroom.E001", "CHARTROOM_PAGE_SIZE")]
        assert found[1].msg == "CHARTROOM_PAGE_SIZE must be a whole number from 1 to 200."
        assert "one page of history" in found[1].hint

    def test_an_invalid_socket_origin_does_not_break_the_other_checks(self, settings):
        settings.CHARTROOM_SOCKET_ORIGIN = 8001
        assert ids() == ["E001"]


class TestLayer:

    def test_in_memory_with_sockets_in_another_process(self, settings):
        settings.CHANNEL_LAYERS = MEMORY_LAYER
        settings.CHARTROOM_SOCKET_ORIGIN = ":8001"
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        assert ids() == ["E002"] == ids(deploy=True)

    def test_in_memory_in_a_deployment(self, settings):
        settings.CHANNEL_LAYERS = MEMORY_LAYER
        assert ids() == [] and ids(deploy=True) == ["W001"]

    @pytest.mark.parametrize("origin", ["", ":8001"])
    def test_of_redis_has_no_problem(self, settings, origin):
        settings.CHANNEL_LAYERS = REDIS_LAYER
        settings.CHARTROOM_SOCKET_ORIGIN = origin
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        assert ids(deploy=True) == []


class TestChannelSessions:

    def test_in_cookies(self, settings):
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "signed_cookies"
        assert ids() == ["E003"]

    def test_in_cookies_because_of_session_engine(self, settings):
        del settings.CHANNEL_SESSION_ENGINE
        settings.SESSION_ENGINE = SESSIONS + "signed_cookies"
        assert ids() == ["E003"]
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        assert ids() == []

    @pytest.mark.parametrize("backend, expected", [
        (LOCAL_CACHE, ["E004"]), ("django.core.cache.backends.dummy.DummyCache", ["E004"]), (REDIS_CACHE, ["W005"]),
    ])
    @pytest.mark.parametrize("engine", ["cache", "cached_db"])
    @pytest.mark.parametrize("origin", ["", ":8001"])
    def test_in_a_cache_that_the_workers_do_not_share(self, settings, origin, engine, backend, expected):
        settings.CHANNEL_LAYERS = REDIS_LAYER
        settings.CHARTROOM_SOCKET_ORIGIN = origin
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + engine
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "x"}}
        assert ids() == expected

    @pytest.mark.parametrize("cache, expected", [
        ({"BACKEND": LOCAL_CACHE, "LOCATION": "x"}, ["W002"]),
        ({"BACKEND": LOCAL_CACHE, "OPTIONS": {"MAX_ENTRIES": 9999}}, ["W002"]),
        ({"BACKEND": LOCAL_CACHE, "OPTIONS": {"MAX_ENTRIES": 10000}}, []),
        ({"BACKEND": LOCAL_CACHE, "MAX_ENTRIES": 10000}, []),
        ({"BACKEND": FILE_CACHE, "LOCATION": "x"}, ["W002"]),
        ({"BACKEND": REDIS_CACHE, "LOCATION": "x"}, ["W005"]),
        ({"BACKEND": REDIS_CACHE, "OPTIONS": {"PICKLE_VERSION": 2}}, ["W005"]),
        ({"BACKEND": REDIS_CACHE, "OPTIONS": {"SERIALIZER": JSON}}, []),
    ], ids=["default", "9999", "10000", "10000 outside of OPTIONS", "files", "redis, pickled", "redis, pickled by name", "redis, as JSON"])
    def test_in_a_cache_that_evicts_them(self, settings, cache, expected):
        settings.CACHES = {"default": cache}
        assert ids() == expected

    def test_in_another_cache_than_the_default(self, settings):
        settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "OPTIONS": {"SERIALIZER": JSON}}, "small": {"BACKEND": LOCAL_CACHE}}
        settings.SESSION_CACHE_ALIAS = "small"
        [problem] = problems()
        assert problem.id == "chartroom.W002" and "small" in problem.msg


@needs_sqlite
class TestSQLite:

    def execute(self, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    @pytest.fixture
    def rewriting(self):
        self.execute("PRAGMA legacy_alter_table = OFF")
        yield
        self.execute("PRAGMA legacy_alter_table = ON")

    def test_that_would_break_foreign_keys(self, rewriting):
        assert ids() == ["W003"]

    def test_that_is_too_old_to_break_them(self, rewriting, monkeypatch):
        monkeypatch.setattr("chartroom.checks.SQLITE_REWRITES_REFERENCES", (99,))
        assert ids() == []

    def test_that_has_broken_them(self):
        self.execute('CREATE TABLE orphan (room_id integer REFERENCES "chartroom_room__old" (id))')
        [problem] = problems()
        assert problem.id == "chartroom.E005" and "in: orphan." in problem.msg

    def test_a_table_whose_name_only_looks_like_it(self):
        self.execute('CREATE TABLE child (room_id integer REFERENCES "roomXXold" (id))')
        assert ids() == []

    def test_that_can_not_be_opened_is_not_reported(self, monkeypatch):
        def cursor():
            raise OperationalError("unable to open database file")
        monkeypatch.setattr(connection, "cursor", cursor)
        assert ids() == []


class TestAllowedHosts:

    @pytest.mark.parametrize("debug, hosts, expected", [
        (False, [], ["E006"]), (True, [], []), (False, ["chat.example.org"], []), (False, [".example.org"], []),
        (False, ["*"], ["W004"]), (True, ["*"], ["W004"]), (False, ["chat.example.org", "*"], ["W004"]),
    ], ids=str)
    def test_must_be_set_and_not_be_a_wildcard(self, settings, debug, hosts, expected):
        settings.DEBUG = debug
        settings.ALLOWED_HOSTS = hosts
        assert ids() == expected
