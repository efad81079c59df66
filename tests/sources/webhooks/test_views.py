# coding: utf-8
from __future__ import unicode_literals

import hashlib
import json
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.urlresolvers import reverse
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from six.moves.urllib.parse import urlencode

from chartroom import publish
from chartroom.models import ChatMessage, Hook, Room
from chartroom.sources.webhooks import hooks, keys, views
from chartroom.sources.webhooks.refusals import Rejected
from tests.room_socket import Socket
from tests.sources.webhooks.deliveries import VECTOR_SECRET, answer_of, deliver, signed_headers

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = '{"text": "hello"}'


@pytest.fixture
def room(layer):
    return Room.objects.create(namespace="deploy", name="api")


@pytest.fixture
def hook(room):
    """An active `Hook`; ``hook.address`` is its URL."""
    hook, token = hooks.make_hook(room, "ci")
    hook.address = "/hooks/%s/" % token
    return hook


@pytest.fixture
def signed(room):
    hook, token = hooks.make_hook(room, "ci", secret=VECTOR_SECRET)
    hook.address = "/hooks/%s/" % token
    return hook


def texts():
    return list(ChatMessage.objects.order_by("seq").values_list("message", flat=True))


def assert_refused(response, status, code):
    assert answer_of(response) == (status, code)
    assert texts() == []


class TestAccepted:

    def test_is_answered_when_it_is_stored(self, client, hook):
        response = deliver(client, hook.address, {"text": "hello"}, {"webhook-id": "msg_1"})
        assert answer_of(response) == (200, {"id": "msg_1", "seq": 1})
        assert response["Content-Type"] == "application/json"
        [row] = ChatMessage.objects.all()
        assert (row.room, row.message, row.author, row.source, row.sender, row.data) == (
            hook.room, "hello", "ci", "webhook", "hook:%d" % hook.pk, None)

    def test_its_url_can_be_reversed(self, client, hook):
        assert reverse("sources:hook", args=["abc-_"]) == "/hooks/abc-_/"

    def test_is_broadcast_to_the_room(self, client, hook, layer):
        reader = Socket(layer, "/deploy/api/").connect()
        deliver(client, hook.address, {"text": "1.2 is out", "status": "ok", "username": "root"})
        [frame] = reader.frames_of("messages")
        [wire] = frame["messages"]
        assert (wire["text"], wire["author"], wire["source"], wire["data"]) == (
            "1.2 is out", "ci", "webhook", {"status": "ok", "payload": {"username": "root"}})

    def test_needs_no_csrf_token(self, hook):
        assert deliver(Client(enforce_csrf_checks=True), hook.address, {"text": "a"}).status_code == 200

    def test_in_the_format_of_slack(self, client, hook):
        body = urlencode({"payload": json.dumps({"text": "from a form"})})
        response = deliver(client, hook.address, body, content_type="application/x-www-form-urlencoded; charset=utf-8")
        assert response.status_code == 200 and texts() == ["from a form"]

    def test_without_an_id_each_is_a_message(self, client, hook):
        assert [answer_of(deliver(client, hook.address, {"text": "a"}))[1]["seq"] for _ in range(2)] == [1, 2]

    def test_without_the_slash_at_the_end(self, client, hook):
        assert deliver(client, hook.address[:-1], {"text": "a"}).status_code == 200

    def test_makes_few_queries(self, client, hook):
        deliver(client, hook.address, {"text": "a"})
        with CaptureQueriesContext(connection) as captured:
            deliver(client, hook.address, {"text": "b"})
        # The hook with its room; the lock, the last number, the known ids, the message, the new number.
        assert len([query for query in captured.captured_queries if "chartroom_" in query["sql"]]) == 6


class TestRetry:

    def test_is_harmless_and_answered_the_same(self, client, hook, layer):
        reader = Socket(layer, "/deploy/api/").connect()
        answers = [answer_of(deliver(client, hook.address, {"text": "a"}, {"webhook-id": "m"})) for _ in range(3)]
        assert answers == [(200, {"id": "m", "seq": 1})] * 3
        assert len(reader.frames_of("messages")) == 1 and texts() == ["a"]

    def test_with_another_text_is_refused(self, client, hook):
        deliver(client, hook.address, {"text": "a"}, {"webhook-id": "m"})
        assert answer_of(deliver(client, hook.address, {"text": "b"}, {"webhook-id": "m"})) == (422, "id_reused")
        assert texts() == ["a"]

    def test_with_an_id_that_no_message_can_have(self, client, hook):
        for number, id in enumerate(["x" * 65, "a b", "\xe9", "x" * 5000], 1):
            hashed = hashlib.sha256(id.encode("latin-1")).hexdigest()
            for _ in range(2):
                assert answer_of(deliver(client, hook.address, {"text": "a"}, {"webhook-id": id})) == (
                    200, {"id": hashed, "seq": number})

    def test_to_another_hook_of_the_room_is_another_message(self, client, hook, room):
        other, token = hooks.make_hook(room, "cd")
        for number, address in enumerate([hook.address, "/hooks/%s/" % token], 1):
            assert answer_of(deliver(client, address, {"text": "a"}, {"webhook-id": "m"}))[1]["seq"] == number


