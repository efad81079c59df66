# coding: utf-8
"""The layers of the house: who may import whom, read from the sources themselves."""
from __future__ import unicode_literals

import ast
import io
import os

import pytest

import chartroom

ROOT = os.path.dirname(chartroom.__file__)

# Each floor may import the floors below it. A new module must be given a floor here; the modules of a
# wing (a folder in WINGS) one by one.
FLOORS = [
    ["", "conf", "errors", "wire", "rooms", "people", "sockets", "pages"],
    ["wire.json_text", "wire.limits", "wire.protocol", "wire.merge"],
    ["wire.server_frames", "wire.values"],
    ["wire.client_frames", "models"],
    ["people.ratelimit", "people.addresses", "people.names", "sockets.origin"],
    ["people.identity"],
    ["people.permissions", "rooms.history", "rooms.on_commit", "rooms.store", "rooms.submissions",
     "sockets.sessions", "pages.page_text", "pages.policy"],
    ["rooms.broadcast", "rooms.membership", "pages.rendering", "pages.responses", "pages.headers", "pages.failures"],
    ["publish", "sockets.answers"],
    ["consumers", "rooms.pipeline", "sources", "pages.views", "pages.log_out", "pages.log_in_limit"],
    ["routing", "urls", "admin", "apps", "checks", "management"],
]
WINGS = {"wire", "rooms", "people", "sockets", "pages"}
# Imports nothing of chartroom's, and is named by its dotted path in settings only.
BESIDE = ["transport"]
# Written by Django.
WRITTEN = ["migrations"]

FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}
TOP = len(FLOORS) - 1


def may_import(module, other):
    if module in BESIDE or other in BESIDE:
        return False
    return FLOOR_OF[other] < FLOOR_OF[module] or FLOOR_OF[module] == TOP


# Modules whose functions may import: what must not be there yet when the module is read, or costs each
# process's start much and is needed by few.
LATE_IMPORTS = {"apps", "sources.webhooks.keys", "people.names"}


def python_files():
    for folder, folders, files in os.walk(ROOT):
        for file in sorted(files):
            if file.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, file), ROOT)


def place(dotted):
    """A module of a wing stands for itself, ``rooms.store``; one of another package stands where the package does."""
    parts = dotted.split(".")
    return ".".join(parts[:2]) if parts[0] in WINGS else parts[0]


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
                found = place(".".join(parts[1:]))
                # What is no module is a name in its package.
                if found not in FLOOR_OF and found not in BESIDE:
                    found = found.rpartition(".")[0]
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


@pytest.mark.parametrize("name", sorted(name for name in FLOOR_OF if name.startswith("wire.")) + ["errors"])
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
        "import chartroom.rooms.pipeline", "from chartroom.rooms import pipeline",
        "from chartroom.rooms.pipeline import store", "def f():\n    from chartroom.rooms import history, pipeline",
    ])
    def test_sees_each_way_to_import(self, source):
        assert "rooms.pipeline" in set(self.module("consumers", source).imported_places())

    @pytest.mark.parametrize("source", ["from .rooms.pipeline import store", "from .rooms import pipeline"])
    def test_sees_relative_imports(self, source):
        assert "rooms.pipeline" in set(self.module("consumers", source).imported_places())

    @pytest.mark.parametrize("source", ["import chartroom.transport.layers", "from chartroom import transport"])
    def test_sees_what_stands_beside(self, source):
        assert set(self.module("consumers", source).imported_places()) == {"transport"}

    @pytest.mark.parametrize("source", ["from chartroom import __version__", "import chartroom"])
    def test_takes_a_name_for_what_its_package_is(self, source):
        assert set(self.module("consumers", source).imported_places()) == {""}

    def test_finds_a_floor_that_is_broken(self):
        for dotted, source in (
            ("consumers", "from chartroom.rooms import pipeline"), ("rooms.store", "from chartroom.rooms.broadcast import send"),
            ("rooms.store", "from chartroom.rooms import history"), ("transport.layers", "from chartroom.conf import conf"),
            ("admin", "from chartroom.transport import layers"),
        ):
            with pytest.raises(AssertionError):
                test_imports_go_downwards_only(self.module(dotted, source))
        test_imports_go_downwards_only(self.module("publish", "from chartroom.rooms import broadcast, store"))

    def test_finds_a_module_without_a_floor(self):
        for dotted in ("rooms.unheard_of", "unheard_of"):
            with pytest.raises(AssertionError):
                test_each_module_has_its_floor(self.module(dotted, ""))

    def test_finds_what_is_hidden_in_a_function(self):
        with pytest.raises(AssertionError):
            test_imports_stand_at_the_top(self.module("rooms.store", "def f():\n    if True:\n        import json"))
        with pytest.raises(AssertionError):
            test_no_function_asks_for_the_version_of_python(self.module("rooms.store", "def f():\n    return six.PY2"))

    def test_has_read_the_house(self):
        assert {"consumers", "rooms.pipeline", "rooms.store", "pages.views"} <= {module.dotted for module in MODULES}
