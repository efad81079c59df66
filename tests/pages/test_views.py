# coding: utf-8
from __future__ import unicode_literals

import datetime
import json

import pytest
from django.core.urlresolvers import clear_script_prefix, reverse, set_script_prefix
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django.utils.encoding import iri_to_uri

from chartroom.models import Feed, Hook, Room, Timer
from chartroom.rooms import epochs
from tests.pages.config import config_of
from tests.room_socket import fill

pytestmark = pytest.mark.django_db


def page_of(name="lobby"):
    return iri_to_uri("/chat/%s/" % name)


def assert_never_cached(response):
    assert "max-age=0" in response["Cache-Control"]


def make_rooms(*names, **values):
    """Creates rooms; the last one has the newest message."""
    now = timezone.now()
    for number, name in enumerate(names):
        Room.objects.create(name=name, last_at=now + datetime.timedelta(seconds=number), **values)


def all_but_staff(identity, namespace, name, action):
    return name != "staff"


@pytest.fixture
def named_guest(client):
    """A client whose guest has a name."""
    client.post(page_of(), {"name": "Bo"})
    return client


class TestRoomList:

    def names(self, client, **query):
        return [room.name for room in client.get("/chat/", query).context["rooms"]]

    def test_is_sorted_by_last_message_and_empty_rooms_are_last(self, client):
        Room.objects.create(name="silent")
        make_rooms("old", "new")
        assert self.names(client) == ["new", "old", "silent"]

    def test_has_rooms_of_one_namespace(self, client):
        make_rooms("a")
        make_rooms("b", namespace="deploy")
        assert self.names(client) == ["a"]

    @pytest.mark.parametrize("wanted, found", [
        ("lo", ["lounge", "lobby"]), (" LO ", ["lounge", "lobby"]), ("ob", []), ("聊", ["聊天室"]), ("%", []), ("_", []), ("", None),
    ])
    def test_is_searched_by_the_beginning_of_a_name(self, client, wanted, found):
        make_rooms("聊天室", "lobby", "lounge")
        assert self.names(client, q=wanted) == (found if found is not None else ["lounge", "lobby", "聊天室"])

    def test_has_pages(self, client):
        make_rooms(*["room%d" % number for number in range(101)])
        first, third = client.get("/chat/"), client.get("/chat/?page=3")
        assert [len(self.names(client, page=page)) for page in (1, 2, 3, 4)] == [50, 50, 1, 0]
        assert (first.context["previous_page"], first.context["next_page"]) == (0, 2)
        assert (third.context["previous_page"], third.context["next_page"]) == (2, 0)
        assert self.names(client, page=3) == ["room0"]

    @pytest.mark.parametrize("active", [0, 1, 49, 50, 51, 60, 100, 120])
    def test_each_room_is_on_exactly_one_page(self, client, active):
        make_rooms(*["talk%d" % number for number in range(active)])
        Room.objects.bulk_create(Room(name="silent%d" % number) for number in range(120 - active))
        pages = [self.names(client, page=page) for page in (1, 2, 3)]
        assert [len(names) for names in pages] == [50, 50, 20]
        names = sum(pages, [])
        assert len(set(names)) == 120 and all(name.startswith("talk") for name in names[:active])

    @pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "²", "٣", "9" * 5000], ids=lambda page: repr(page)[:8])
    def test_an_invalid_page_is_the_first(self, client, page):
        make_rooms("lobby")
        assert self.names(client, page=page) == ["lobby"]

    @pytest.mark.parametrize("page", [2, 99999, 10 ** 18])
    def test_a_page_after_the_last_is_empty(self, client, page):
        make_rooms("lobby")
        assert self.names(client, page=page) == []

    def test_needs_the_same_queries_for_many_rooms(self, client, django_assert_num_queries):
        for name in ("a", "b"):
            make_rooms(*["%s%d" % (name, number) for number in range(30)])
            epochs.forget()
            # Rooms (and those without messages if the page is not full), three kinds of sources, the epoch, two sections.
            with django_assert_num_queries(8 if name == "a" else 7):
                client.get("/chat/")

    def test_shows_only_readable_rooms(self, client, settings):
        make_rooms("staff", "lobby")
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.only_ann_in_staff"
        assert self.names(client) == ["lobby"]

    def test_asks_guests_to_log_in_if_they_are_not_allowed(self, client, admin_client, settings):
        settings.CHARTROOM_GUESTS = False
        response = client.get("/chat/?q=a")
        assert (response.status_code, response["Location"].endswith("/accounts/login/?next=/chat/%3Fq%3Da")) == (302, True)
        assert admin_client.get("/chat/").status_code == 200

    def test_escapes_the_search(self, client):
        content = client.get("/chat/", {"q": '"><script>alert(1)</script>'}).content
        assert b"<script>alert" not in content and b"&lt;script&gt;alert" in content

    @pytest.mark.parametrize("name", ["lobby", "聊天室", "x" * 64])
    def test_redirects_to_a_room_by_name(self, client, name):
        response = client.get("/chat/", {"q": name, "go": "1"})
        assert response.status_code == 302 and response["Location"].endswith(page_of(name))

    @pytest.mark.parametrize("name", ["a b", "x" * 65, "//evil.example", "https://evil.example/", "..", "a\n\rb", "☕"],
                             ids=lambda name: repr(name)[:12])
    def test_redirects_nowhere_else(self, client, name):
        response = client.get("/chat/", {"q": name, "go": "1"})
        assert response.status_code == 200 and response.context["complaint"]

    def test_is_never_cached_and_read_only(self, client):
        assert_never_cached(client.get("/chat/"))
        assert client.post("/chat/").status_code == 405


