"""Tests `merge.merge` with the same cases as the JavaScript version: see tests/browser/test_merge_js.py."""
from __future__ import unicode_literals

import io
import json
import os

import pytest

from chartroom.wire.merge import merge

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "merge.json")

with io.open(GOLDEN, encoding="utf-8") as file:
    CASES = json.load(file)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_golden(case):
    expected = (case["messages"], case["last"], case["gap"])
    assert merge(case["have"], case["new"], case["seq"]) == expected


def test_the_arguments_are_not_modified():
    have, new = [{"seq": 2}], [{"seq": 1}]
    merge(have, new)
    assert (have, new) == ([{"seq": 2}], [{"seq": 1}])
