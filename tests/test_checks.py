# coding: utf-8
from __future__ import unicode_literals

import re
import sqlite3

import pytest
from channels.routing import include, route
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.checks import ERROR, WARNING, run_checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import override_settings

from chartroom.transport.layers import RedisChannelLayer

pytestmark = pytest.mark.django_db

MEMORY_LAYER = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "project.routing.channel_routing"}}
ROUTING = "project.routing.channel_routing"
TRANSPORT = "chartroom.transport.layers.RedisChannelLayer"


def redis_layer(backend=TRANSPORT, routing=ROUTING, **config):
    """A layer without a problem, unless ``config`` makes one; no Redis is at its address."""
    config = dict({"hosts": ["redis://127.0.0.1:1/0"], "durable": ["chat-messages"], "capacity": 1000}, **config)
    return {"default": {"BACKEND": backend, "ROUTING": routing, "CONFIG": config}}


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


class Server(object):
    """In place of a `chartroom.transport.servers.Server`."""

    address, refusal, failure, problem, version, is_too_old, policy = "redis://127.0.0.1:1/0", None, None, None, "6.2.14", False, "noeviction"

    def __init__(self, **attributes):
        vars(self).update(attributes)


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    """What `check --deploy` finds; `tests.transport.test_servers` asks real ones."""
    found = [Server()]
    monkeypatch.setattr(RedisChannelLayer, "servers", lambda self: found)
    return found


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
        settings.CHANNEL_LAYERS = redis_layer()
        settings.CHARTROOM_SOCKET_ORIGIN = origin
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        assert ids(deploy=True) == []

    @pytest.fixture
    def on_redis(self, settings):
        """Sets another layer than that of the example project, and a session engine that fits each."""
        def use(*args, **config):
            settings.CHANNEL_LAYERS = redis_layer(*args, **config)
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        return use

    @pytest.mark.parametrize("routing", [
        [], [include("chartroom.routing.rooms", path=r"^/chat(?=/)"), include("chartroom.routing.lobby")],
    ], ids=["empty", "rooms only"])
    def test_without_the_internal_routes(self, on_redis, routing):
        on_redis(routing=routing)
        [problem] = problems()
        assert problem.id == "chartroom.E007" and "chat-messages and websocket.recheck" in problem.msg

    def test_with_one_of_the_internal_routes(self, on_redis):
        on_redis(routing=[route("chat-messages", lambda message: None)])
        [problem] = problems()
        assert problem.id == "chartroom.E007" and "no consumer for websocket.recheck:" in problem.msg

    def test_whose_routing_can_not_be_imported_is_reported_by_channels(self, on_redis):
        on_redis(routing="project.routing.no_such_routing")
        assert ids() == []

    def test_that_is_not_configured(self, settings):
        settings.CHANNEL_LAYERS = {}
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        assert ids() == ["E007", "W006"]

    @pytest.mark.parametrize("apps, expected", [
        (["channels", "chartroom.transport"], ["E008"]), (["chartroom.transport", "channels"], []),
    ], ids=" ".join)
    def test_and_the_order_of_the_apps(self, settings, apps, expected):
        others = [name for name in settings.INSTALLED_APPS if name not in apps]
        with override_settings(INSTALLED_APPS=others + apps):
            assert ids() == expected

    def test_of_another_package_than_the_installed_transport(self, settings, on_redis):
        on_redis("asgi_redis.RedisChannelLayer", durable=())
        assert ids() == ["W006"]
        with override_settings(INSTALLED_APPS=[name for name in settings.INSTALLED_APPS if name != "chartroom.transport"]):
            assert ids() == []

    def test_of_the_project_that_is_a_subclass_of_the_transports(self, on_redis):
        on_redis("tests.test_checks.OwnLayer")
        assert ids() == []

    @pytest.mark.parametrize("durable, expected", [((), ["W007"]), (["other"], ["W007"]), (("other", "chat-messages"), [])], ids=str)
    def test_whose_messages_a_dead_worker_loses(self, on_redis, durable, expected):
        on_redis(durable=durable)
        assert ids() == expected

    @pytest.mark.parametrize("config, expected", [
        ({"capacity": 100}, ["W008"]), ({"capacity": 101}, []),
        ({"capacity": 100, "channel_capacity": {"chat-*": 10000}}, []),
        ({"capacity": 1000, "channel_capacity": {"chat-*": 100}}, ["W008"]),
        ({"capacity": 100, "channel_capacity": {re.compile("chat"): 10000}}, []),
        ({"capacity": 100, "channel_capacity": {"daphne.response.*": 20000}}, ["W008"]),
    ], ids=str)
    def test_that_holds_less_than_a_burst(self, on_redis, config, expected):
        on_redis(**config)
        assert ids() == [] and ids(deploy=True) == expected

    @pytest.mark.parametrize("protocols, expected", [
        (None, ["W009"]), ([], ["W009"]), (["other.v1"], ["W009"]), (["other.v1", "chartroom.v1"], []),
    ], ids=str)
    def test_and_the_sub_protocol_of_pages(self, settings, protocols, expected):
        settings.CHANNELS_WS_PROTOCOLS = protocols
        assert ids() == expected
        del settings.CHANNELS_WS_PROTOCOLS
        assert ids() == ["W009"]


