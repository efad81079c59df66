# coding: utf-8
"""System checks for settings that would lose messages or open the site to strangers. Each hint says what to change."""
from __future__ import unicode_literals

import sqlite3

import six
from channels import DEFAULT_CHANNEL_LAYER
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from chartroom.conf import conf, each_setting

SIGNED_COOKIES = "django.contrib.sessions.backends.signed_cookies"
CACHE_SESSIONS = ("django.contrib.sessions.backends.cache", "django.contrib.sessions.backends.cached_db")
LOCAL_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)
CULLING_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.filebased.FileBasedCache",
    "django.core.cache.backends.db.DatabaseCache",
)
ENOUGH_ENTRIES = 10000
SAFE_SERIALIZERS = ("JSONSerializer", "MSGPackSerializer")

# Since this version, ALTER TABLE … RENAME rewrites the foreign keys that refer to the table.
SQLITE_REWRITES_REFERENCES = (3, 26)


@register("chartroom")
def check_settings(app_configs, **kwargs):
    problems = []
    for setting in each_setting():
        try:
            setting.__get__(conf, type(conf))
        except ImproperlyConfigured as error:
            problems.append(Error(six.text_type(error), hint=setting.__doc__, obj=setting.name, id="chartroom.E001"))
    return problems


@register("chartroom")
def check_layer(app_configs, **kwargs):
    """The in-memory layer can't carry messages to another process."""
    if _is_in_memory() and _has_separate_processes():
        return [Error(
            "The in-memory channel layer can't reach the interface server of CHARTROOM_SOCKET_ORIGIN.",
            hint="Configure a Redis layer in CHANNEL_LAYERS (in the example project: set REDIS_URL), or run everything in one "
                 "process with `manage.py runserver` and without CHARTROOM_SOCKET_ORIGIN.",
            id="chartroom.E002",
        )]
    return []


@register("chartroom", deploy=True)
def check_layer_for_deployment(app_configs, **kwargs):
    if _is_in_memory() and not _has_separate_processes():
        return [Warning(
            "The in-memory channel layer works within one process only: daphne, runworker and a WSGI "
            "server can't communicate through it.",
            hint="Configure a Redis layer in CHANNEL_LAYERS (in the example project: set REDIS_URL).",
            id="chartroom.W001",
        )]
    return []


@register("chartroom")
def check_channel_sessions(app_configs, **kwargs):
    """The worker that receives a socket's next frame must find the socket's session."""
    engine = getattr(settings, "CHANNEL_SESSION_ENGINE", settings.SESSION_ENGINE)
    if engine == SIGNED_COOKIES:
        return [Error(
            "Channel sessions can't be stored in signed cookies: a WebSocket has no response that could set one.",
            hint='Set CHANNEL_SESSION_ENGINE, for example to "django.contrib.sessions.backends.cache" with a Redis cache.',
            id="chartroom.E003",
        )]
    if engine not in CACHE_SESSIONS:
        return []

    alias = getattr(settings, "SESSION_CACHE_ALIAS", "default")
    cache = settings.CACHES.get(alias, {})
    backend = cache.get("BACKEND", "")
    if backend in LOCAL_CACHES and _has_separate_processes():
        return [Error(
            "Channel sessions are stored in the cache %r, which other processes can't read." % alias,
            hint="Use a cache that the workers share (Redis, memcached), or a CHANNEL_SESSION_ENGINE that uses the database.",
            id="chartroom.E004",
        )]
    if "redis" in backend.lower() and not cache.get("OPTIONS", {}).get("SERIALIZER", "").endswith(SAFE_SERIALIZERS):
        return [Warning(
            "Channel sessions are stored in the cache %r, which pickles them: anyone who can write to that Redis can run "
            "code in the workers." % alias,
            hint='In CACHES, set "OPTIONS": {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}.',
            id="chartroom.W005",
        )]
    entries = cache.get("OPTIONS", {}).get("MAX_ENTRIES", cache.get("MAX_ENTRIES", 300))
    if backend in CULLING_CACHES and entries < ENOUGH_ENTRIES:
        return [Warning(
            "Channel sessions are stored in the cache %r, which evicts entries once it has %d: "
            "with that many sockets, open ones lose their session." % (alias, entries),
            hint='In CACHES, set "OPTIONS": {"MAX_ENTRIES": …} to several times the number of sockets that you expect, '
                 "at least %d." % ENOUGH_ENTRIES,
            id="chartroom.W002",
        )]
    return []


@register("chartroom")
def check_sqlite(app_configs, **kwargs):
    """Migrations of Django 1.8 to 1.10 rename tables, which leaves foreign keys to tables that no longer exist."""
    if sqlite3.sqlite_version_info < SQLITE_REWRITES_REFERENCES:
        return []
    problems = []
    for alias in connections:
        if connections[alias].vendor != "sqlite":
            continue
        try:
            with connections[alias].cursor() as cursor:
                legacy = cursor.execute("PRAGMA legacy_alter_table").fetchone()[0]
                dangling = cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%\\_\\_old\"%' ESCAPE '\\'"
                ).fetchall()
        except DatabaseError:
            continue  # A migration or query of this database reports the error.
        if dangling:
            problems.append(Error(
                "The SQLite database %r has foreign keys to tables that no longer exist, in: %s."
                % (alias, ", ".join(sorted(row[0] for row in dangling))),
                hint="It was migrated with SQLite %s and without `PRAGMA legacy_alter_table = ON`. Set the pragma on each "
                     "connection (see the hint of chartroom.W003), and migrate a new database." % sqlite3.sqlite_version,
                id="chartroom.E005",
            ))
        elif not legacy:
            problems.append(Warning(
                "Migrations of this Django version break foreign keys in the SQLite database %r: SQLite %s rewrites "
                "references when a table is renamed." % (alias, sqlite3.sqlite_version),
                hint="Before you migrate, run `PRAGMA legacy_alter_table = ON` in a handler of the signal "
                     "django.db.backends.signals.connection_created, as project/sqlite.py does.",
                id="chartroom.W003",
            ))
    return problems


@register("chartroom")
def check_allowed_hosts(app_configs, **kwargs):
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        return [Error(
            "ALLOWED_HOSTS is empty and DEBUG is off: every page and every socket from a browser is refused.",
            hint='Set ALLOWED_HOSTS to the host names of the site (in the example project: '
                 'the environment variable ALLOWED_HOSTS="chat.example.org,…").',
            id="chartroom.E006",
        )]
    if "*" in settings.ALLOWED_HOSTS:
        return [Warning(
            "ALLOWED_HOSTS allows every host, so a page under a host name that an attacker directs at this server "
            "counts as the site's own, and can open a socket.",
            hint="Set ALLOWED_HOSTS to the host names of the site.",
            id="chartroom.W004",
        )]
    return []


def _is_in_memory():
    backend = settings.CHANNEL_LAYERS.get(DEFAULT_CHANNEL_LAYER, {}).get("BACKEND", "")
    return "inmemory" in backend


def _has_separate_processes():
    """Whether the settings imply several processes: a layer that connects them, or sockets with an origin of their own."""
    try:
        return bool(conf.SOCKET_ORIGIN) or not _is_in_memory()
    except ImproperlyConfigured:
        return False
