# coding: utf-8
"""
The example project's settings, from environment variables (see ``docs/settings.md``).
By default it runs in one process, on SQLite and the in-memory layer, and is reachable
from this machine only.
"""
from __future__ import unicode_literals

import os

import dj_database_url
import django

from chartroom.errors import FrameError
from chartroom.wire import protocol, server_frames
from project import sqlite  # noqa: F401, connects its handler
from project.environment import feeds, flag, folder, names, numbered, secret, whole

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATE = folder(os.environ.get("STATE_DIR") or os.path.join(ROOT, "var"))

DEBUG = flag("DEBUG", False)
SECRET_KEY = os.environ.get("SECRET_KEY") or secret(os.path.join(STATE, "secret_key"))
ALLOWED_HOSTS = names("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "chartroom.transport",  # before channels, because it overrides runworker
    "channels",
    "chartroom",
]

MIDDLEWARE = [
    "chartroom.pages.headers.SecurityHeaders",
    "chartroom.pages.uploads.RefuseUploads",
    "django.middleware.security.SecurityMiddleware",
    "project.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.SessionAuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "chartroom.pages.log_in_limit.LimitLogIns",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if django.VERSION < (1, 10):
    MIDDLEWARE_CLASSES = MIDDLEWARE

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [os.path.join(ROOT, "project", "templates")],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.template.context_processors.i18n",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]

DATABASES = {"default": dj_database_url.config(
    default="sqlite:///" + os.path.join(STATE, "chartroom.sqlite3"), conn_max_age=600,
)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Seconds that a writer waits for another transaction.
    DATABASES["default"].setdefault("OPTIONS", {})["timeout"] = 20
if DATABASES["default"]["ENGINE"].endswith("mysql"):
    from project import mysql
    mysql.configure(DATABASES["default"])

# Redis

REDIS_URL = os.environ.get("REDIS_URL", "")

if REDIS_URL:
    CHANNEL_LAYERS = {"default": {
        "BACKEND": "chartroom.transport.layers.RedisChannelLayer",
        "ROUTING": "project.routing.channel_routing",
        "CONFIG": {
            "hosts": [REDIS_URL],
            # The default of 100 is less than a burst in one room.
            "capacity": 1000,
            "channel_capacity": {"chat-messages": 10000, "daphne.response.*": 20000},
            # Messages of a dead worker are redelivered to another one.
            "durable": ["chat-messages"],
        },
    }}
    CACHES = {"default": {
        "BACKEND": "django_redis.cache.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "chartroom",
        # Not pickle, so that write access to Redis can't run code. Every Python version can read it.
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            # Reads the address as the layer does: redis-py's own decodes nothing, and drops the user name.
            "CONNECTION_POOL_CLASS": "chartroom.transport.addresses.Pool",
        },
    }}
else:
    CHANNEL_LAYERS = {"default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer",
        "ROUTING": "project.routing.channel_routing",
        "CONFIG": {"capacity": 1000},
    }}
    CACHES = {"default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100000},
    }}

# Clients

CHARTROOM_TRUSTED_PROXIES = whole("TRUSTED_PROXIES", 0)

# A page that receives the busy frame waits and sends again; other clients are closed, and reconnect.
CHARTROOM_INTERFACE = {
    "BUSY_FRAMES": {protocol.SUBPROTOCOL: server_frames.error(FrameError(
        protocol.BUSY, "The server is busy: send it again.", retry_after=2))},
    "FRAME_FILTERS": {protocol.SUBPROTOCOL: "chartroom.wire.client_frames.refuse_at_once"},
    "TRUSTED_PROXIES": CHARTROOM_TRUSTED_PROXIES,
    "HTTP_PATHS": names("HTTP_PATHS", []),
}
if not flag("LIMITS", True):
    # A load test sends as fast as it can, from one address.
    CHARTROOM_INTERFACE.update(
        BULK_FRAMES="0", FRAMES_PER_SOCKET="0", FRAMES_PER_ADDRESS="0", SOCKETS_PER_ADDRESS=0, CONNECTS_PER_ADDRESS="0")

# In the cache, because a socket's session lives only as long as the socket.
CHANNEL_SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CHANNELS_WS_PROTOCOLS = [protocol.SUBPROTOCOL]

# The rooms

CHARTROOM_FEEDS = feeds("FEEDS")
CHARTROOM_FEED_ALLOW_PRIVATE = flag("FEED_ALLOW_PRIVATE", False)
CHARTROOM_GUESTS = flag("GUESTS", True)
CHARTROOM_METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
CHARTROOM_PAGE_ORIGINS = names("PAGE_ORIGINS", [])
CHARTROOM_RATE_LIMIT = os.environ.get("RATE_LIMIT", "20/s")
CHARTROOM_SENDS_PER_ADDRESS = os.environ.get("SENDS_PER_ADDRESS", "100/s" if flag("LIMITS", True) else "0")
CHARTROOM_ROOMS_PER_ADDRESS = os.environ.get("ROOMS_PER_ADDRESS", "60/h" if flag("LIMITS", True) else "0")
CHARTROOM_GUESTS_PER_ADDRESS = os.environ.get("GUESTS_PER_ADDRESS", "200/m" if flag("LIMITS", True) else "0")
CHARTROOM_SOCKET_ORIGIN = os.environ.get("SOCKET_ORIGIN", "")
CHARTROOM_TAIL_FILES = numbered("TAIL_FILES", names("TAIL_FILES", []))

# Pages

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "chartroom:rooms"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
USE_I18N = True
USE_L10N = True
USE_TZ = True

STATIC_URL = os.environ.get("STATIC_URL") or "/static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or os.path.join(STATE, "static")

# Behind a proxy that terminates TLS: HTTPS=1.
if flag("HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # After a visit over TLS, browsers use nothing else for half a year.
    SECURE_HSTS_SECONDS = 15768000
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_BROWSER_XSS_FILTER = True
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # daphne adds a handler to a root logger without one, and then each line would be logged twice.
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "chartroom": {"level": "INFO"},
        # Tracebacks of pages: by default, Django would mail them to ADMINS, which is empty.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
