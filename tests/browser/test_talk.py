# coding: utf-8
"""Messages: what is sent, how it is shown, and in which order."""
import re

from playwright.sync_api import expect


def test_two_users_see_the_same_order(ada, bob):
    ada.enter("lobby")
    bob.enter("lobby")
    for number in range(5):
        ada.say("from Ada %d" % number)
        bob.say("from Bob %d" % number)
    for person in (ada, bob):
        for number in range(5):
            person.sees("from Ada %d" % number)
            person.sees("from Bob %d" % number)
        expect(person.page.locator("#pending .row")).to_have_count(0)
    assert ada.texts() == bob.texts()
    mine = [text for text in ada.texts() if text.startswith("from Ada")]
    assert mine == ["from Ada %d" % number for number in range(5)]


def test_a_message_is_shown_as_sending_until_it_is_stored(ada, room, line):
    ada.enter(room)
    line.freeze("Ada")
    ada.say("on its way")
    expect(ada.row("on its way")).to_have_attribute("data-state", "sending")
    expect(ada.row("on its way").locator(".state")).to_have_text("sending…")
    line.drop("Ada")
    ada.has_stored("on its way")
    expect(ada.row("on its way").locator(".heading time")).to_have_text(re.compile(r"^\d{1,2}:\d\d.(AM|PM)$"))
    expect(ada.page.locator("#rows .row.own .badge.you")).to_have_text("you")


def test_enter_sends_and_shift_enter_breaks_the_line(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.field.type("first")
    ada.field.press("Shift+Enter")
    ada.field.type("second")
    expect(ada.field).to_have_value("first\nsecond")
    ada.field.press("Enter")
    expect(ada.field).to_have_value("")
    expect(bob.page.locator("#rows .text")).to_have_text("first\nsecond", use_inner_text=True)


def test_enter_during_composition_does_not_send(ada, room):
    ada.enter(room)
    ada.field.fill("ni hao")
    ada.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    expect(ada.field).to_have_value("ni hao")
    expect(ada.page.locator(".row")).to_have_count(0)
    ada.field.dispatch_event("keydown", {"key": "Enter", "isComposing": False, "bubbles": True, "cancelable": True})
    ada.has_stored("ni hao")


def test_markup_is_shown_as_text(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    text = "<img src=x onerror=alert(1)> <b>bold</b> &amp; </script>"
    ada.say(text)
    bob.sees(text)
    expect(bob.page.locator(".text *")).to_have_count(0)
    bob.page.reload()
    bob.sees(text)
    expect(bob.page.locator(".text *")).to_have_count(0)


def test_only_web_addresses_are_links(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.say("javascript:alert(1) data:text/html,x file:///etc/passwd (see https://example.org/a_(b)), "
            "http://example.org/?q=1&r=<2> and 看https://example.org/路径，好。")
    links = bob.page.locator("#rows .text a")
    expect(links).to_have_text(
        ["https://example.org/a_(b)", "http://example.org/?q=1&r=", "https://example.org/路径"])
    for link in links.all():
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        assert link.evaluate("link => link.protocol") in ("http:", "https:")


def test_a_message_that_is_too_long_is_not_sent_and_can_be_shortened(ada, room, stack):
    ada.enter(room)
    ada.field.fill("😀" * 4097)
    expect(ada.page.locator("#counter")).to_have_text("4097 / 4096")
    expect(ada.page.locator("#send")).to_be_disabled()
    ada.field.press("Enter")
    expect(ada.page.locator("#hint")).to_contain_text("at most 4,096 characters")
    assert ada.page.locator(".row").count() == 0
    ada.say("  " + "😀" * 4096 + "  ")
    ada.has_stored("😀" * 4096)
    assert stack.stored(room) == ["😀" * 4096]


def test_rate_limited_messages_wait_and_are_sent_in_order(ada, room, stack):
    ada.enter(room)
    texts = ["quick %02d" % number for number in range(25)]
    # All within one second of the rate limit, however busy the machine is.
    ada.page.evaluate("""texts => {
        for (const text of texts) {
            document.getElementById("field").value = text;
            document.getElementById("field").dispatchEvent(new Event("input"));
            document.getElementById("composer").requestSubmit();
        }
    }""", texts)
    expect(ada.page.locator("#hint")).to_have_text("You are sending messages too fast. The rest will be sent in a moment.")
    expect(ada.page.locator('#pending .row[data-state="waiting"]').first).to_be_visible()
    expect(ada.page.locator("#rows .row")).to_have_count(25)
    expect(ada.page.locator("#pending .row")).to_have_count(0)
    assert ada.texts() == texts
    assert stack.stored(room) == texts
    expect(ada.page.locator("#hint")).to_have_text("")


def test_consecutive_messages_share_a_heading(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.say("one")
    ada.has_stored("one")
    ada.say("two")
    ada.has_stored("two")
    bob.sees("two")
    bob.say("three")
    ada.sees("three")
    headings = ada.page.locator("#rows .row").evaluate_all(
        "rows => rows.map(row => row.classList.contains('continues'))")
    assert headings == [False, True, False]
    expect(ada.page.locator("#rows .day")).to_have_text(["Today"])


def test_a_removed_message_is_shown_as_removed(ada, room, stack):
    stack.seed(room, 3)
    stack.run(
        "from chartroom.models import ChatMessage\n"
        "ChatMessage.objects.filter(seq=2, room__name=%r).update(message='', data_json='{\"removed\": true}')" % room)
    ada.visit(room)
    expect(ada.page.locator("#rows .text")).to_have_text(["message 1", "This message was removed.", "message 3"])


def test_a_room_with_a_chinese_name(ada, bob):
    ada.enter("聊天室")
    expect(ada.page.locator("h1")).to_have_text("聊天室")
    bob.page.goto(bob.base + "/chat/聊天室/")
    ada.say("在这里")
    bob.sees("在这里")
