# coding: utf-8
from __future__ import unicode_literals

import json

import pytest
import six

from chartroom.wire.json_text import dumps

VALUES = ["plain", "", "你好 \U0001f600", 'a "b" \\ \n \t \x01 \x7f', "</script>", "\\u4f60", 1, -2.5, True, None, [], {}]


@pytest.mark.parametrize("value", VALUES)
class TestDumps(object):

    def test_is_text_with_the_same_value(self, value):
        text = dumps({"a": [value]})
        assert isinstance(text, six.text_type)
        assert json.loads(text) == {"a": [value]}

    def test_has_no_unnecessary_escapes(self, value):
        assert dumps(value) == json.dumps(value, ensure_ascii=False)


def test_has_no_spaces():
    assert dumps([1, {"a": 2}]) == '[1,{"a":2}]'