class TestSourcesInTheList:
    """The marks of rooms with sources, and the sections for other pages."""

    def marks(self, client, **query):
        return {room.name: room.sources for room in client.get("/chat/", query).context["rooms"]}

    def sections(self, client, **query):
        return [
            (section.namespace, [room.name for room in section.rooms])
            for section in client.get("/chat/", query).context["sections"]
        ]

    def test_a_room_has_the_marks_of_its_sources(self, client):
        make_rooms("people", "fed", "hooked", "timed", "all")
        rooms = {room.name: room for room in Room.objects.all()}
        for name in ("fed", "all"):
            Feed.objects.create(room=rooms[name], url="http://a/", url_hash="a")
        for name in ("hooked", "all"):
            Hook.objects.create(room=rooms[name], name="ci", token_hash=name)
        for name in ("timed", "all"):
            Timer.objects.create(room=rooms[name], name="noon", text="x", every=60)
        assert self.marks(client) == {
            "people": [], "fed": ["feed"], "hooked": ["webhook"], "timed": ["timer"], "all": ["feed", "webhook", "timer"]}

        content = client.get("/chat/").content.decode("utf-8")
        assert [content.count('class="mark mark-%s"' % name) for name in ("feed", "webhook", "timer")] == [2, 1, 1]
        assert '<span class="visually-hidden">feed, webhook, timer</span>' in content

    def test_an_inactive_source_has_no_mark(self, client):
        make_rooms("quiet")
        [room] = Room.objects.all()
        Hook.objects.create(room=room, name="ci", token_hash="a", is_active=False)
        Timer.objects.create(room=room, name="noon", text="x", every=60, is_active=False)
        assert self.marks(client) == {"quiet": []}

    def test_many_sources_need_no_more_queries(self, client, django_assert_num_queries):
        make_rooms(*["room%d" % number for number in range(60)])
        make_rooms(*["blog%d" % number for number in range(30)], namespace="blog")
        for room in Room.objects.all():
            Timer.objects.create(room=room, name="noon", text="x", every=60)
            Hook.objects.create(room=room, name="ci", token_hash=room.name)
        with django_assert_num_queries(7):
            client.get("/chat/")

    def test_live_blogs_and_services_are_in_sections_the_most_recent_first(self, client):
        make_rooms("chat")
        make_rooms("old", "新闻", namespace="blog")
        make_rooms("web", "api", namespace="deploy")
        response = client.get("/chat/")
        assert self.sections(client) == [("blog", ["新闻", "old"]), ("deploy", ["api", "web"])]
        content = response.content.decode("utf-8")
        for path in ("/blog/old/", iri_to_uri("/blog/新闻/"), "/deploy/web/"):
            assert 'href="%s"' % path in content
        assert 'data-room="deploy/api"' in content

    def test_a_room_without_messages_is_not_listed(self, client):
        Room.objects.create(namespace="deploy", name="mistyped")
        assert self.sections(client) == []

    def test_other_namespaces_have_no_page_and_no_section(self, client):
        make_rooms("a", namespace="internal")
        assert self.sections(client) == []

    def test_a_section_is_bounded_with_a_note(self, client):
        more = b"Only the latest are shown"
        make_rooms(*["s%d" % number for number in range(20)], namespace="deploy")
        assert more not in client.get("/chat/").content
        make_rooms("last", namespace="deploy")
        [(_, names)] = self.sections(client)
        assert len(names) == 20 and more in client.get("/chat/").content

    def test_a_search_includes_the_sections(self, client):
        make_rooms("api-talk", "lobby")
        make_rooms("api-news", "news", namespace="blog")
        make_rooms("API", "web", namespace="deploy")
        assert self.sections(client, q="api") == [("blog", ["api-news"]), ("deploy", ["API"])]
        assert list(self.marks(client, q="api")) == ["api-talk"]
        assert b'class="empty"' not in client.get("/chat/?q=we").content
        assert b'class="empty"' in client.get("/chat/?q=x").content

    def test_the_sections_are_on_the_first_page_only(self, client):
        make_rooms(*["room%d" % number for number in range(60)])
        make_rooms("news", namespace="blog")
        assert self.sections(client, page=2) == []

    def test_only_readable_rooms_are_listed(self, client, settings):
        make_rooms("staff", "open", namespace="deploy")
        settings.CHARTROOM_PERMISSION = "tests.pages.test_views.all_but_staff"
        assert self.sections(client) == [("deploy", ["open"])]

    def test_the_log_files_are_listed_for_users_if_there_are_any(self, client, admin_client, settings):
        settings.CHARTROOM_TAIL_FILES = {}
        assert b"/tail/" not in admin_client.get("/chat/").content
        settings.CHARTROOM_TAIL_FILES = {1: "/var/log/app.log"}
        assert b'href="/tail/"' in admin_client.get("/chat/").content
        assert b"/tail/" not in client.get("/chat/").content

    def test_a_project_without_the_sources_pages_lists_the_rooms_only(self, admin_client, settings):
        make_rooms("lobby")
        make_rooms("news", namespace="blog")
        settings.CHARTROOM_TAIL_FILES = {1: "/var/log/app.log"}
        settings.ROOT_URLCONF = "tests.pages.urls_alone"
        response = admin_client.get("/chat/")
        assert [room.name for room in response.context["rooms"]] == ["lobby"]
        assert response.context["sections"] == [] and not response.context["logs_url"]


