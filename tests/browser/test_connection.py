# coding: utf-8
"""Lost connections: no message is lost or duplicated."""
import itertools
import re

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect


def banner(person):
    return person.page.locator("#banner")


def try_now(person):
    """Click the button. The page may reconnect by itself before the click, and hide the button."""
    try:
        person.page.get_by_role("button", name="Try now").click(timeout=3000)
    except PlaywrightTimeoutError:
        expect(banner(person)).to_be_hidden()
    person.wait_for_connection()


def test_a_lost_connection_is_reported_and_no_message_is_lost_or_duplicated(ada, bob, room, line, stack):
    ada.enter(room)
    bob.enter(room)
    ada.say("before")
    bob.sees("before")

    line.cut("Ada")
    expect(banner(ada)).to_be_visible()
    expect(ada.page.locator("#banner-text")).to_have_text(
        re.compile(r"^(The connection is lost\. Trying again in \d+ s\.|Connecting…)$"))
    expect(ada.page.get_by_role("status")).to_contain_text("The connection is lost.")
    for number in range(3):
        ada.say("kept %d" % number)
        bob.say("missed %d" % number)
        expect(ada.row("kept %d" % number)).to_have_attribute("data-state", "waiting")
        bob.has_stored("missed %d" % number)

    line.restore("Ada")
    try_now(ada)
    expect(banner(ada)).to_be_hidden()
    expect(ada.page.get_by_role("status")).to_have_text("Connected.")
    expect(ada.page.locator("#pending .row")).to_have_count(0)
    bob.sees("kept 2")
    expected = ["before", "missed 0", "missed 1", "missed 2", "kept 0", "kept 1", "kept 2"]
    assert stack.stored(room) == expected
    assert ada.texts() == bob.texts() == expected
    assert ada.seqs() == list(range(1, 8))


def test_the_page_reconnects_by_itself(ada, room, line):
    ada.enter(room)
    line.drop("Ada")
    expect(banner(ada)).to_be_visible()
    ada.wait_for_connection()
    ada.say("back")
    ada.has_stored("back")


def test_a_message_whose_ack_was_lost_is_stored_once(ada, bob, room, line, stack):
    ada.enter(room)
    bob.enter(room)
    # Frames from the server do not reach Ada, so her message is stored without her receiving the ack.
    line.deafen("Ada")
    ada.say("stored unseen")
    bob.sees("stored unseen")
    expect(ada.row("stored unseen")).to_have_attribute("data-state", "sending")
    line.drop("Ada")
    ada.has_stored("stored unseen")
    assert stack.stored(room) == ["stored unseen"]
    assert ada.texts() == ["stored unseen"]


def test_a_dead_connection_is_detected_when_the_page_becomes_visible(ada, bob, room, line):
    ada.page.clock.install()
    ada.enter(room)
    bob.enter(room)
    line.freeze("Ada")
    bob.say("said into the void")
    bob.has_stored("said into the void")
    ada.hide()
    ada.show()
    # The page waits four seconds for the answer to its ping.
    ada.page.clock.run_for(6000)
    ada.sees("said into the void")
    assert ada.seqs() == [1]


def test_a_connection_without_heartbeats_is_replaced(ada, bob, room, line):
    ada.page.clock.install()
    ada.enter(room)
    bob.enter(room)
    line.freeze("Ada")
    bob.say("said into the void")
    bob.has_stored("said into the void")
    # Two heartbeats of 25 seconds, and five seconds more.
    ada.page.clock.run_for(58000)
    ada.sees("said into the void")


def test_a_lost_broadcast_is_fetched(ada, bob, room, stack):
    ada.enter(room)
    bob.enter(room)
    # Stored, but not broadcast, as when a reply channel was full.
    stack.seed(room, 3)
    bob.say("told")
    for person in (ada, bob):
        person.sees("told")
        assert person.texts() == ["message 1", "message 2", "message 3", "told"]


def test_a_lost_last_broadcast_is_fetched_after_a_ping(ada, room, stack):
    ada.enter(room)
    stack.seed(room, 2)
    ada.hide()
    ada.show()
    ada.sees("message 2")
    assert ada.texts() == ["message 1", "message 2"]


def test_deleted_rows_are_not_requested_for_ever(ada, room, stack, line):
    stack.seed(room, 30)
    ada.enter(room)
    sockets = []
    ada.page.on("websocket", lambda socket: sockets.append(socket))
    line.cut("Ada")
    expect(banner(ada)).to_be_visible()
    stack.run(
        "from chartroom.models import ChatMessage, Room\n"
        "from chartroom.rooms.store import store\n"
        "room = Room.objects.get(name=%r)\n"
        "store([ChatMessage(room=room, source='api', author='x', client_id='late-%%d' %% n, message='late %%d' %% n)"
        " for n in range(5)])\n"
        "ChatMessage.objects.filter(room=room, seq__in=[10, 32, 35]).delete()" % room)
    line.restore("Ada")
    try_now(ada)
    ada.sees("late 3")
    # The last row is deleted: it is requested once, and not again.
    with pytest.raises(PlaywrightTimeoutError):
        asked = itertools.count()
        sockets[-1].wait_for_event(
            "framesent", lambda text: "catch_up" in str(text) and next(asked) == 1, timeout=1500)
    ada.say("after the holes")
    ada.has_stored("after the holes")
    assert ada.seqs() == [n for n in range(1, 37) if n not in (32, 35)]


