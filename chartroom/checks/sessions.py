# coding: utf-8
"""Where the sockets' sessions are stored."""
from __future__ import unicode_literals

from django.conf import settings
from django.core.checks import Error, Warning, register

from chartroom.checks.layer import has_separate_processes

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
    if backend in LOCAL_CACHES and has_separate_processes():
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
