# coding: utf-8
from __future__ import unicode_literals

import json

import pytest

from chartroom.pages.rendering import script_json


@pytest.mark.parametrize("value", ["</script>", "<!--", "]]>", "&amp;", "\u2028\u2029", "\"'", "聊天室"], ids=repr)
def test_json_in_a_page_keeps_its_value_and_can_not_end_the_element(value):
    text = script_json({value: [value]})
    assert json.loads(text) == {value: [value]}
    assert not set(text) & set("<>&\u2028\u2029")
