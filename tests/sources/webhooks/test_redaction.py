# coding: utf-8
"""The token of a webhook is in no log, whatever happens to a delivery."""
from __future__ import unicode_literals

import logging

import pytest
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.core.urlresolvers import resolve
from django.db import OperationalError
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.locale import LocaleMiddleware
from django.test import RequestFactory
from django.utils.log import AdminEmailHandler

from chartroom import publish
from chartroom.models import Room
from chartroom.sources.webhooks import hooks, keys, redaction
from tests.sources.webhooks.deliveries import VECTOR_SECRET, deliver

pytestmark = pytest.mark.django_db

TOKEN = "Tq3-" + "x_9Z" * 9 + "abc"


class Everything(logging.Handler):
    """Records what handlers could write: the log line, and the mail that Django would send."""

    def __init__(self):
        super(Everything, self).__init__(level=0)
        self.texts, self.loggers, self.is_busy = [], set(), False
        self.mailer = AdminEmailHandler(include_html=True)
        self.mailer.send_mail = lambda subject, message, html_message=None, **kwargs: self.texts.extend(
            [subject, message, html_message or ""])

    def emit(self, record):
        if self.is_busy:  # A mail shows variables, a query's rows among them, and that is logged again.
            return
        self.is_busy = True
        try:
            self.loggers.add(record.name)
            self.texts.extend([logging.Formatter("%(message)s").format(record), repr(vars(record))])
            self.mailer.emit(record)
        except DisallowedHost:
            pass  # Of this one Django 1.8 can write none.
        finally:
            self.is_busy = False

    def assert_without(self, token):
        assert not [text for text in self.texts if token in text]


@pytest.fixture
def logs():
    """All records of all loggers, from DEBUG on."""
    handler, root = Everything(), logging.getLogger()
    loggers = [logging.getLogger(name) for name in (None, "django", "django.request", "django.security", "chartroom")]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.level, logger.propagate = logging.DEBUG, True
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    for logger, level, propagate in before:
        logger.level, logger.propagate = level, propagate


@pytest.fixture
def hook(layer, monkeypatch):
    monkeypatch.setattr(keys, "make_token", lambda: TOKEN)
    hook, token = hooks.make_hook(Room.objects.create(namespace="deploy", name="api"), "ci")
    return hook


def fail_with(monkeypatch, error):
    def fail(rows):
        raise error
    monkeypatch.setattr(publish, "publish_rows", fail)


ADDRESS = "/hooks/%s/" % TOKEN


class TestNoLogHasTheToken:

    def test_when_it_is_accepted(self, client, hook, logs):
        assert deliver(client, ADDRESS, {"text": "a"}).status_code == 200
        logs.assert_without(TOKEN)

    @pytest.mark.parametrize("address", [
        "/hooks/%s/", "/hooks/%s", "/hooks/%sgithub", "/hooks/%s/github/x/", "/hooks//%s", "/hooks/%s/?a=b",
    ])
    def test_of_a_revoked_hook(self, client, hook, logs, address):
        hook.is_active = False
        hook.save()
        assert deliver(client, address % TOKEN, {"text": "a"}).status_code == 404
        logs.assert_without(TOKEN)

    @pytest.mark.parametrize("cut", [TOKEN[:-1], TOKEN[:20], TOKEN + "x", TOKEN + "é"])
    def test_nor_of_a_mistyped_one(self, client, hook, logs, cut):
        assert deliver(client, "/hooks/%s/" % cut, {"text": "a"}).status_code == 404
        logs.assert_without(TOKEN[:20])

    @pytest.mark.parametrize("method", ["get", "head", "put", "options"])
    def test_at_another_method(self, client, hook, logs, method):
        assert getattr(client, method)(ADDRESS).status_code == 405
        logs.assert_without(TOKEN)

    def test_that_is_not_signed(self, client, hook, logs):
        hooks.give_secret(hook, VECTOR_SECRET)
        hook.save()
        assert deliver(client, ADDRESS, {"text": "a"}).status_code == 401
        logs.assert_without(TOKEN)

    def test_that_is_too_large(self, client, hook, logs):
        assert deliver(client, ADDRESS, "x" * 70000).status_code == 413
        logs.assert_without(TOKEN)

    def test_that_is_malformed(self, client, hook, logs):
        assert deliver(client, ADDRESS, "nonsense").status_code == 422
        logs.assert_without(TOKEN)

    def test_that_exceeds_the_rate(self, client, hook, logs, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "1/h"
        assert [deliver(client, ADDRESS, {"text": "a"}).status_code for _ in range(2)] == [200, 429]
        logs.assert_without(TOKEN)

    def test_when_the_cache_is_unavailable(self, client, hook, logs, monkeypatch):
        monkeypatch.setattr(cache, "incr", lambda *args: 1 / 0)
        assert deliver(client, ADDRESS, {"text": "a"}).status_code == 200
        assert "chartroom.people.ratelimit" in logs.loggers
        logs.assert_without(TOKEN)

    @pytest.mark.parametrize("error, status", [(ZeroDivisionError(), 500), (OperationalError("gone"), 503)])
    @pytest.mark.parametrize("debug", [False, True])
    def test_when_something_fails(self, client, hook, logs, monkeypatch, settings, error, status, debug):
        settings.DEBUG = debug
        fail_with(monkeypatch, error)
        assert deliver(client, ADDRESS, {"text": "a"}).status_code == status
        assert "chartroom.sources.webhooks.views" in logs.loggers
        logs.assert_without(TOKEN)

    def test_when_a_middleware_fails_after_it(self, client, hook, logs, monkeypatch):
        monkeypatch.setattr(XFrameOptionsMiddleware, "process_response", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver(client, ADDRESS, {"text": "a"})
        assert "django.request" in logs.loggers
        logs.assert_without(TOKEN)

    def test_when_a_middleware_fails_before_it(self, client, hook, logs, monkeypatch):
        """As the session middleware does, when a browser with a session opens the URL and the database is unavailable."""
        monkeypatch.setattr(LocaleMiddleware, "process_request", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver(client, ADDRESS, {"text": "a"})
        assert "django.request" in logs.loggers
        logs.assert_without(TOKEN)

    def test_for_a_disallowed_host(self, client, hook, logs, settings):
        settings.ALLOWED_HOSTS = ["testserver"]
        assert deliver(client, ADDRESS, {"text": "a"}, HTTP_HOST="evil.example").status_code == 400
        assert "django.security.DisallowedHost" in logs.loggers
        logs.assert_without(TOKEN)


def test_the_token_is_not_in_the_environ_that_servers_log(hook):
    """gunicorn writes its access log from the environ after the request."""
    request = RequestFactory().post(ADDRESS, RAW_URI=str(ADDRESS), REQUEST_URI=str(ADDRESS))
    request.resolver_match = resolve(ADDRESS)
    redaction.redact(request)
    assert TOKEN not in repr(request.META) + request.path + request.get_full_path() + repr(request.resolver_match)


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/list/", "/chat/%s/" % TOKEN, "/api/hooks/github/"])
def test_other_paths_are_logged_unchanged(client, db, logs, path):
    record = logging.makeLogRecord({"msg": "Not Found: %s", "args": (path,), "request": RequestFactory().get(path)})
    assert redaction.token_filter.filter(record) and record.getMessage() == "Not Found: " + path