def test_many_missed_messages_are_fetched_page_by_page(ada, room, line, stack):
    ada.enter(room)
    ada.say("before")
    ada.has_stored("before")
    line.cut("Ada")
    expect(banner(ada)).to_be_visible()
    stack.seed(room, 950)
    line.restore("Ada")
    try_now(ada)
    ada.sees("message 950")
    # The oldest rows have been removed from the page; those that remain have no gap.
    seqs = ada.seqs()
    assert seqs == list(range(seqs[0], 952))
    assert len(seqs) <= 600


def test_a_room_that_was_replaced_is_loaded_again(ada, room, line, stack):
    ada.enter(room)
    for text in ("one", "two", "three"):
        ada.say(text)
        ada.has_stored(text)
    line.cut("Ada")
    expect(banner(ada)).to_be_visible()
    stack.run(
        "from chartroom.models import Room\n"
        "Room.objects.filter(name=%r).delete()" % room)
    stack.seed(room, 5)
    line.restore("Ada")
    try_now(ada)
    ada.sees("message 5")
    assert ada.texts() == ["message %d" % number for number in range(1, 6)]


def test_a_draft_and_unsent_messages_survive_a_reload(ada, bob, room, line, stack):
    ada.enter(room)
    bob.enter(room)
    line.cut("Ada")
    expect(banner(ada)).to_be_visible()
    ada.say("unsent one")
    ada.say("unsent two")
    ada.field.fill("half a thou")
    ada.page.reload()
    expect(ada.field).to_have_value("half a thou")
    expect(ada.page.locator("#pending .text")).to_have_text(["unsent one", "unsent two"])
    line.restore("Ada")
    ada.has_stored("unsent two")
    bob.sees("unsent two")
    assert bob.texts() == stack.stored(room) == ["unsent one", "unsent two"]
    ada.page.reload()
    expect(ada.field).to_have_value("half a thou")
    expect(ada.page.locator("#rows .row")).to_have_count(2)
    expect(ada.page.locator("#pending .row")).to_have_count(0)


def test_two_tabs_keep_their_unsent_messages_apart(ada, room, line, stack):
    ada.enter(room)
    line.cut("Ada")
    ada.say("from the first tab")
    second = ada.new_page()
    second.goto(ada.page.url)
    expect(second.locator("#banner")).to_be_visible()
    expect(second.locator("#pending .row")).to_have_count(0)
    second.fill("#field", "from the second tab")
    second.press("#field", "Enter")
    expect(second.locator("#pending .text")).to_have_text(["from the second tab"])

    # Another tab takes over the unsent messages of a closed tab.
    second.close(run_before_unload=True)
    ada.page.reload()
    expect(ada.page.locator("#pending .text")).to_have_text(["from the second tab", "from the first tab"])
    line.restore("Ada")
    ada.has_stored("from the first tab")
    ada.has_stored("from the second tab")
    assert sorted(stack.stored(room)) == ["from the first tab", "from the second tab"]


def test_a_refused_message_can_be_retried_or_discarded(ada, room, stack):
    ada.enter(room)
    ada.field.evaluate("field => { field.value = 'half \\ud800 a pair'; field.dispatchEvent(new Event('input')); }")
    ada.field.press("Enter")
    failed = ada.page.locator('.row[data-state="failed"]')
    expect(failed.locator(".reason")).to_have_text("The server refused this message.")
    expect(failed.get_by_role("alert")).to_be_visible()
    ada.say("still going")
    ada.has_stored("still going")
    failed.get_by_role("button", name="Retry").click()
    expect(failed.locator(".reason")).to_have_text("The server refused this message.")
    ada.page.reload()
    expect(failed).to_have_count(1)
    failed.get_by_role("button", name="Discard").click()
    expect(failed).to_have_count(0)
    ada.page.reload()
    ada.sees("still going")
    expect(failed).to_have_count(0)
    assert stack.stored(room) == ["still going"]


def test_a_reused_id_fails_and_retry_takes_a_new_one(ada, room, stack):
    ada.page.add_init_script("crypto.randomUUID = () => window.nextId || 'the-same'")
    ada.enter(room)
    ada.say("first")
    ada.has_stored("first")
    ada.say("second")
    failed = ada.page.locator('.row[data-state="failed"]')
    expect(failed.locator(".reason")).to_have_text("This message could not be sent.")
    ada.page.evaluate("window.nextId = 'another'")
    failed.get_by_role("button", name="Retry").click()
    ada.has_stored("second")
    assert stack.stored(room) == ["first", "second"]


def test_offline_is_reported(ada, room, line):
    ada.enter(room)
    line.cut("Ada")
    ada.context.set_offline(True)
    expect(ada.page.locator("#banner-text")).to_have_text(
        "You are offline. Your messages are saved, and will be sent when you are back online.")
    ada.say("later")
    line.restore("Ada")
    ada.context.set_offline(False)
    ada.has_stored("later")
    expect(banner(ada)).to_be_hidden()
