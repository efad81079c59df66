# coding: utf-8
"""Compares ``docs/settings.md`` with the code."""
from __future__ import unicode_literals

import ast
import io
import os
import re

import pytest

from chartroom.conf import each_setting

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Functions that read an environment variable, whose name is the first argument.
READERS = {"get", "setdefault", "feeds", "flag", "names", "port_number", "whole"}
# Set for Django, not read.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}
CHECKS = [("chartroom", "checks", name) for name in os.listdir(os.path.join(ROOT, "chartroom", "checks")) if name.endswith(".py")]


def text_of(*path):
    with io.open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def rows_of(*headings):
    """Yield the cells of each row in the tables under these headings."""
    sections = re.split(r"^## (.*)$", text_of("docs", "settings.md"), flags=re.MULTILINE)[1:]
    for heading, section in zip(sections[::2], sections[1::2]):
        if heading in headings:
            for line in section.splitlines():
                if line.startswith("| `"):
                    yield [cell.strip() for cell in line.strip("|").split(" | ")]


def unquoted(cell):
    assert cell.startswith("`") and cell.endswith("`"), cell
    return cell[1:-1]


def variables_read_by(*path):
    """The variables that a module reads by calling `READERS`, and that `dj_database_url.config` reads."""
    found = set()
    for node in ast.walk(ast.parse(text_of(*path).encode("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name == "config":
                found.add("DATABASE_URL")
            elif name in READERS and is_environment(getattr(node.func, "value", None)):
                found.update(argument.s for argument in node.args[:1] if isinstance(argument, ast.Str))
    return found - NOT_OURS


def is_environment(owner):
    """Whether the object of a method is ``os.environ`` or a copy of it, or None, because a function is called."""
    return owner is None or getattr(owner, "attr", getattr(owner, "id", None)) in ("environ", "env")


def test_each_setting_is_documented_with_its_default():
    documented = [(unquoted(cells[0]), ast.literal_eval(unquoted(cells[2]))) for cells in rows_of("The app's")]
    assert documented == [(setting.name, setting.default) for setting in each_setting()]


@pytest.mark.parametrize("setting", [setting for setting in each_setting() if isinstance(setting.default, int)],
                         ids=lambda setting: str(setting.name))
def test_a_number_is_documented_with_its_bounds(setting):
    [kind] = [cells[1] for cells in rows_of("The app's") if unquoted(cells[0]) == setting.name]
    if isinstance(setting.default, bool):
        assert kind == "`True` or `False`"
    else:
        least, most = (int(number) for number in re.match(r"whole number, (\d+) to (\d+)$", kind).groups())
        for number in (least, most):
            setting.convert(number)
        for number in (least - 1, most + 1):
            with pytest.raises(ValueError):
                setting.convert(number)


def test_each_environment_variable_is_documented():
    documented = [unquoted(cells[0]) for cells in rows_of("The example project's environment")]
    assert set(documented) == variables_read_by("project", "settings.py") | variables_read_by("scripts", "serve.py")
    assert len(documented) == len(set(documented))


def test_the_reader_finds_variables():
    assert {"DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "DATABASE_URL"} <= variables_read_by("project", "settings.py")
    assert {"PORT", "REDIS_URL", "SOCKET_ORIGIN"} <= variables_read_by("scripts", "serve.py")


@pytest.mark.parametrize("paths", [
    CHECKS, [("tests", "test_checks.py"), ("tests", "test_database_checks.py")]], ids=["chartroom/checks", "tests"])
def test_each_check_is_documented(paths):
    documented = [unquoted(cells[0]) for cells in rows_of("The checks")]
    known = {"chartroom." + id for path in paths for id in re.findall(r'"(?:chartroom\.)?([EW]\d{3})"', text_of(*path))}
    assert documented == sorted(known)