class TestServers:

    @pytest.fixture(autouse=True)
    def on_redis(self, settings):
        settings.CHANNEL_LAYERS = redis_layer()
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"

    @pytest.mark.parametrize("attributes, expected", [
        ({}, []), ({"policy": None}, []),
        ({"refusal": "WRONGPASS", "problem": "Redis refuses"}, ["E010"]),
        ({"failure": "Connection refused", "problem": "Redis does not answer"}, ["E011"]),
        ({"version": "2.6.17", "is_too_old": True}, ["E012"]),
        ({"policy": "allkeys-lru"}, ["W013"]),
    ], ids=str)
    def test_are_asked_in_a_deployment_only(self, servers, attributes, expected):
        servers.append(Server(**attributes))
        assert ids(deploy=True) == expected and ids() == []

    def test_behind_a_sentinel_that_does_not_answer(self, settings):
        settings.CHANNEL_LAYERS = redis_layer(
            "chartroom.transport.layers.RedisSentinelChannelLayer", hosts=[("127.0.0.1", 1)])
        assert ids(deploy=True) == ["E011"] and ids() == []

    def test_of_another_layer_are_not_asked(self, settings):
        settings.CHANNEL_LAYERS = redis_layer("asgi_redis.RedisChannelLayer")
        assert ids(deploy=True) == ["W006"]

    def test_with_an_address_that_can_not_be_right(self, settings):
        settings.CHANNEL_LAYERS = redis_layer(hosts=["redis://127.0.0.1/name"])
        assert ids(deploy=True) == []


class OwnLayer(RedisChannelLayer):
    pass


class TestPages:

    @pytest.fixture
    def without(self, settings):
        """Removes entries of the middleware, and adds others at its end."""
        def change(*paths, **more):
            kept = [path for path in settings.MIDDLEWARE if path.rpartition(".")[2] not in paths]
            for name in ("MIDDLEWARE", "MIDDLEWARE_CLASSES"):
                setattr(settings, name, kept + more.get("add", []))
        return change

    @pytest.mark.parametrize("name", ["SessionMiddleware", "AuthenticationMiddleware"])
    def test_need_middleware(self, without, name):
        without(name)
        [problem] = problems()
        assert problem.id == "chartroom.E009" and name in problem.msg and "." + name in problem.hint

    @pytest.mark.parametrize("path", ["tests.test_checks.OwnSessions", "no_such_module.Middleware"])
    def test_accept_the_projects_own_middleware(self, without, path):
        without("SessionMiddleware", add=[path])
        assert ids() == ([] if "Own" in path else ["E009"])

    def test_may_use_the_older_setting(self, settings, without):
        without()
        settings.MIDDLEWARE = None
        assert ids() == []
        settings.MIDDLEWARE_CLASSES = []
        [problem] = problems()
        assert problem.id == "chartroom.E009" and "MIDDLEWARE_CLASSES has no SessionMiddleware and no Auth" in problem.msg

    @pytest.mark.parametrize("name", ["SecurityHeaders", "RefuseUploads"])
    def test_in_a_deployment_are_protected(self, settings, without, name):
        settings.CHANNEL_LAYERS = redis_layer()
        settings.CHANNEL_SESSION_ENGINE = SESSIONS + "db"
        without(name)
        assert ids() == []
        [problem] = problems(deploy=True)
        assert problem.id == "chartroom.W010" and name in problem.msg

    def test_need_the_request_in_their_context(self, settings):
        [engine] = settings.TEMPLATES
        processors = [path for path in engine["OPTIONS"]["context_processors"] if not path.endswith(".request")]
        other = {"BACKEND": "django.template.backends.jinja2.Jinja2"}
        settings.TEMPLATES = [other, dict(engine, OPTIONS={"context_processors": processors})]
        assert ids() == ["W011"]
        settings.TEMPLATES = [other, engine]
        assert ids() == []

    @pytest.mark.parametrize("login_url, expected", [
        ("login", []), ("/accounts/login/", []), ("/accounts/login/?again=1", []), ("https://sso.example.org/login", []),
        ("//sso.example.org/login", []), ("no-such-name", ["W012"]), ("/no/such/page/of/it/", ["W012"]),
    ])
    def test_need_a_page_to_log_in(self, settings, login_url, expected):
        settings.LOGIN_URL = login_url
        assert ids() == []
        settings.CHARTROOM_GUESTS = False
        assert ids() == expected
        settings.CHARTROOM_GUESTS = True
        settings.CHARTROOM_TAIL_FILES = {1: "/var/log/a.log"}
        assert ids() == expected


class OwnSessions(SessionMiddleware):
    pass


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
        settings.CHANNEL_LAYERS = redis_layer()
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
        monkeypatch.setattr("chartroom.checks.database.SQLITE_REWRITES_REFERENCES", (99,))
        assert ids() == []

    def test_that_would_break_them_is_not_migrated(self, rewriting, settings):
        with pytest.raises(CommandError) as raised:
            call_command("migrate", verbosity=0)
        assert "Nothing was migrated" in str(raised.value) and "legacy_alter_table = ON" in str(raised.value)
        settings.SILENCED_SYSTEM_CHECKS = ["chartroom.W003"]
        call_command("migrate", verbosity=0)

    def test_that_does_not_break_them_is_migrated(self):
        call_command("migrate", verbosity=0)

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
