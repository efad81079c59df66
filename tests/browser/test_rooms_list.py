# coding: utf-8
"""Sources other than people, in the list of rooms and in a room."""
import itertools

import pytest
from playwright.sync_api import expect

numbers = itertools.count(1)


@pytest.fixture
def name():
    """A prefix for room names that no other test uses."""
    return "listed%dx" % next(numbers)


def publish(stack, namespace, room, text="news", **options):
    stack.run(
        "from chartroom.publish import publish\n"
        "publish(%r, %r, namespace=%r, **%r)" % (room, text, namespace, options))


def search(person, name):
    person.page.goto("%s/chat/?q=%s" % (person.base, name))


def link(person, room):
    return person.page.locator("a[data-room='%s']" % room)


def mark_of(person, room):
    """The icon before a room's name, or None if it is the default sign."""
    mark = link(person, room).locator(".room-mark .mark")
    if not mark.count():
        assert link(person, room).locator(".room-mark").text_content() == "#"
        return None
    # Check what is drawn, not only the class.
    width, image = mark.evaluate("one => [one.getBoundingClientRect().width, getComputedStyle(one).maskImage]")
    assert width > 10 and image.startswith('url("data:image/svg+xml')
    return mark.get_attribute("class").replace("mark mark-", "")


def test_a_room_with_a_source_has_its_icon(ada, stack, name):
    for kind in ("people", "fed", "hooked", "timed"):
        publish(stack, "chat", "%s-%s" % (name, kind))
    stack.run(
        "from chartroom.models import Feed, Hook, Room, Timer\n"
        "room = lambda kind: Room.objects.get(name=%r + '-' + kind)\n"
        "Feed.objects.create(room=room('fed'), url='http://example.org/', url_hash=%r)\n"
        "Hook.objects.create(room=room('hooked'), name='ci', token_hash=%r)\n"
        "Timer.objects.create(room=room('timed'), name='noon', text='x', every=60, is_active=True)" % (name, name, name))
    search(ada, name)
    kinds = {kind: mark_of(ada, "chat/%s-%s" % (name, kind)) for kind in ("people", "fed", "hooked", "timed")}
    assert kinds == {"people": None, "fed": "feed", "hooked": "webhook", "timed": "timer"}
    # Screen readers read the name of the source.
    for kind, word in (("fed", "feed"), ("hooked", "webhook"), ("timed", "timer")):
        expect(ada.page.get_by_role("link", name="%s %s-%s" % (word, name, kind))).to_be_visible()


def test_live_blogs_and_services_are_found_and_linked(ada, stack, name):
    publish(stack, "blog", name + "-news")
    publish(stack, "deploy", name + "-web")
    publish(stack, "deploy", name + "-api")
    search(ada, name)
    blogs, services = ada.page.get_by_role("region", name="Live blogs"), ada.page.get_by_role("region", name="Services")
    expect(blogs.locator(".room-name")).to_have_text([name + "-news"])
    expect(services.locator(".room-name")).to_have_text([name + "-api", name + "-web"])
    assert (mark_of(ada, "blog/%s-news" % name), mark_of(ada, "deploy/%s-web" % name)) == ("blog", "deploy")
    expect(ada.page.locator(".empty")).to_have_count(0)
    blogs.get_by_role("link", name="live blog %s-news" % name).click()
    ada.wait_for_connection()
    expect(ada.page.locator("#rows .entry")).to_have_count(1)
    ada.page.get_by_role("link", name="All rooms").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Rooms")


def test_on_a_phone_the_sections_are_below_and_links_lead_there(people, stack, name):
    for number in range(20):
        publish(stack, "chat", "%s-%d" % (name, number))
    publish(stack, "deploy", name + "-service")
    grace = people("Grace", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    search(grace, name)
    expect(link(grace, "deploy/%s-service" % name)).not_to_be_in_viewport()
    grace.page.get_by_role("navigation", name="On this page").get_by_role("link", name="Services").click()
    expect(link(grace, "deploy/%s-service" % name)).to_be_in_viewport()
    assert grace.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_message_shows_its_source(ada, room, stack):
    ada.visit(room)
    for source, author in (("timer", "noon"), ("feed", "The Times"), ("webhook", "ci"), ("api", "script"), ("api", ""), ("gauge", "meter")):
        publish(stack, "chat", room, "by %s" % source + author, source=source, author=author)
    rows = ada.page.locator("#rows .row")
    expect(rows).to_have_count(6)
    expect(rows.locator(".badge")).to_have_text(["timer", "feed", "webhook", "program", "", "gauge"])
    expect(rows.locator(".author")).to_have_text(["noon", "The Times", "ci", "script", "program", "meter"])
    marks = rows.locator(".badge").evaluate_all(
        "all => all.map(badge => badge.firstElementChild && badge.firstElementChild.className)")
    assert marks == ["mark mark-timer", "mark mark-feed", "mark mark-webhook", "mark mark-api", "mark mark-api", None]
    for mark in rows.locator(".mark").all():
        assert mark.get_attribute("aria-hidden") == "true"
        assert mark.evaluate("one => getComputedStyle(one).maskImage").startswith("url(")


def test_a_person_s_message_shows_no_source(ada, room):
    ada.enter(room)
    ada.say("hello")
    ada.has_stored("hello")
    expect(ada.page.locator("#rows .badge")).to_have_text(["you"])