class TestToken:

    @pytest.mark.parametrize("address", ["/hooks/x/", "/hooks/", "/hooks/%C3%A9/", "/hooks/a%0Ab/", "/hooks/%FF/", "/hooks/a/b/"])
    def test_that_does_not_exist(self, client, hook, address):
        assert_refused(deliver(client, address, {"text": "a"}), 404, "not_found")

    def test_with_a_suffix(self, client, hook):
        assert_refused(deliver(client, hook.address + "github", {"text": "a"}), 404, "not_found")

    def test_that_is_the_stored_hash(self, client, hook):
        assert_refused(deliver(client, "/hooks/%s/" % hook.token_hash, {"text": "a"}), 404, "not_found")

    def test_of_a_revoked_hook(self, client, hook):
        Hook.objects.update(is_active=False)
        assert_refused(deliver(client, hook.address, {"text": "a"}), 404, "not_found")

    def test_that_was_renewed(self, client, hook):
        token = hooks.renew_token(hook)
        assert_refused(deliver(client, hook.address, {"text": "a"}), 404, "not_found")
        assert deliver(client, "/hooks/%s/" % token, {"text": "a"}).status_code == 200

    def test_is_nowhere_in_the_database(self, hook):
        token = hook.address.split("/")[2]
        assert token not in json.dumps(list(Hook.objects.values()), default=str)
        assert len(token) == 43

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
    @pytest.mark.parametrize("known", [True, False])
    def test_is_accepted_by_post_only(self, client, hook, method, known):
        response = getattr(client, method)(hook.address if known else "/hooks/x/")
        assert response.status_code == 405 and response["Allow"] == "POST" and texts() == []
        assert method == "head" or answer_of(response)[1] == "method_not_allowed"