class TestRoomPage:

    @pytest.mark.parametrize("name", ["lobby", "聊天室", "x" * 64, "-"])
    def test_exists_for_every_valid_name(self, client, name):
        response = client.get(page_of(name))
        config = config_of(response)
        assert response.status_code == 200
        assert (config["room"], config["socketPath"], config["storageKey"]) == (name, "/chat/%s/" % name, "chat/%s" % name)

    @pytest.mark.parametrize("origin, path", [("", "/talk/chat/lobby/"), (":8001", "/chat/lobby/")])
    def test_below_a_path_sockets_of_the_same_address_are_below_it_too(self, client, settings, origin, path):
        settings.CHARTROOM_SOCKET_ORIGIN = origin
        address = page_of("lobby")
        set_script_prefix("/talk/")
        try:
            assert config_of(client.get(address))["socketPath"] == path
        finally:
            clear_script_prefix()

    @pytest.mark.parametrize("name", ["a b", "a.b", "x" * 65, "☕", "a%0A"], ids=lambda name: name[:5])
    def test_is_not_found_for_other_names(self, client, name):
        assert client.get(iri_to_uri("/chat/%s/" % name)).status_code == 404

    def test_does_not_create_the_room(self, client):
        client.get(page_of("new"))
        assert not Room.objects.exists()

    def test_gives_the_script_the_identity_without_the_key(self, named_guest):
        key = named_guest.session["chartroom_guest"]["key"]
        response = named_guest.get(page_of())
        config = config_of(response)
        assert config["author"] == "Bo" and len(config["sender"]) == 12
        assert key not in response.content.decode("utf-8")

    def test_of_a_user(self, admin_client, admin_user):
        response = admin_client.get(page_of())
        assert config_of(response)["author"] == "admin"
        assert response.context["named"] and response.context["can_send"]

    def test_of_a_guest_asks_for_a_name(self, client):
        response = client.get(page_of())
        assert not response.context["named"] and config_of(response)["sender"] == ""

    def test_of_a_reader_who_may_not_write(self, named_guest, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
        assert named_guest.get(page_of()).context["can_send"] is False

    def test_is_forbidden(self, client, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        assert client.get(page_of()).status_code == 403

    def test_asks_guests_to_log_in_if_they_are_not_allowed(self, client, settings):
        settings.CHARTROOM_GUESTS = False
        response = client.get(page_of())
        assert response.status_code == 302 and response["Location"].endswith("/accounts/login/?next=/chat/lobby/")

    def test_is_never_cached(self, client):
        assert_never_cached(client.get(page_of()))


class TestNamingAGuest:

    def test_sets_the_name_and_redirects_to_the_room(self, client):
        response = client.post(page_of("聊天室"), {"name": " Bo  Li "})
        assert response.status_code == 302 and response["Location"].endswith(page_of("聊天室"))
        assert config_of(client.get(page_of()))["author"] == "Bo Li"

    def test_redirects_nowhere_else(self, client):
        response = client.post(page_of() + "?next=//evil.example", {"name": "Bo", "next": "https://evil.example/"})
        assert response["Location"].endswith(page_of())

    @pytest.mark.parametrize("name", ["", "  ", "x" * 33, "a\u202eb", "ADMIN"], ids=lambda name: repr(name)[:8])
    def test_shows_the_reason_for_an_invalid_or_taken_name(self, client, admin_user, name):
        response = client.post(page_of(), {"name": name})
        assert response.status_code == 200 and response.context["complaint"]
        assert "chartroom_guest" not in client.session

    def test_requires_the_csrf_token(self):
        browser = Client(enforce_csrf_checks=True)
        assert browser.post(page_of(), {"name": "Bo"}).status_code == 403
        browser.get(page_of())
        token = browser.cookies["csrftoken"].value
        assert browser.post(page_of(), {"name": "Bo", "csrfmiddlewaretoken": token}).status_code == 302

    def test_requires_the_permission_to_enter(self, client, settings):
        settings.CHARTROOM_GUESTS = False
        client.post(page_of(), {"name": "Bo"})
        assert "chartroom_guest" not in client.session

    @pytest.mark.parametrize("name", ["</script><b>", "<!--<script>", "&lt;", "\u2028"], ids=repr)
    def test_is_escaped_in_the_page(self, client, name):
        client.post(page_of(), {"name": "a" + name})
        response = client.get(page_of())
        assert config_of(response)["author"] == ("a" + name).strip()
        assert b"</script><b>" not in response.content and b"<!--<script" not in response.content


class TestMessages:
    """A room's messages as JSON, for programs."""

    def get(self, client, name="lobby", **query):
        response = client.get(page_of(name) + "messages/", query)
        return response.status_code, json.loads(response.content.decode("utf-8"))

    def numbers(self, client, **query):
        status, answer = self.get(client, **query)
        assert status == 200
        return [wire["seq"] for wire in answer["messages"]]

    def refusal(self, client, name="lobby", **query):
        status, answer = self.get(client, name, **query)
        assert set(answer) == {"error"} and answer["error"]["detail"]
        return status, answer["error"]["code"]

    def test_are_the_newest_page(self, client, lobby, settings):
        settings.CHARTROOM_PAGE_SIZE = 2
        fill(lobby, 3)
        status, answer = self.get(client)
        assert (status, answer["room"], answer["seq"], answer["more"]) == (200, "lobby", 3, True)
        assert [(wire["seq"], wire["text"]) for wire in answer["messages"]] == [(2, "message 2"), (3, "message 3")]

    def test_since_a_number(self, client, lobby):
        fill(lobby, 5)
        assert self.numbers(client, since=3) == [4, 5]
        assert self.get(client, since=3)[1]["complete"] is True
        assert self.get(client, since=0, limit=2)[1]["complete"] is False
        assert self.numbers(client, since=2 ** 63 - 1) == []

    def test_before_a_number(self, client, lobby):
        fill(lobby, 5)
        assert self.numbers(client, before=4, limit=2) == [2, 3]
        assert self.get(client, before=4, limit=2)[1]["more"] is True
        assert self.get(client, before=2)[1]["more"] is False

    @pytest.mark.parametrize("query, count", [({}, 2), ({"limit": 10 ** 6}, 2), ({"since": 0, "limit": 10 ** 6}, 3), ({"limit": 0}, 1)], ids=str)
    def test_are_bounded_by_the_settings(self, client, lobby, settings, query, count):
        settings.CHARTROOM_PAGE_SIZE, settings.CHARTROOM_CATCH_UP_SIZE = 2, 3
        fill(lobby, 5)
        assert len(self.numbers(client, **query)) == count

    @pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "²", "٣", " 1", "9" * 19, "9" * 5000], ids=lambda value: repr(value)[:8])
    @pytest.mark.parametrize("key", ["since", "before", "limit"])
    def test_an_invalid_number(self, client, lobby, key, value):
        assert self.refusal(client, **{key: value}) == (400, "bad_request")

    def test_since_and_before_together(self, client, lobby):
        assert self.refusal(client, since=1, before=2) == (400, "bad_request")

    def test_of_a_room_that_does_not_exist(self, client, settings):
        assert self.get(client, "new") == (200, {"room": "new", "seq": 0, "epoch": 0, "messages": [], "more": False})
        assert not Room.objects.exists()
        settings.CHARTROOM_OPEN_ROOMS = False
        assert self.refusal(client, "new") == (404, "not_found")

    def test_of_an_invalid_name(self, client):
        assert client.get(iri_to_uri("/chat/☕/messages/")).status_code == 404

    def test_for_users_only(self, client, lobby, settings, admin_client):
        settings.CHARTROOM_GUESTS = False
        assert self.refusal(client) == (401, "log_in")
        assert self.get(admin_client)[0] == 200

    def test_of_a_room_that_may_not_be_read(self, client, lobby, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        assert self.refusal(client) == (403, "forbidden")

    def test_are_never_cached_and_read_only(self, client, lobby):
        response = client.get(page_of() + "messages/")
        assert response["Content-Type"] == "application/json"
        assert_never_cached(response)
        assert client.post(page_of() + "messages/").status_code == 405

    def test_an_unavailable_database_is_a_503_with_a_code(self, client, monkeypatch):
        def unavailable(*args):
            raise OperationalError("the disk is full")
        monkeypatch.setattr("chartroom.rooms.history.before", unavailable)
        response = client.get(page_of() + "messages/")
        assert response.status_code == 503 and response["Retry-After"]
        assert json.loads(response.content.decode("utf-8"))["error"]["code"] == "busy"

    def test_need_three_queries(self, client, lobby, django_assert_num_queries):
        fill(lobby, 60)
        with django_assert_num_queries(3):
            client.get(page_of() + "messages/")


@pytest.mark.parametrize("path", ["/chat/", "/chat/lobby/", "/accounts/login/"])
def test_pages_are_in_the_users_language(client, path):
    assert 'lang="zh-hans"' in client.get(path, HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9").content.decode("utf-8")


def test_the_front_page_leads_to_the_rooms(client):
    assert client.get("/")["Location"].endswith(reverse("chartroom:rooms"))
