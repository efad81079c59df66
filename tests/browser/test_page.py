# coding: utf-8
"""Pages in general: language, colours, keyboard, screen reader, phone, content security policy."""
import re

from playwright.sync_api import expect


def test_the_browser_s_language_is_used(people, room):
    lei = people("Lei", locale="zh-CN")
    lei.enter(room)
    assert lei.page.locator("html").get_attribute("lang") == "zh-hans"
    expect(lei.field).to_have_attribute("placeholder", "发消息到 %s" % room)
    expect(lei.page.locator("#top")).to_have_text("这里是聊天室的开头。")
    lei.say("你好")
    lei.has_stored("你好")
    expect(lei.page.locator(".day")).to_have_text("今天")
    expect(lei.page.locator(".badge.you")).to_have_text("我")
    lei.page.goto(lei.base + "/chat/")
    expect(lei.page.locator("h1")).to_have_text("聊天室列表")


def test_the_language_can_be_switched_on_the_page(ada, room):
    ada.enter(room)
    ada.page.locator(".menu summary").click()
    ada.page.get_by_role("button", name="简体中文").click()
    expect(ada.page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert ada.page.url.endswith("/chat/%s/" % room)
    ada.page.locator(".menu summary").click()
    ada.page.get_by_role("button", name="English").click()
    expect(ada.page.locator("html")).to_have_attribute("lang", "en")


def test_the_dark_colour_scheme(people, room):
    def brightness(person, name):
        red, green, blue = person.page.evaluate(
            "name => getComputedStyle(document.body)[name].match(/\\d+/g).slice(0, 3).map(Number)", name)
        return red + green + blue

    light, dark = people("Light", color_scheme="light"), people("Dark", color_scheme="dark")
    for person in (light, dark):
        person.visit(room)
    assert brightness(light, "backgroundColor") > 700 > 200 > brightness(light, "color")
    assert brightness(dark, "backgroundColor") < 120 < 600 < brightness(dark, "color")


def test_the_keyboard_is_sufficient(ada, room, stack):
    stack.seed(room, 60)
    ada.page.goto(ada.base + "/chat/")
    for _ in range(30):
        ada.page.keyboard.press("Tab")
        if ada.page.evaluate("document.activeElement.dataset.room") == "chat/" + room:
            break
    ada.page.keyboard.press("Enter")
    ada.wait_for_connection()
    ada.page.locator(".menu summary").focus()
    for _ in range(10):
        ada.page.keyboard.press("Tab")
        if ada.page.evaluate("document.activeElement.id") == "name":
            break
    ada.page.keyboard.type("Ada")
    ada.page.keyboard.press("Enter")
    expect(ada.field).to_be_focused()
    ada.wait_for_connection()
    ada.page.keyboard.type("by hand")
    ada.page.keyboard.press("Enter")
    ada.has_stored("by hand")

    ada.page.keyboard.press("Shift+Tab")
    expect(ada.page.locator("#log")).to_be_focused()
    assert ada.page.locator("#log").evaluate("log => getComputedStyle(log).outlineStyle") == "solid"
    ada.page.keyboard.press("Home")
    expect(ada.page.locator("#to-end")).to_be_visible()
    ada.page.keyboard.press("Tab")
    expect(ada.page.locator("#to-end")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("#to-end")).to_be_hidden()
    expect(ada.field).to_be_focused()

    ada.page.locator(".menu summary").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".menu")).to_have_attribute("open", "")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator(".menu")).not_to_have_attribute("open", "")
    expect(ada.page.locator(".menu summary")).to_be_focused()


def test_screen_readers_find_roles_and_names(ada, room):
    ada.enter(room)
    ada.say("spoken")
    ada.has_stored("spoken")
    log = ada.page.get_by_role("log", name="Messages")
    expect(log.get_by_role("article")).to_contain_text("spoken")
    # Outside the messages, so that both are announced separately.
    expect(ada.page.get_by_role("status")).to_have_count(1)
    expect(log.get_by_role("status")).to_have_count(0)
    expect(ada.page.get_by_role("textbox", name="Message to %s" % room)).to_be_visible()
    expect(ada.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(ada.page.get_by_role("link", name="All rooms")).to_be_visible()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(room)
    unnamed = ada.page.evaluate("""() => Array.from(document.querySelectorAll("input:not([type=hidden]), textarea"))
        .filter(field => !field.labels.length).map(field => field.outerHTML)""")
    assert unnamed == []


def test_the_page_fits_on_a_phone_without_zooming(people, room):
    grace = people("Grace", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    grace.enter(room)
    grace.say("a" * 300)
    grace.say("see https://example.org/" + "path/" * 40)
    expect(grace.page.locator("#rows .row")).to_have_count(2)
    assert grace.page.evaluate("document.documentElement.scrollWidth") == 390
    assert grace.page.locator("#log").evaluate("log => log.scrollWidth <= log.clientWidth")
    assert grace.field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)") >= 16
    box = grace.page.locator("#composer").bounding_box()
    assert box["y"] + box["height"] <= 844
    grace.page.goto(grace.base + "/chat/")
    expect(grace.page.get_by_role("link", name=room)).to_be_visible()
    assert grace.page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_content_security_policy_blocks_inline_scripts(people, room):
    mallory = people("Mallory")
    mallory.visit(room)
    mallory.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert mallory.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in mallory.complaints)
    mallory.complaints.clear()


def test_rooms_are_searched_created_and_paged(ada, stack, room):
    stack.run(
        "from chartroom.models import Room\n"
        "Room.objects.bulk_create([Room(name='many-%03d' % n) for n in range(60)])")
    ada.page.goto(ada.base + "/chat/")
    ada.page.get_by_label("Name of a room").fill("many")
    ada.page.keyboard.press("Enter")
    rooms = ada.page.locator(".rooms li")
    expect(rooms).to_have_count(50)
    ada.page.get_by_role("link", name="Next page").click()
    expect(rooms).to_have_count(10)
    expect(ada.page.get_by_label("Name of a room")).to_have_value("many")
    ada.page.get_by_role("link", name="Previous page").click()
    expect(rooms).to_have_count(50)

    ada.page.get_by_label("Name of a room").fill("no such room " + room)
    ada.page.get_by_role("button", name="Open or create").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("letters, digits, hyphens and underscores")
    ada.page.get_by_label("Name of a room").fill("made-" + room)
    ada.page.get_by_role("button", name="Search").click()
    expect(ada.page.locator(".empty")).to_be_visible()
    ada.page.get_by_role("button", name="Open or create").click()
    ada.wait_for_connection()
    assert re.search("/chat/made-%s/$" % room, ada.page.url)
