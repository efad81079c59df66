"""The example's static files, without collectstatic and without a search on the disk for each request."""
from __future__ import unicode_literals

import pytest

from project.static import StaticFiles


@pytest.mark.parametrize("path", ["chartroom/frame/style.css", "chartroom/room/room.js", "admin/css/base.css"])
def test_the_apps_files_are_served(client, path):
    response = client.get("/static/" + path)
    assert response.status_code == 200 and b"".join(response.streaming_content)


@pytest.mark.parametrize("path", ["nothing.js", "../settings.py", "chartroom/../../settings.py", "chartroom/frame/", "chartroom\\room\\room.js"])
def test_nothing_else_is_served(client, db, path):
    assert client.get("/static/" + path).status_code == 404


def test_a_request_does_not_search_for_files(settings, monkeypatch):
    files = StaticFiles(lambda request: None)
    assert not files.autorefresh
    monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda path: 1 / 0)
    assert "/static/chartroom/room/room.js" in files.files


def test_with_debug_a_new_file_is_found_without_a_restart(settings):
    settings.DEBUG = True
    assert StaticFiles(lambda request: None).autorefresh
