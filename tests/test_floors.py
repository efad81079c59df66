# coding: utf-8
"""The layers of the house: who may import whom, read from the sources themselves."""
from __future__ import unicode_literals

import ast
import io
import os

import pytest

import chartroom

ROOT = os.path.dirname(chartroom.__file__)

# From the ground up: a module may import those of lower floors. A new one has to find its place here.
FLOORS = [
    ["", "conf", "errors", "json_text"],
    ["protocol", "models"],
    ["permissions", "history", "store", "submissions", "ratelimit", "sessions", "page_text", "on_commit"],
    ["broadcast", "presence", "publish", "pages", "sockets"],
    ["pipeline", "consumers", "sources", "views"],
    ["routing", "urls", "admin", "apps", "checks", "management"],
]
# One that stands on the shoulders of another of its floor.
SHOULDERS = {("publish", "broadcast"), ("sockets", "broadcast")}
# Beside the house: imports nothing of it, and nothing imports it but settings, by dotted name.
BESIDE = ["transport"]
# Written by Django.
WRITTEN = ["migrations"]

FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}
TOP = len(FLOORS) - 1


def may_import(module, other):
    if module in BESIDE or other in BESIDE:
        return False
    lower = FLOOR_OF[other] < FLOOR_OF[module]
    return lower or FLOOR_OF[module] == TOP or (module, other) in SHOULDERS


# Modules whose functions may import: what must not be there yet when the module is read, or costs each
# process's start much and is needed by few.
LATE_IMPORTS = {"apps", "sources.webhooks.keys"}


def python_files():
    for folder, folders, files in os.walk(ROOT):
        for file in sorted(files):
            if file.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, file), ROOT)


def place(dotted):
    """``sources.feed`` and all else in a package stands where the package does."""
    return dotted.split(".")[0]


class Module(object):

    def __init__(self, path):
        self.dotted = path[:-len(".py")].replace(os.sep, ".").replace(".__init__", "").replace("__init__", "")
        self.place = place(self.dotted)
        with io.open(os.path.join(ROOT, path), "rb") as file:
            self.source = file.read()
        self.tree = ast.parse(self.source)
        self.is_package = path.endswith("__init__.py")

    def imports(self):
        """The dotted names of what it imports, wherever it does; ``from a import b`` counts as a.b."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield "%s.%s" % (self.origin(node), alias.name)

    def origin(self, node):
        if not node.level:
            return node.module
        here = ["chartroom"] + [part for part in self.dotted.split(".") if part]
        base = here[:len(here) - node.level + self.is_package]
        return ".".join(base + ([node.module] if node.module else []))

    def imported_places(self):
        """The modules of the house that it imports, but itself."""
        for name in self.imports():
            parts = name.split(".")
            if parts[0] == "chartroom":
                found = parts[1] if len(parts) > 1 and parts[1] in FLOOR_OF or parts[1:2] == BESIDE else ""
                if found != self.place:
                    yield found

    def functions(self):
        return [node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]


MODULES = [Module(path) for path in python_files() if place(path.replace(os.sep, ".")) not in WRITTEN]
EACH = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.dotted or "chartroom")


@EACH
def test_each_module_has_its_floor(module):
    assert module.place in FLOOR_OF or module.place in BESIDE


@EACH
def test_imports_go_downwards_only(module):
    assert not {other for other in module.imported_places() if not may_import(module.place, other)}


@EACH
def test_relative_imports_are_not_used(module):
    assert not [node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.level]


@EACH
def test_text_is_unicode_everywhere(module):
    futures = [alias.name for node in module.tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"
               for alias in node.names]
    assert "unicode_literals" in futures or not module.source.strip()


@pytest.mark.parametrize("name", ["protocol", "json_text", "errors"])
def test_what_goes_over_the_wire_is_read_without_django(name):
    [module] = [module for module in MODULES if module.dotted == name]
    assert not [imported for imported in module.imports() if imported.split(".")[0] in ("django", "channels")]


@EACH
def test_imports_stand_at_the_top(module):
    late = [node.lineno for function in module.functions() for node in ast.walk(function)
            if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert not late or module.dotted in LATE_IMPORTS


@EACH
def test_no_function_asks_for_the_version_of_python(module):
    asked = {getattr(node, "attr", getattr(node, "id", None)) for function in module.functions() for node in ast.walk(function)}
    assert not asked & {"version_info", "PY2", "PY3", "PY34"}


class TestTheReaderItself:
    """So that the above can't pass for having seen nothing."""

    def module(self, dotted, source):
        module = Module("conf.py")
        module.dotted, module.place = dotted, place(dotted)
        module.tree = ast.parse(source)
        return module

    @pytest.mark.parametrize("source", [
        "import chartroom.pipeline", "from chartroom import pipeline", "from chartroom.pipeline import store",
        "def f():\n    from chartroom import conf, pipeline", "from .pipeline import store", "from . import pipeline",
    ])
    def test_sees_each_way_to_import(self, source):
        assert "pipeline" in set(self.module("consumers", source).imported_places())

    @pytest.mark.parametrize("source", ["import chartroom.transport.layers", "from chartroom import transport"])
    def test_sees_what_stands_beside(self, source):
        assert set(self.module("views", source).imported_places()) == {"transport"}

    def test_finds_a_floor_that_is_broken(self):
        for dotted, source in (
            ("consumers", "from chartroom import pipeline"), ("store", "from chartroom.broadcast import send"),
            ("transport.layers", "from chartroom.conf import conf"), ("admin", "from chartroom.transport import layers"),
        ):
            with pytest.raises(AssertionError):
                test_imports_go_downwards_only(self.module(dotted, source))
        test_imports_go_downwards_only(self.module("publish", "from chartroom import broadcast, conf, store"))

    def test_finds_what_is_hidden_in_a_function(self):
        with pytest.raises(AssertionError):
            test_imports_stand_at_the_top(self.module("store", "def f():\n    if True:\n        import json"))
        with pytest.raises(AssertionError):
            test_no_function_asks_for_the_version_of_python(self.module("store", "def f():\n    return six.PY2"))

    def test_has_read_the_house(self):
        assert {"consumers", "pipeline", "store", "views"} <= {module.dotted for module in MODULES}
