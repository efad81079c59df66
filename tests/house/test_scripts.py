# coding: utf-8
"""The floors of the pages' scripts: which folder may import which, checked in their sources."""
from __future__ import unicode_literals

import io
import os
import re

import pytest

import chartroom

ROOT = os.path.join(os.path.dirname(chartroom.__file__), "static", "chartroom")

# A script may import those of its own folder and of the floors before it. Each new folder needs a floor here.
FLOORS = [["frame"], ["connection"], ["room", "stream", "tail"]]
FLOOR_OF = {folder: number for number, floor in enumerate(FLOORS) for folder in floor}

IMPORT = re.compile(
    r"""^(?:import|export)\s(?:[\w\s{},*]*\sfrom\s)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""", re.MULTILINE)


def imported(path, source):
    """Yield the paths below `ROOT` of the scripts that the script `path` with the text `source` imports."""
    for static, dynamic in IMPORT.findall(source):
        yield os.path.normpath(os.path.join(os.path.dirname(path), static or dynamic)).replace(os.sep, "/")


def may_import(path, other):
    folder, other_folder = path.split("/")[0], other.split("/")[0]
    return folder == other_folder or FLOOR_OF[other_folder] < FLOOR_OF[folder]


def scripts():
    for folder, folders, files in os.walk(ROOT):
        for file in sorted(files):
            if file.endswith(".js"):
                path = os.path.join(folder, file)
                with io.open(path, encoding="utf-8") as script:
                    yield os.path.relpath(path, ROOT).replace(os.sep, "/"), script.read()


SCRIPTS = sorted(scripts())
EACH = pytest.mark.parametrize("path, source", SCRIPTS, ids=[path for path, source in SCRIPTS])


@EACH
def test_each_folder_has_its_floor(path, source):
    assert path.split("/")[0] in FLOOR_OF


@EACH
def test_imports_go_downwards_only(path, source):
    assert not [other for other in imported(path, source) if not may_import(path, other)]


@EACH
def test_imports_name_scripts_that_exist(path, source):
    assert not [other for other in imported(path, source) if not os.path.exists(os.path.join(ROOT, other))]


@pytest.mark.parametrize("source", [
    'import { READ } from "../room/reading.js";', 'import * as reading from "../room/reading.js";',
    'import {\n  READ,\n  readKey,\n} from "../room/reading.js";', 'import "../room/reading.js";',
    'export { READ } from "../room/reading.js";', 'const later = await import("../room/reading.js");',
])
def test_each_way_to_import_is_seen(source):
    assert list(imported("frame/rooms.js", source)) == ["room/reading.js"]
    with pytest.raises(AssertionError):
        test_imports_go_downwards_only("frame/rooms.js", source)


def test_the_scripts_were_read():
    assert ("room/room.js", "connection/protocol.js") in {
        (path, other) for path, source in SCRIPTS for other in imported(path, source)}
