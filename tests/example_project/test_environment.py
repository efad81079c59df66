# coding: utf-8
"""``project.environment``: environment variables and files of the example project."""
from __future__ import unicode_literals

import multiprocessing
import os
import stat
import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from project import environment
from project.environment import feeds, flag, folder, names, secret


class TestFlags:

    @pytest.mark.parametrize("value, meaning", [
        ("1", True), ("true", True), ("Yes", True), ("ON", True),
        ("0", False), ("false", False), ("No", False), ("off", False), ("", False),
    ])
    def test_are_on_or_off(self, monkeypatch, value, meaning):
        monkeypatch.setenv(str("A_FLAG"), str(value))
        assert flag("A_FLAG", not meaning) is meaning

    @pytest.mark.parametrize("default", [True, False])
    def test_have_a_default(self, monkeypatch, default):
        monkeypatch.delenv(str("A_FLAG"), raising=False)
        assert flag("A_FLAG", default) is default

    @pytest.mark.parametrize("value", ["2", "ja", " 1", "None"])
    def test_are_nothing_else(self, monkeypatch, value):
        monkeypatch.setenv(str("A_FLAG"), str(value))
        with pytest.raises(ImproperlyConfigured) as error:
            flag("A_FLAG", False)
        assert str(error.value) == "A_FLAG=%s: write 1 or 0." % value


class TestFeeds:

    def read(self, monkeypatch, value):
        monkeypatch.setenv(str("SOME_FEEDS"), str(value))
        return feeds("SOME_FEEDS")

    def test_have_a_room_and_a_url_each(self, monkeypatch):
        assert self.read(monkeypatch, "news=http://a/?x=1, b=https://b/") == [
            {"room": "news", "url": "http://a/?x=1"}, {"room": "b", "url": "https://b/"}]

    def test_may_be_none(self, monkeypatch):
        assert self.read(monkeypatch, "") == []

    @pytest.mark.parametrize("value", ["http://a/", "=http://a/", "news=", "news"])
    def test_are_nothing_else(self, monkeypatch, value):
        with pytest.raises(ImproperlyConfigured) as error:
            self.read(monkeypatch, value)
        assert "SOME_FEEDS" in str(error.value)


class TestNames:

    @pytest.mark.parametrize("value, meaning", [
        ("a.example", ["a.example"]), (" a.example , [::1],", ["a.example", "[::1]"]), ("", []), (" , ", []),
    ])
    def test_are_separated_by_commas(self, monkeypatch, value, meaning):
        monkeypatch.setenv(str("SOME_NAMES"), str(value))
        assert names("SOME_NAMES", ["default"]) == meaning

    def test_have_a_default(self, monkeypatch):
        monkeypatch.delenv(str("SOME_NAMES"), raising=False)
        assert names("SOME_NAMES", ["default"]) == ["default"]


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class TestSecret:

    @pytest.fixture
    def path(self, tmpdir):
        return str(tmpdir.join("secret_key"))

    def test_is_created_once(self, path):
        made = secret(path)
        assert len(made) == 50 and made.isalnum()
        assert secret(path) == made

    def test_is_readable_by_its_owner_only(self, path):
        before = os.umask(0)
        try:
            secret(path)
        finally:
            os.umask(before)
        assert mode(path) == 0o600

    def test_differs_between_files(self, path):
        assert secret(path) != secret(path + "2")

    def test_is_created_if_a_crash_left_an_empty_file(self, path):
        open(path, "w").close()
        assert len(secret(path)) == 50

    def test_is_the_same_for_processes_that_start_at_once(self, path, monkeypatch):
        random_string = environment.get_random_string
        monkeypatch.setattr(environment, "get_random_string", lambda length: time.sleep(0.02) or random_string(length))
        pool = multiprocessing.Pool(4)
        try:
            found = pool.map(secret, [path] * 4, chunksize=1)
        finally:
            pool.terminate()
        assert len(set(found)) == 1 and len(found[0]) == 50

    def test_that_can_not_be_stored_is_an_error(self, tmpdir):
        with pytest.raises(EnvironmentError):
            secret(str(tmpdir.join("nothing", "secret_key")))


class TestFolder:

    def test_is_created_for_its_owner_only(self, tmpdir):
        path = str(tmpdir.join("a", "b"))
        assert folder(path) == path == folder(path)
        assert mode(path) == 0o700

    def test_that_is_a_file_is_an_error(self, tmpdir):
        path = tmpdir.join("a")
        path.write("")
        with pytest.raises(EnvironmentError):
            folder(str(path))
