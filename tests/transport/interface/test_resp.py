# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.transport.interface import resp

REPLIES = (
    b"+OK\r\n" b":-7\r\n" b"$5\r\na\r\nb\xff\r\n" b"$0\r\n\r\n" b"$-1\r\n" b"*-1\r\n" b"*0\r\n"
    b"*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n$-1\r\n" b"*1\r\n*1\r\n*1\r\n+deep\r\n"
)
COMPLETE = [b"OK", -7, b"a\r\nb\xff", b"", None, None, [], [1, [b"x", []], None], [[[b"deep"]]]]


def test_a_command_is_a_list_of_its_words():
    assert resp.command("SET", b"k\xff", 12, "é") == b"*4\r\n$3\r\nSET\r\n$2\r\nk\xff\r\n$2\r\n12\r\n$2\r\n\xc3\xa9\r\n"


def test_replies_of_every_kind():
    assert resp.Replies().feed(REPLIES) == COMPLETE


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_replies_in_pieces(size):
    replies, got = resp.Replies(), []
    for start in range(0, len(REPLIES), size):
        got += replies.feed(REPLIES[start:start + size])
    assert got == COMPLETE


def test_an_error_is_a_value_with_a_code():
    [error] = resp.Replies().feed(b"-NOSCRIPT No matching script.\r\n")
    assert error.code == "NOSCRIPT" and "matching" in "%s" % error


def test_a_list_may_contain_an_error():
    [[error, after]] = resp.Replies().feed(b"*2\r\n-ERR x\r\n:1\r\n")
    assert error.code == "ERR" and after == 1


@pytest.mark.parametrize("foreign", [b"HTTP/1.1 400 Bad Request\r\n", b"$x\r\n"])
def test_foreign_data_is_refused(foreign):
    with pytest.raises(ValueError):
        resp.Replies().feed(foreign)
