# coding: utf-8
from __future__ import unicode_literals

import base64

import pytest

from chartroom.sources.webhooks import keys
from chartroom.sources.webhooks.refusals import Rejected
from chartroom.sources.webhooks.signatures import Headers, check, sign
from tests.sources.webhooks.deliveries import VECTOR_BODY, VECTOR_ID, VECTOR_SECRET, VECTOR_SIGNATURE, VECTOR_TIMESTAMP

KEY = keys.key_of(VECTOR_SECRET)
NOW = int(VECTOR_TIMESTAMP)


def refused(id=VECTOR_ID, timestamp=VECTOR_TIMESTAMP, signature=VECTOR_SIGNATURE, body=VECTOR_BODY, now=NOW, key=KEY):
    """The code of the rejection, with 401, or None."""
    try:
        check(key, Headers(id, timestamp, signature), body, now)
    except Rejected as refusal:
        assert refusal.status == 401
        return refusal.code


class TestSignature:

    def test_matches_the_specification_s_test_vector(self):
        assert sign(KEY, VECTOR_ID, VECTOR_TIMESTAMP, VECTOR_BODY) == VECTOR_SIGNATURE
        assert refused() is None

    @pytest.mark.parametrize("changed", [
        {"id": b"msg_other"}, {"body": VECTOR_BODY + b" "}, {"key": b"another key of thirty-two bytes."},
        {"timestamp": b"%d" % (NOW + 1)}, {"signature": VECTOR_SIGNATURE[:-1]}, {"signature": VECTOR_SIGNATURE[3:]},
        {"signature": VECTOR_SIGNATURE.replace(b"v1,", b"v2,")}, {"signature": VECTOR_SIGNATURE.replace(b"v1,", b"v1a,")},
        {"signature": b"v1,"}, {"signature": b"v1"}, {"signature": b"\xff\xfe"}, {"signature": VECTOR_SIGNATURE.lower()},
    ], ids=str)
    def test_of_anything_else_is_refused(self, changed):
        assert refused(**changed) == "bad_signature"

    @pytest.mark.parametrize("missing", ["id", "timestamp", "signature"])
    def test_requires_three_headers(self, missing):
        assert refused(**{missing: b""}) == "unsigned"

    @pytest.mark.parametrize("others", [[b"v1,bad=="], [b"v2,x", b"v1a,hnO3", b"nonsense"], [b""]])
    def test_is_one_of_several(self, others):
        assert refused(signature=b" ".join(others + [VECTOR_SIGNATURE])) is None
        assert refused(signature=b" ".join([VECTOR_SIGNATURE] + others)) is None


class TestTime:

    @pytest.mark.parametrize("off", [-300, -1, 0, 1, 300])
    def test_may_be_five_minutes_off_either_way(self, off):
        assert refused(now=NOW + off) is None

    @pytest.mark.parametrize("off", [-301, 301, 86400])
    def test_but_not_more(self, off):
        assert refused(now=NOW + off) == "bad_timestamp"

    @pytest.mark.parametrize("timestamp", [
        b"x", b"1614265330.5", b"-1", b"+1614265330", b" 1614265330", b"1e9", b"9" * 400, "١٦١٤٢٦٥٣٣٠".encode("utf-8"),
        b"2021-02-25T15:02:10Z", b"1614265330\n",
    ])
    def test_is_whole_seconds(self, timestamp):
        assert refused(timestamp=timestamp) == "bad_timestamp"


class TestSecret:

    def test_is_generated_as_specified(self):
        secret = keys.make_secret()
        assert secret.startswith("whsec_") and len(keys.key_of(secret)) == 32 and secret != keys.make_secret()

    @pytest.mark.parametrize("size", [24, 64])
    def test_has_24_to_64_bytes(self, size):
        assert keys.key_of("whsec_" + base64.b64encode(b"x" * size).decode("ascii")) == b"x" * size

    @pytest.mark.parametrize("secret", [
        "", "whsec_", VECTOR_SECRET[6:], VECTOR_SECRET[:-1], VECTOR_SECRET + "ä", VECTOR_SECRET.replace("M", "-"),
        "whsec_" + base64.b64encode(b"x" * 23).decode("ascii"), "whsec_" + base64.b64encode(b"x" * 65).decode("ascii"),
        VECTOR_SECRET.replace("whsec_", "secret"), VECTOR_SECRET[:20] + "\n" + VECTOR_SECRET[20:],
    ])
    def test_is_invalid_otherwise(self, secret):
        with pytest.raises(ValueError):
            keys.key_of(secret)

    def test_is_encrypted_and_decrypted(self):
        sealed = keys.seal(VECTOR_SECRET)
        assert keys.unseal(sealed) == VECTOR_SECRET
        assert VECTOR_SECRET[6:] not in sealed and base64.b64encode(KEY).decode("ascii") not in sealed
        assert sealed != keys.seal(VECTOR_SECRET)

    def test_is_lost_if_the_project_s_key_or_the_ciphertext_changes(self, settings):
        sealed = keys.seal(VECTOR_SECRET)
        with pytest.raises(keys.SecretLost):
            keys.unseal(sealed[:-4] + "AAA=")
        settings.SECRET_KEY = "another"
        with pytest.raises(keys.SecretLost):
            keys.unseal(sealed)


def test_a_token_has_more_than_192_bits_and_needs_no_quoting():
    tokens = {keys.make_token() for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        assert len(token) * 6 >= 192 and set(token) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
