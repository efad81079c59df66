# coding: utf-8
from __future__ import unicode_literals

import re

import pytest
from django.contrib.messages import get_messages
from django.core.urlresolvers import reverse
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from django.views.debug import get_exception_reporter_filter

from chartroom.models import Hook, Room
from chartroom.sources.webhooks import hooks, keys
from tests.sources.webhooks.deliveries import VECTOR_SECRET, deliver, signed_headers

pytestmark = pytest.mark.django_db(transaction=True)

LIST, ADD = "admin:chartroom_hook_changelist", "admin:chartroom_hook_add"
HELLO = '{"text": "hello"}'


@pytest.fixture
def hook(layer):
    return hooks.make_hook(Room.objects.create(namespace="deploy", name="api"), "ci")[0]


def make(admin_client, **changes):
    return admin_client.post(reverse(ADD), dict(
        {"namespace": "deploy", "room_name": "api", "name": "ci", "signing": "unsigned", "secret": ""}, **changes))


def change(admin_client, hook, **changes):
    return admin_client.post(reverse("admin:chartroom_hook_change", args=[hook.pk]), dict(
        {"name": "ci", "is_active": "on", "signing": "unsigned", "secret": ""}, **changes))


def shown_once(response, what):
    """A value on the page that is shown once: the ``address`` or the ``secret``, or None."""
    found = re.search('<pre id="%s">(.*?)</pre>' % what, response.content.decode("utf-8"), re.DOTALL)
    return found and found.group(1)


class TestAdd:

    def test_its_address_is_shown_and_accepts_deliveries(self, admin_client, client, layer):
        response = make(admin_client)
        assert response.status_code == 200
        address = shown_once(response, "address")
        assert address.startswith("http://testserver/hooks/") and shown_once(response, "secret") is None
        assert address in shown_once(response, "try") and "curl" in shown_once(response, "try")
        assert deliver(client, address, HELLO).status_code == 200
        assert Room.objects.get().last_seq == 1 and "%s" % Room.objects.get() == "deploy/api"

    def test_in_an_existing_room(self, admin_client, hook):
        make(admin_client, name="cd")
        assert Room.objects.count() == 1 and Hook.objects.count() == 2

    def test_signed_with_a_new_secret(self, admin_client, client, layer):
        response = make(admin_client, signing="made")
        address, secret = shown_once(response, "address"), shown_once(response, "secret")
        assert deliver(client, address, HELLO).status_code == 401
        assert deliver(client, address, HELLO, signed_headers(secret, HELLO)).status_code == 200

    def test_signed_with_the_sender_s_secret_which_is_not_shown_again(self, admin_client, client, layer):
        response = make(admin_client, signing="pasted", secret=" %s\n" % VECTOR_SECRET)
        assert VECTOR_SECRET not in response.content.decode("utf-8")
        address = shown_once(response, "address")
        assert deliver(client, address, HELLO, signed_headers(VECTOR_SECRET, HELLO)).status_code == 200

    def test_what_is_shown_is_shown_once(self, admin_client, layer):
        """Not in a cookie, a session, another page or the browser's cache."""
        response = make(admin_client, signing="made")
        token, secret = shown_once(response, "address").split("/")[-2], shown_once(response, "secret")
        assert list(get_messages(response.wsgi_request)) == [] and "max-age=0" in response["Cache-Control"]
        pages = [reverse(LIST), reverse(ADD), reverse("admin:index"),
                 reverse("admin:chartroom_hook_change", args=[Hook.objects.get().pk])]
        later = [admin_client.get(page).content.decode("utf-8") for page in pages]
        later += [repr(admin_client.cookies), repr(dict(admin_client.session)), repr(Hook.objects.values())]
        for text in later:
            assert token not in text and secret[6:] not in text

    def test_error_reports_do_not_show_the_pasted_secret(self, admin_client, layer):
        request = make(admin_client, signing="pasted", secret=VECTOR_SECRET).wsgi_request
        shown = get_exception_reporter_filter(request).get_post_parameters(request)
        assert shown["room_name"] == "api" and VECTOR_SECRET not in repr(shown)

    @pytest.mark.parametrize("wrong, field", [
        ({"room_name": "a b"}, "room_name"), ({"room_name": ""}, "room_name"), ({"namespace": "a-b"}, "namespace"),
        ({"name": ""}, "name"), ({"name": "x" * 65}, "name"), ({"signing": "keep"}, "signing"), ({"signing": ""}, "signing"),
        ({"signing": "pasted"}, "secret"), ({"signing": "pasted", "secret": "hunter2"}, "secret"),
        ({"secret": VECTOR_SECRET}, "signing"),
    ], ids=str)
    def test_invalid_values_are_reported(self, admin_client, layer, wrong, field):
        response = make(admin_client, **wrong)
        assert set(response.context["adminform"].form.errors) == {field}
        assert not Hook.objects.exists() and not Room.objects.exists()

    def test_a_name_is_escaped(self, admin_client, layer):
        name = "<script>alert(1)</script>"
        page = make(admin_client, name=name).content.decode("utf-8")
        assert name not in page and escape(name) in page


