# coding: utf-8
"""``/tail/``: the page, and the settings behind it."""
from __future__ import unicode_literals

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured

from chartroom.conf import conf
from project.environment import numbered

pytestmark = pytest.mark.django_db


def only_the_second(user, number):
    return number == 2


def nothing(user, number):
    return False


@pytest.fixture(autouse=True)
def files(settings):
    settings.CHARTROOM_TAIL_FILES = {10: ("/c/access.log", 'a <b>"label"'), 2: "/var/log/secret-folder/error.log"}


@pytest.fixture
def ann(client):
    get_user_model().objects.create_user("ann", password="x")
    client.login(username="ann", password="x")
    return client


def options(response):
    return re.findall(r'<option value="(\d+)"[^>]*?(selected)?>([^<]*)<', response.content.decode("utf-8"))


class TestThePage:

    def test_offers_the_files_by_number_and_label(self, ann):
        assert options(ann.get("/tail/")) == [("2", "", "2 · error.log"), ("10", "", "10 · a &lt;b&gt;&quot;label&quot;")]

    def test_never_contains_a_path(self, ann):
        assert b"secret-folder" not in ann.get("/tail/").content

    def test_selects_the_file_of_the_query(self, ann):
        assert [number for number, selected, _ in options(ann.get("/tail/?file=10")) if selected] == ["10"]

    @pytest.mark.parametrize("file", ["", "99", "x", "-1", "../../etc/passwd", "%00", "٣", "9" * 30])
    def test_selects_nothing_for_an_invalid_query(self, ann, file):
        response = ann.get("/tail/?file=" + file)
        assert response.status_code == 200 and "selected" not in str(options(response))

    def test_redirects_anonymous_users_to_the_login(self, client):
        response = client.get("/tail/?file=2")
        assert response.status_code == 302 and response["Location"].endswith("/accounts/login/?next=/tail/%3Ffile%3D2")

    def test_lists_only_permitted_files(self, ann, settings):
        settings.CHARTROOM_TAIL_PERMISSION = "tests.sources.tail.test_views.only_the_second"
        assert [number for number, _, _ in options(ann.get("/tail/?file=10"))] == ["2"]

    def test_reports_that_there_are_no_files(self, ann, settings):
        settings.CHARTROOM_TAIL_PERMISSION = "tests.sources.tail.test_views.nothing"
        response = ann.get("/tail/")
        assert b"no file that you may watch" in response.content and b"tail.js" not in response.content

    def test_has_no_inline_script_and_a_policy(self, ann):
        response = ann.get("/tail/")
        assert "script-src 'self'" in response["Content-Security-Policy"] and "ws://testserver" in response["Content-Security-Policy"]
        assert "no-cache" in response["Cache-Control"] or "max-age=0" in response["Cache-Control"]
        assert re.findall(r"<script(?![^>]*src=)([^>]*)>", response.content.decode("utf-8")) == [' type="application/json" id="config"']

    @pytest.mark.parametrize("path", ["/tail/x/", "/tail/1/", "/tail/2/", "/tail/../../etc/passwd", "/tail/..%2f..%2fetc/passwd", "/tail/error.log"])
    def test_has_no_pages_below_it(self, ann, path):
        assert ann.get(path).status_code == 404

    def test_accepts_get_only(self, ann):
        assert ann.post("/tail/").status_code == 405

    def test_passes_all_translated_strings_to_its_script(self, ann):
        page = ann.get("/tail/").content.decode("utf-8")
        config = json.loads(re.search(r'id="config">(.*?)</script>', page).group(1))
        assert config["socketPath"] == "/tail/" and all(config["strings"].values())


def value_of(settings, value):
    settings.CHARTROOM_TAIL_FILES = value
    return list(conf.TAIL_FILES.items())


class TestTheSetting:

    @pytest.mark.parametrize("value, meaning", [
        ({}, []),
        ({2: "/b/two.log", 1: "/a/one.log"}, [(1, ("/a/one.log", "one.log")), (2, ("/b/two.log", "two.log"))]),
        ({1: ("/a", " A file ")}, [(1, ("/a", "A file"))]), ({1: ["/a", "A"]}, [(1, ("/a", "A"))]),
    ])
    def test_is_paths_or_path_and_label_by_number(self, settings, value, meaning):
        assert value_of(settings, value) == meaning

    @pytest.mark.parametrize("value, complaint", [
        (["/a"], "by number"), ("1=/a", "by number"), (None, "by number"),
        ({0: "/a"}, "from 1"), ({-1: "/a"}, "from 1"), ({"1": "/a"}, "from 1"), ({True: "/a"}, "from 1"), ({10 ** 9: "/a"}, "from 1"),
        ({1: "a.log"}, "absolute"), ({1: ""}, "absolute"), ({1: None}, "absolute"), ({1: ("/a",)}, "absolute"), ({1: "/a/"}, "absolute"),
        ({1: ("/a", "b", "c")}, "absolute"), ({1: "/a\x00b"}, "absolute"), ({1: b"\xff"[0:0]}, "absolute"),
        ({1: ("/a", "")}, "label"), ({1: ("/a", " ")}, "label"), ({1: ("/a", 5)}, "label"), ({1: ("/a", "x" * 65)}, "label"),
    ])
    def test_is_refused_otherwise(self, settings, value, complaint):
        with pytest.raises(ImproperlyConfigured) as error:
            value_of(settings, value)
        assert str(error.value).startswith("CHARTROOM_TAIL_FILES ") and complaint in str(error.value)


class TestTheVariable:

    def test_is_number_and_path(self):
        assert numbered("TAIL_FILES", ["1=/a", "20=/b=c"]) == {1: "/a", 20: "/b=c"} and numbered("TAIL_FILES", []) == {}

    @pytest.mark.parametrize("pairs, complaint", [
        (["/a"], "/a: write"), (["x=/a"], "x=/a: write"), (["1="], "1=: write"), (["=/a"], "=/a: write"), (["-1=/a"], "-1=/a: write"),
        (["1=/a", "1=/b"], "number 1 is used twice"),
    ])
    def test_is_refused_otherwise(self, pairs, complaint):
        with pytest.raises(ImproperlyConfigured) as error:
            numbered("TAIL_FILES", pairs)
        assert "TAIL_FILES: " in str(error.value) and complaint in str(error.value)
