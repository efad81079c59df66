# coding: utf-8
"""
The dotted paths that projects write in their settings, routing and URLs, and the names that they import.

Each is API: a deployment that names it goes on working when modules move. One that
has to go is kept for a release as an alias, and announced in the CHANGELOG.
"""
from __future__ import unicode_literals

import glob
import io
import os
import re
from importlib import import_module

import pytest
from django.core.management import find_commands, load_command_class
from django.utils.module_loading import import_string

import chartroom

SETTINGS = [
    "chartroom.transport.addresses.Pool",
    "chartroom.transport.layers.RedisChannelLayer",
    "chartroom.transport.layers.RedisSentinelChannelLayer",
    "chartroom.pages.headers.SecurityHeaders",
    "chartroom.pages.log_in_limit.LimitLogIns",
    "chartroom.pages.uploads.RefuseUploads",
    "chartroom.wire.client_frames.refuse_at_once",
]
ROUTING = [
    "chartroom.routing.internal", "chartroom.routing.lobby", "chartroom.routing.plain_rooms",
    "chartroom.routing.rooms", "chartroom.routing.tail",
]
URLS = ["chartroom.urls.urlpatterns", "chartroom.sources.urls.urlpatterns", "chartroom.pages.failures.server_error",
        "chartroom.pages.health.urlpatterns", "chartroom.status.metrics.urlpatterns"]
IMPORTED = [
    "chartroom.publish.publish", "chartroom.publish.publish_on_save", "chartroom.errors.NotPublished",
    "chartroom.errors.Refused", "chartroom.pages.log_out.log_out", "chartroom.models.NAMESPACE",
    "chartroom.sources.timers.later.send_later", "chartroom.sources.timers.later.cancel_later",
    "chartroom.sources.webhooks.hooks.make_hook", "chartroom.sources.webhooks.hooks.renew_token",
    "chartroom.sources.webhooks.hooks.secret_of", "chartroom.rooms.store.own_room",
    "chartroom.shut_out.shut_out",
]
# In INSTALLED_APPS.
APPS = ["chartroom", "chartroom.transport", "newer_python", "security_backports"]

# In SILENCED_SYSTEM_CHECKS.
CHECK_IDS = [
    "chartroom.E001", "chartroom.E002", "chartroom.E003", "chartroom.E004", "chartroom.E005", "chartroom.E006",
    "chartroom.E007", "chartroom.E008", "chartroom.E009", "chartroom.E010", "chartroom.E011", "chartroom.E012",
    "chartroom.E020", "chartroom.E021", "chartroom.E022",
    "chartroom.W001", "chartroom.W002", "chartroom.W003", "chartroom.W004", "chartroom.W005", "chartroom.W006",
    "chartroom.W007", "chartroom.W008", "chartroom.W009", "chartroom.W010", "chartroom.W011", "chartroom.W012",
    "chartroom.W013",
    "chartroom.W020", "chartroom.W021", "chartroom.W022", "chartroom.W023",
]
# Run by process managers, monitoring and people.
COMMANDS = {
    "chartroom": ["chartroomrestored", "chartroomstatus", "doctor", "protocoljs", "runfeed", "runtail", "runtimers"],
    "chartroom.transport": ["deadletters", "rundaphne", "rundelay", "runworker"],
}

PACKAGE = os.path.dirname(chartroom.__file__)
PAGES = sorted(glob.glob(os.path.join(os.path.dirname(PACKAGE), "docs", "*.md")))
IMPORT = re.compile(r"^ *from (chartroom[\w.]*) import ([\w, ]+)$", re.MULTILINE)


def text_of(path):
    with io.open(path, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("dotted", SETTINGS + ROUTING + URLS + IMPORTED)
def test_names_that_projects_write_exist(dotted):
    assert callable(import_string(dotted)) or import_string(dotted)


@pytest.mark.parametrize("name", APPS)
def test_apps_that_projects_install_exist(name):
    assert import_module(name)


@pytest.mark.parametrize("app, name", [(app, name) for app in sorted(COMMANDS) for name in COMMANDS[app]])
def test_commands_can_be_loaded(app, name):
    assert load_command_class(app, name)


@pytest.mark.parametrize("app", sorted(COMMANDS))
def test_each_command_is_listed(app):
    assert sorted(find_commands(os.path.join(os.path.dirname(PACKAGE), *(app.split(".") + ["management"])))) == COMMANDS[app]


def test_checks_keep_their_ids():
    found = [id for path in glob.glob(os.path.join(PACKAGE, "checks", "*.py")) for id in re.findall(r'id="(chartroom\.\w+)"', text_of(path))]
    assert sorted(found) == sorted(CHECK_IDS)


@pytest.mark.parametrize("page", PAGES, ids=os.path.basename)
def test_imports_in_the_documentation_work_and_are_listed_here(page):
    shown = ["%s.%s" % (module, name.strip()) for module, names in IMPORT.findall(text_of(page)) for name in names.split(",")]
    for dotted in shown:
        assert import_string(dotted)
    assert set(shown) <= set(IMPORTED)
