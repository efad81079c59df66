# coding: utf-8
"""Messages as bytes, which both libraries must encode alike: processes on different Pythons share a Redis."""
from __future__ import unicode_literals

import collections
import datetime
import sys
import uuid

import pytest
import six
from cryptography.fernet import Fernet
from django.utils.safestring import mark_safe

from chartroom.transport import entries, packing
from chartroom.transport.layers import RedisChannelLayer

# As literals, so that all Pythons agree.
WIRE = [
    ({"text": "hello"}, b"\x81\xa4text\xa5hello"),
    ({"text": "聊天室 😀"}, b"\x81\xa4text\xae\xe8\x81\x8a\xe5\xa4\xa9\xe5\xae\xa4 \xf0\x9f\x98\x80"),
    ({"bytes": b"\x00\xff"}, b"\x81\xa5bytes\xc4\x02\x00\xff"),
    ({"": None}, b"\x81\xa0\xc0"),
    ({"accept": True}, b"\x81\xa6accept\xc3"),
    ({"n": [0, 127, 128, 65536, -1, -33]}, b"\x81\xa1n\x96\x00\x7f\xcc\x80\xce\x00\x01\x00\x00\xff\xd0\xdf"),
    ({"n": 2 ** 63 - 1}, b"\x81\xa1n\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
    ({"n": -2 ** 63}, b"\x81\xa1n\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
    ({"n": 2 ** 64 - 1}, b"\x81\xa1n\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
    ({"n": 0.5}, b"\x81\xa1n\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00"),
    ({"a": {"b": [{"c": []}, {}]}}, b"\x81\xa1a\x81\xa1b\x92\x81\xa1c\x90\x80"),
    ({"text": "x" * 32}, b"\x81\xa4text\xd9\x20" + b"x" * 32),
    ({"text": "x" * 70000}, b"\x81\xa4text\xdb\x00\x01\x11\x70" + b"x" * 70000),
    ({1: "a key that is no text"}, b"\x81\x01\xb5a key that is no text"),
]
Pair = collections.namedtuple("Pair", "left right")
# Values that are encoded as, and arrive as, plainer ones.
PLAIN = [
    ({"a": ("tuple", 1)}, {"a": ["tuple", 1]}),
    ({"a": Pair(1, 2)}, {"a": [1, 2]}),
    ({"text": mark_safe("<b>")}, {"text": "<b>"}),
    ({mark_safe("text"): 1}, {"text": 1}),
    (collections.OrderedDict(a=1), {"a": 1}),
    ({"bytes": bytearray(b"x")}, {"bytes": b"x"}),
]


def nested(levels):
    message = {}
    for _ in range(levels):
        message = {"a": message}
    return message


def other(message):
    """The message as a process on another Python reads it."""
    return packing.unpack_by_msgpack(message)


@pytest.mark.parametrize("message, wire", WIRE, ids=[repr(message)[:40] for message, _ in WIRE])
class TestTheWire:

    def test_is_encoded(self, message, wire):
        assert packing.packb(message) == wire

    def test_is_decoded(self, message, wire):
        assert packing.unpackb(wire) == message

    def test_is_the_same_for_a_process_on_another_python(self, message, wire):
        assert packing.pack_by_msgpack(message) == wire
        assert other(wire) == message


@pytest.mark.skipif(sys.version_info < (3, 8), reason="msgpack-python has its C extension here")
def test_the_fast_library_is_used_where_the_other_is_slow():
    assert packing.packb is not packing.pack_by_msgpack
    assert packing.unpackb is not packing.unpack_by_msgpack


def test_text_and_bytes_stay_what_they_are():
    read = packing.unpackb(packing.packb({"text": "x", "bytes": b"x"}))
    assert type(read["text"]) is type("") and type(read["bytes"]) is bytes


@pytest.mark.parametrize("message, plain", PLAIN, ids=[repr(message) for message, _ in PLAIN])
def test_what_stands_for_something_plain_arrives_as_that(message, plain):
    assert packing.packb(message) == packing.pack_by_msgpack(message)
    assert packing.unpackb(packing.packb(message)) == other(packing.packb(message)) == plain


class TestWhatCantBeSent:

    @pytest.mark.parametrize("value", [
        object, {1}, datetime.datetime(2026, 1, 1), datetime.date(2026, 1, 1), uuid.UUID(int=1), 1j, [{1}],
        {uuid.UUID(int=1): 1},
    ], ids=repr)
    def test_is_a_type_error(self, value):
        with pytest.raises(TypeError):
            packing.packb({"a": value})

    @pytest.mark.parametrize("number", [2 ** 64, -2 ** 63 - 1])
    def test_a_number_beyond_64_bits_is_an_overflow(self, number):
        with pytest.raises(OverflowError):
            packing.packb({"a": number})

    @pytest.mark.skipif(six.PY2, reason="2.7's UTF-8 has halves of pairs")
    def test_half_of_a_surrogate_pair_is_a_value_error(self):
        with pytest.raises(ValueError):
            packing.packb({"text": "\ud800"})

    def test_a_message_nested_too_deep_is_a_value_error(self):
        with pytest.raises(ValueError):
            packing.packb(nested(2000))

    def test_nor_one_that_is_in_itself(self):
        message = {"a": []}
        message["a"].append(message)
        with pytest.raises(ValueError):
            packing.packb(message)


class TestForeignBytes:

    @pytest.fixture
    def layer(self):
        return RedisChannelLayer(hosts=["redis://127.0.0.1:1/0"])

    @pytest.mark.parametrize("body", [
        b"", b"\xc1", b"not msgpack", b"\x80\x03}q\x00.", b"\x81\xa1a", b"\x81\xa1a\x01\x01", b"\x81\xa1a\xa1\xff",
        b"\x81\x80\x01", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff",
    ], ids=repr)
    def test_are_unreadable(self, layer, body):
        with pytest.raises(entries.Unreadable):
            layer.deserialize(body, None, ["x"])

    @pytest.mark.parametrize("level", [b"\x91", b"\x81\xa1a"])
    @pytest.mark.parametrize("levels", [20000, 1000000])
    def test_nested_deep_are_unreadable(self, layer, level, levels):
        with pytest.raises(entries.Unreadable):
            layer.deserialize(level * levels + b"\xc0", None, ["x"])

    def test_for_which_the_key_is_missing_are_unreadable(self, layer):
        keyed = RedisChannelLayer(hosts=layer.hosts, symmetric_encryption_keys=["secret"])
        body = keyed.serialize({"text": "hello"}, None, ["x"])
        assert b"hello" not in body
        assert keyed.deserialize(body, None, ["x"]) == {"text": "hello"}
        with pytest.raises(entries.Unreadable):
            layer.deserialize(body, None, ["x"])
        with pytest.raises(entries.Unreadable):
            keyed.deserialize(Fernet(Fernet.generate_key()).encrypt(b"\x80"), None, ["x"])