class TestRate:

    def test_too_many(self, client, hook, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "2/h"
        answers = [deliver(client, hook.address, {"text": "a"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answer_of(answers[2])[1] == "rate_limited" and 1 <= int(answers[2]["Retry-After"]) <= 3600

    def test_is_reported_in_whole_seconds(self, client, hook, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "1/s"
        until_refused = [deliver(client, hook.address, {"text": "a"}) for _ in range(20)]
        assert {answer["Retry-After"] for answer in until_refused if answer.status_code == 429} == {"1"}

    def test_counts_each_hook_separately(self, client, hook, room, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "1/h"
        other = "/hooks/%s/" % hooks.make_hook(room, "cd")[1]
        assert [deliver(client, address, {"text": "a"}).status_code
                for address in (hook.address, other, hook.address)] == [200, 200, 429]

    def test_counts_rejected_deliveries_too(self, client, hook, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "1/h"
        assert deliver(client, hook.address, "no json").status_code == 422
        assert_refused(deliver(client, hook.address, {"text": "a"}), 429, "rate_limited")

    def test_with_an_invalid_setting_rejects_deliveries(self, client, hook, settings):
        settings.CHARTROOM_HOOK_RATE_LIMIT = "often"
        assert_refused(deliver(client, hook.address, {"text": "a"}), 500, "server_error")

    def test_is_not_enforced_without_the_cache(self, client, hook, monkeypatch, caplog):
        monkeypatch.setattr(cache, "incr", lambda *args: 1 / 0)
        assert deliver(client, hook.address, {"text": "a"}).status_code == 200
        assert "rate limits are not applied" in caplog.text


class TestSize:

    def test_up_to_the_limit(self, client, hook, settings):
        settings.CHARTROOM_HOOK_MAX_BODY = 1024
        body = HELLO + " " * (1024 - len(HELLO))
        assert deliver(client, hook.address, body).status_code == 200
        assert answer_of(deliver(client, hook.address, body + " ")) == (413, "too_large")

    def test_is_checked_by_content_length_before_reading(self, client, hook):
        class Unread(object):
            def read(self, size=None):
                raise AssertionError("read")
        response = client.post(hook.address, **{str("CONTENT_LENGTH"): "65537", str("wsgi.input"): Unread()})
        assert_refused(response, 413, "too_large")

    def test_beyond_the_limit_of_django(self, client, hook, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
        assert deliver(client, hook.address, {"text": "a"}).status_code == 200

    @pytest.mark.parametrize("length", ["x", "-1", "+9", "1e3", "9" * 400])
    def test_that_is_not_a_number(self, client, hook, length):
        assert deliver(client, hook.address, HELLO, CONTENT_LENGTH=length).status_code == 400
        assert texts() == []

    def test_of_a_body_that_was_cut_off(self, client, hook):
        """The JSON is complete without its trailing space, but the body is not."""
        arrived = BytesIO(HELLO.encode("ascii"))
        response = deliver(client, hook.address, HELLO, CONTENT_LENGTH="100", **{str("wsgi.input"): arrived})
        assert_refused(response, 400, "bad_length")

    def test_is_checked_by_the_body_without_content_length(self, client, hook, rf):
        request = rf.post("/")
        del request.META["CONTENT_LENGTH"]
        request._stream = BytesIO(b"x" * 65537)
        with pytest.raises(Rejected) as caught:
            views._body(request)
        assert caught.value.status == 413

    def test_of_a_chunked_body(self, client, hook):
        response = deliver(client, hook.address, b"", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
        assert_refused(response, 411, "length_required")


class TestSigned:

    def test_is_accepted(self, client, signed):
        response = deliver(client, signed.address, HELLO, signed_headers(VECTOR_SECRET, HELLO))
        assert answer_of(response) == (200, {"id": "msg_1", "seq": 1})

    def test_is_accepted_again_with_a_new_timestamp(self, client, signed):
        for late in (0, 30, 60):
            headers = signed_headers(VECTOR_SECRET, HELLO, timestamp=time.time() + late)
            assert answer_of(deliver(client, signed.address, HELLO, headers)) == (200, {"id": "msg_1", "seq": 1})

    def test_covers_the_raw_body(self, client, signed):
        body = '{ "text" :"\\u53d1\\u5e03 é"}'
        assert deliver(client, signed.address, body, signed_headers(VECTOR_SECRET, body)).status_code == 200

    def test_not_at_all(self, client, signed):
        assert_refused(deliver(client, signed.address, HELLO, {"webhook-id": "msg_1"}), 401, "unsigned")

    def test_by_another_secret(self, client, signed):
        headers = signed_headers(keys.make_secret(), HELLO)
        assert_refused(deliver(client, signed.address, HELLO, headers), 401, "bad_signature")

    def test_for_another_body(self, client, signed):
        headers = signed_headers(VECTOR_SECRET, HELLO)
        assert_refused(deliver(client, signed.address, HELLO.replace("hello", "other"), headers), 401, "bad_signature")

    @pytest.mark.parametrize("off", [-302, 302])
    def test_too_long_ago_or_too_early(self, client, signed, off):
        headers = signed_headers(VECTOR_SECRET, HELLO, timestamp=time.time() + off)
        assert_refused(deliver(client, signed.address, HELLO, headers), 401, "bad_timestamp")

    def test_is_checked_before_the_body_is_read(self, client, signed):
        assert_refused(deliver(client, signed.address, "no json"), 401, "unsigned")

    def test_a_hook_without_a_secret_ignores_a_signature(self, client, hook):
        assert deliver(client, hook.address, HELLO, {"webhook-signature": "v1,nonsense"}).status_code == 200

    def test_with_a_secret_that_can_no_longer_be_decrypted(self, client, signed, settings, caplog):
        settings.SECRET_KEY = "another"
        response = deliver(client, signed.address, HELLO, signed_headers(VECTOR_SECRET, HELLO))
        assert_refused(response, 500, "server_error")
        assert "SECRET_KEY" in caplog.text and "in the admin" in caplog.text

        hooks.give_secret(signed, VECTOR_SECRET)
        signed.save()
        assert deliver(client, signed.address, HELLO, signed_headers(VECTOR_SECRET, HELLO)).status_code == 200


class TestBody:

    @pytest.mark.parametrize("body, code, key", [
        ("", "bad_body", "The body is not JSON"), ("[]", "bad_body", "The body is not a JSON object"),
        ('{"text": 5}', "bad_body", "text:"), ('{"text": " "}', "empty", "text:"), ("{}", "bad_body", "text:"),
        ('{"text": "%s"}' % ("x" * 4097), "too_long", "text:"),
    ], ids=lambda value: value[:15])
    def test_is_refused_by_what_is_wrong(self, client, hook, body, code, key):
        response = deliver(client, hook.address, body)
        assert_refused(response, 422, code)
        assert json.loads(response.content.decode("utf-8"))["error"]["detail"].startswith(key)


def test_what_is_wrong_in_every_way_is_told_the_first_of_them(client, signed, settings):
    settings.CHARTROOM_HOOK_MAX_BODY = 1024
    settings.CHARTROOM_HOOK_RATE_LIMIT = "2/h"
    bad = "nonsense " * 200
    assert answer_of(client.put("/hooks/x/", data=bad)) == (405, "method_not_allowed")
    assert answer_of(deliver(client, "/hooks/x/", bad)) == (404, "not_found")
    assert answer_of(deliver(client, signed.address, bad)) == (413, "too_large")
    assert answer_of(deliver(client, signed.address, bad[:99])) == (401, "unsigned")
    assert answer_of(deliver(client, signed.address, bad)) == (429, "rate_limited")


class TestTrouble:

    def fail_with(self, monkeypatch, error):
        def fail(rows):
            raise error
        monkeypatch.setattr(publish, "publish_rows", fail)

    def test_the_database_is_away(self, client, hook, monkeypatch, caplog):
        self.fail_with(monkeypatch, OperationalError("server closed the connection"))
        response = deliver(client, hook.address, {"text": "a"})
        assert_refused(response, 503, "busy")
        assert int(response["Retry-After"]) > 0 and "server closed the connection" in caplog.text

    def test_anything_else(self, client, hook, monkeypatch, caplog):
        self.fail_with(monkeypatch, ZeroDivisionError())
        assert_refused(deliver(client, hook.address, {"text": "a"}), 500, "server_error")
        assert "ZeroDivisionError" in caplog.text

    def test_the_room_went_in_between(self, client, hook, monkeypatch):
        whole = hooks.record_use
        monkeypatch.setattr(hooks, "record_use", lambda hook: (whole(hook), Room.objects.all().delete()))
        assert_refused(deliver(client, hook.address, {"text": "a"}), 404, "not_found")

    def test_a_transaction_around_each_request_is_none_around_this(self, client, hook, monkeypatch):
        """Otherwise it would be answered before it is committed."""
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        seen = []
        store = publish.publish_rows
        monkeypatch.setattr(publish, "publish_rows", lambda rows: seen.append(connection.in_atomic_block) or store(rows))
        assert deliver(client, hook.address, {"text": "a"}).status_code == 200
        assert seen == [False]


class TestLastUse:

    def test_is_written(self, client, hook):
        deliver(client, hook.address, {"text": "a"})
        hook.refresh_from_db()
        assert timezone.now() - hook.last_used_at < timedelta(seconds=30)

    @pytest.mark.parametrize("ago, written", [(50, False), (70, True)])
    def test_is_written_once_a_minute(self, client, hook, ago, written):
        then = timezone.now() - timedelta(seconds=ago)
        Hook.objects.update(last_used_at=then)
        deliver(client, hook.address, {"text": "a"})
        hook.refresh_from_db()
        assert (hook.last_used_at != then) == written

    def test_is_none_where_nothing_was_taken(self, client, hook):
        deliver(client, hook.address, "no json")
        hook.refresh_from_db()
        assert hook.last_used_at is None


class TestMaking:

    def test_signed_with_a_new_secret(self, room):
        hook, token = hooks.make_hook(room, "ci", signed=True)
        secret = hooks.secret_of(Hook.objects.get())
        assert len(keys.key_of(secret)) == 32 and secret not in Hook.objects.get().sealed_secret

    def test_not_signed(self, room):
        hook, token = hooks.make_hook(room, "ci")
        assert hooks.secret_of(hook) is None and hooks.find_hook(keys.hash_token(token)) == hook

    @pytest.mark.parametrize("name", ["", "x" * 65])
    def test_needs_a_name(self, room, name):
        with pytest.raises(ValidationError):
            hooks.make_hook(room, name)
        assert not Hook.objects.exists()

    def test_takes_no_secret_that_is_none(self, room):
        for secret in ("", "hunter2"):
            with pytest.raises(ValueError):
                hooks.make_hook(room, "ci", secret=secret)
        assert not Hook.objects.exists()
