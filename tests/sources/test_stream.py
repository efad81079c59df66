# coding: utf-8
from __future__ import unicode_literals

import re

import pytest
from django.utils.encoding import iri_to_uri

from chartroom.models import Room
from chartroom.pages import page_text
from chartroom.sources import stream
from tests.pages.config import config_of

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("namespace", ["blog", "deploy"])


def page_of(namespace="blog", name="news"):
    return iri_to_uri("/%s/%s/" % (namespace, name))


@BOTH
class TestPage:

    @pytest.mark.parametrize("name", ["news", "新闻", "x" * 64, "-"], ids=lambda name: repr(name)[:8])
    def test_tells_its_script_where_the_room_s_socket_is(self, client, namespace, name):
        response = client.get(page_of(namespace, name))
        config = config_of(response)
        path = "%s/%s" % (namespace, name)
        assert response.status_code == 200
        assert (config["namespace"], config["socketPath"], config["storageKey"]) == (namespace, "/%s/" % path, path)

    @pytest.mark.parametrize("name", ["a b", "a.b", "x" * 65, "☕", "a%0A"], ids=lambda name: repr(name)[:8])
    def test_is_not_there_for_a_name_that_no_room_has(self, client, namespace, name):
        assert client.get(page_of(namespace, name)).status_code == 404

    def test_is_there_for_rooms_alone_where_visits_make_none(self, client, settings, namespace):
        settings.CHARTROOM_OPEN_ROOMS = False
        assert client.get(page_of(namespace)).status_code == 404
        Room.objects.create(namespace="chat", name="news")
        assert client.get(page_of(namespace)).status_code == 404
        Room.objects.create(namespace=namespace, name="news")
        assert client.get(page_of(namespace)).status_code == 200

    def test_makes_no_room_yet(self, client, namespace):
        client.get(page_of(namespace))
        assert not Room.objects.exists()

    def test_is_forbidden(self, client, settings, namespace):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        assert client.get(page_of(namespace)).status_code == 403

    def test_asks_guests_to_log_in_where_there_are_none(self, client, admin_client, settings, namespace):
        settings.CHARTROOM_GUESTS = False
        response = client.get(page_of(namespace))
        assert response.status_code == 302 and response["Location"].endswith("/accounts/login/?next=" + page_of(namespace))
        assert admin_client.get(page_of(namespace)).status_code == 200

    def test_has_nothing_to_write_with(self, admin_client, namespace):
        content = admin_client.get(page_of(namespace)).content.decode("utf-8")
        assert "<textarea" not in content and 'id="composer"' not in content

    def test_is_never_cached_and_only_read(self, client, namespace):
        assert "max-age=0" in client.get(page_of(namespace))["Cache-Control"]
        assert client.post(page_of(namespace)).status_code == 405

    def test_lets_in_nothing_inline_and_reaches_its_sockets(self, client, settings, namespace):
        settings.CHARTROOM_SOCKET_ORIGIN = "wss://live.example.org"
        response = client.get(page_of(namespace))
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "connect-src 'self' wss://live.example.org;" in policy
        assert config_of(response)["socketOrigin"] == "wss://live.example.org"
        assert not re.search(br"<script(?![^>]*(src=|application/json))|<style|\son\w+=|\sstyle=|javascript:", response.content)

    def test_speaks_the_reader_s_language(self, client, namespace):
        response = client.get(page_of(namespace), HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9")
        assert 'lang="zh-hans"' in response.content.decode("utf-8")

    def test_leads_nowhere_where_the_project_has_no_list_of_rooms(self, client, settings, namespace):
        settings.ROOT_URLCONF = "tests.sources.urls_alone"
        content = client.get(page_of(namespace)).content.decode("utf-8")
        assert "<h1" in content and 'class="back"' not in content


def test_only_a_service_has_a_state(client):
    assert 'id="state"' in client.get(page_of("deploy")).content.decode("utf-8")
    assert 'id="state"' not in client.get(page_of("blog")).content.decode("utf-8")


@pytest.mark.parametrize("path", ["/news/news/", "/chatty/news/", "/blog/", "/blog/news", "/deploy/a/b/"])
def test_nothing_else_is_such_a_page(client, path):
    assert client.get(path).status_code in (301, 404)


def test_the_script_has_every_sentence_that_a_room_s_has_too():
    # The modules that both pages use ask for them.
    assert set(page_text.strings()) <= set(stream.strings())
