# coding: utf-8
"""The transport's page names the test of each fault; and each test has its row there."""
from __future__ import unicode_literals

import io
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = r"(test_row_\d\d_\w+)"


def read(*path):
    with io.open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def test_every_fault_has_its_row_and_every_row_its_test():
    told = set(re.findall(NAME, read("docs", "transport.md")))
    files = [name for name in os.listdir(os.path.join(ROOT, "tests", "faults")) if name.startswith("test_")]
    made = {name for file in files for name in re.findall("def " + NAME, read("tests", "faults", file))}
    assert made and told == made
