# coding: utf-8
"""Compares ``docs/transport.md`` with the tests of the faults, and with the defaults of options and bounds."""
from __future__ import unicode_literals

import io
import os
import re

from chartroom.transport import options
from chartroom.transport.interface import conf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = r"(test_row_\d\d_\w+)"


def read(*path):
    with io.open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def section(heading):
    return read("docs", "transport.md").split("\n## %s\n" % heading)[1].split("\n## ")[0]


def shown(default):
    """A default as it is written in the table."""
    if not default:
        return "none"
    return "%d" % default if isinstance(default, int) else "`%s`" % default


def test_every_fault_has_its_row_and_every_row_its_test():
    listed = set(re.findall(NAME, read("docs", "transport.md")))
    files = [name for name in os.listdir(os.path.join(ROOT, "tests", "faults")) if name.startswith("test_")]
    defined = {name for file in files for name in re.findall("def " + NAME, read("tests", "faults", file))}
    assert defined and listed == defined


def test_every_option_of_a_layer_has_its_row_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| ", section("Options"), re.MULTILINE)
    assert dict(rows) == {name: shown(default) for name, default in options.DEFAULTS.items()}
    assert len(rows) == len(options.DEFAULTS)


def test_every_bound_of_the_interface_server_has_its_default():
    [block] = re.findall(r"```python\n(.*?)```", section("The interface server"), re.DOTALL)
    names = {}
    exec(block, names)
    assert names["CHARTROOM_INTERFACE"] == conf.DEFAULTS