class TestChange:

    def test_keeps_its_address_and_its_secret(self, admin_client, hook):
        hooks.give_secret(hook, VECTOR_SECRET)
        hook.save()
        assert change(admin_client, hook, name="other", signing="keep").status_code == 302
        changed = Hook.objects.get()
        assert (changed.name, changed.token_hash, changed.sealed_secret) == ("other", hook.token_hash, hook.sealed_secret)

    def test_gets_a_new_address(self, admin_client, client, hook):
        old = "/hooks/%s/" % hooks.renew_token(hook)
        response = change(admin_client, hook, new_address="on")
        assert deliver(client, old, HELLO).status_code == 404
        assert deliver(client, shown_once(response, "address"), HELLO).status_code == 200

    def test_gets_a_new_secret(self, admin_client, hook):
        secret = shown_once(change(admin_client, hook, signing="made"), "secret")
        assert hooks.secret_of(Hook.objects.get()) == secret

    def test_gets_the_sender_s_secret_though_the_project_s_key_has_changed(self, admin_client, hook, settings):
        hooks.give_secret(hook, keys.make_secret())
        hook.save()
        settings.SECRET_KEY = "another"
        admin_client.login(username="admin", password="password")
        assert admin_client.get(reverse("admin:chartroom_hook_change", args=[hook.pk])).status_code == 200
        assert change(admin_client, hook, signing="pasted", secret=VECTOR_SECRET).status_code == 302
        assert hooks.secret_of(Hook.objects.get()) == VECTOR_SECRET

    def test_is_no_longer_signed(self, admin_client, hook):
        hooks.give_secret(hook, VECTOR_SECRET)
        hook.save()
        change(admin_client, hook)
        assert Hook.objects.get().sealed_secret == ""

    def test_is_revoked_and_reactivated(self, admin_client, hook):
        for is_active in (False, True):
            change(admin_client, hook, **({"is_active": "on"} if is_active else {"is_active": ""}))
            assert Hook.objects.get().is_active == is_active

    def test_stays_in_its_room(self, admin_client, hook):
        change(admin_client, hook, room_name="other", namespace="chat", room="99")
        assert Hook.objects.get().room == hook.room and Room.objects.count() == 1

    def test_several_are_revoked_at_once(self, admin_client, hook):
        make(admin_client, name="cd")
        admin_client.post(reverse(LIST), {
            "action": "revoke", "_selected_action": list(Hook.objects.values_list("pk", flat=True))})
        assert not Hook.objects.filter(is_active=True).exists()

    def test_the_list_makes_one_query_for_all_rooms(self, admin_client, hook):
        counts = []
        for number in range(3):
            hooks.make_hook(Room.objects.create(name="room%d" % number), "ci")
            with CaptureQueriesContext(connection) as captured:
                assert ("room%d" % number).encode("ascii") in admin_client.get(reverse(LIST)).content
            counts.append(len(captured))
        assert counts == [counts[0]] * 3


def test_a_visitor_is_asked_to_log_in(client):
    assert client.get(reverse(ADD)).status_code == 302


def test_saving_does_not_overwrite_a_concurrent_address(admin_client, hook):
    tokens = []

    def renew(sender, instance, **kwargs):
        pre_save.disconnect(renew, sender=Hook)
        tokens.append(hooks.renew_token(Hook.objects.get(pk=instance.pk)))
    pre_save.connect(renew, sender=Hook)
    assert change(admin_client, hook, name="renamed").status_code == 302
    found = hooks.find_hook(keys.hash_token(tokens[0]))
    assert found is not None and found.name == "renamed"


def test_saving_does_not_overwrite_a_concurrent_secret(admin_client, hook):
    def sign(sender, instance, **kwargs):
        pre_save.disconnect(sign, sender=Hook)
        Hook.objects.filter(pk=instance.pk).update(sealed_secret=keys.seal(VECTOR_SECRET))
    pre_save.connect(sign, sender=Hook)
    assert change(admin_client, hook, name="renamed").status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hooks.secret_of(hook)) == ("renamed", VECTOR_SECRET)
