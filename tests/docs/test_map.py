"""Compares ``docs/map.md`` with the tree: each path exists, and each package of `chartroom` is listed."""
from __future__ import unicode_literals

import io
import os
import re

import pytest

import chartroom

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(chartroom.__file__)))

with io.open(os.path.join(ROOT, "docs", "map.md"), encoding="utf-8") as file:
    MAP = file.read()

PATHS = sorted(set(re.findall(r"`([a-z_]+/[\w./-]*|[a-z]+\.ini)`", MAP)))
# Relative to the folder in their row.
BELOW_STATIC = {"frame/", "connection/", "room/", "stream/", "tail/"}


@pytest.mark.parametrize("path", PATHS)
def test_each_path_exists(path):
    folder = os.path.join(ROOT, "chartroom", "static", "chartroom") if path in BELOW_STATIC else ROOT
    assert os.path.exists(os.path.join(folder, path))


def test_many_paths_are_found():
    assert len(PATHS) > 50


def test_each_package_has_its_row():
    package = os.path.join(ROOT, "chartroom")
    packages = {name for name in os.listdir(package) if os.path.exists(os.path.join(package, name, "__init__.py"))}
    named = set(re.findall(r"^\| `chartroom/(\w+)/` \|", MAP, re.MULTILINE))
    assert packages - {"admin", "management", "migrations"} <= named
