# coding: utf-8
"""Reading: history, following the end, unread messages."""
import re

from playwright.sync_api import expect


def test_loading_history_does_not_move_the_view(ada, room, stack):
    stack.seed(room, 500)
    ada.visit(room)
    ada.sees("message 500")
    assert ada.from_end() < 2
    log = ada.page.locator("#log")
    loads = 0
    while ada.page.locator("#rows .row").first.get_attribute("data-seq") != "1":
        assert loads < 15
        # The position of the topmost row before and after older ones are inserted above it.
        before = log.evaluate("""log => new Promise(done => {
            const rows = document.getElementById("rows");
            const first = rows.firstElementChild;
            log.scrollTop = 0;
            const top = first.querySelector(".text").getBoundingClientRect().top;
            new MutationObserver((changes, observer) => {
                observer.disconnect();
                requestAnimationFrame(() => requestAnimationFrame(() => done(
                    [top, first.querySelector(".text").getBoundingClientRect().top, rows.children.length])));
            }).observe(rows, { childList: true });
        })""")
        assert abs(before[0] - before[1]) < 1.5, before
        loads += 1
    assert loads >= 5
    seqs = ada.seqs()
    assert seqs == list(range(1, seqs[-1] + 1))
    ada.scroll_to(0)
    expect(ada.page.locator("#top")).to_have_text("This is the beginning of the room.")


def test_the_page_stays_small_in_a_room_with_many_messages(ada, room, stack):
    stack.seed(room, 1500)
    ada.visit(room)
    ada.sees("message 1500")
    rows = ada.page.locator("#rows .row")
    for _ in range(40):
        first = rows.first.get_attribute("data-seq")
        if first == "1":
            break
        ada.scroll_to(0)
        expect(rows.first).not_to_have_attribute("data-seq", first)
    assert rows.count() <= 650
    seqs = ada.seqs()
    assert seqs[0] == 1 and seqs == list(range(1, len(seqs) + 1))

    # Scroll down again: there is no gap, and the last row is the room's last message.
    for _ in range(60):
        last = rows.last.get_attribute("data-seq")
        if last == "1500":
            break
        ada.scroll_to(10 ** 7)
        expect(rows.last).not_to_have_attribute("data-seq", last)
    seqs = ada.seqs()
    assert seqs == list(range(seqs[0], 1501))
    assert rows.count() <= 650


def test_the_view_follows_new_messages_only_at_the_end(ada, bob, room, stack):
    stack.seed(room, 60)
    ada.enter(room)
    bob.enter(room)
    ada.say("seen at once")
    bob.sees("seen at once")
    expect(bob.page.locator("#to-end")).to_be_hidden()
    assert bob.from_end() < 2

    bob.page.locator("#log").hover()
    bob.page.mouse.wheel(0, -400)
    expect(bob.page.locator("#to-end")).to_be_visible()
    bob.wait_for_rest()
    place = bob.row("message 50").bounding_box()
    ada.say("below the view")
    button = bob.page.get_by_role("button", name="1 new message", exact=True)
    expect(button).to_be_visible()
    assert bob.row("message 50").bounding_box() == place
    ada.say("and another")
    expect(bob.page.get_by_role("button", name="2 new messages")).to_be_visible()
    expect(bob.page).to_have_title("(2) %s · chartroom" % room)

    bob.page.get_by_role("button", name="2 new messages").click()
    expect(bob.page.locator("#to-end")).to_be_hidden()
    expect(bob.page).to_have_title("%s · chartroom" % room)
    assert bob.from_end() < 2
    line = bob.page.locator(".unread-line")
    expect(line).to_have_text("New")
    assert line.evaluate("line => line.parentElement.querySelector('.text').textContent") == "below the view"


def test_sending_a_message_scrolls_to_the_end(ada, room, stack):
    stack.seed(room, 60)
    ada.enter(room)
    ada.scroll_to(200)
    expect(ada.page.locator("#to-end")).to_be_visible()
    ada.say("mine")
    ada.has_stored("mine")
    assert ada.from_end() < 2


def test_a_hidden_tab_shows_the_count_in_its_title_and_marks_the_first_unread_message(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.say("read")
    bob.sees("read")
    bob.hide()
    for number in range(3):
        ada.say("unread %d" % number)
    expect(bob.page).to_have_title("(3) %s · chartroom" % room)
    bob.show()
    expect(bob.page).to_have_title("%s · chartroom" % room)
    line = bob.page.locator(".unread-line")
    expect(line).to_have_count(1)
    assert line.evaluate("line => line.parentElement.querySelector('.text').textContent") == "unread 0"
    bob.say("answer")
    expect(line).to_have_count(0)


def test_a_room_opens_at_the_first_unread_message(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.say("read by Bob")
    bob.sees("read by Bob")
    bob.page.goto("about:blank")
    long = "\n".join("line %d" % number for number in range(12))
    for number in range(6):
        ada.say("%s\nunread %d" % (long, number))
        ada.has_stored("unread %d" % number)
    bob.enter(room)
    line = bob.page.locator(".unread-line")
    expect(line).to_be_in_viewport()
    assert "unread 0" in line.evaluate("line => line.parentElement.textContent")
    assert bob.from_end() > 300
    expect(bob.page.get_by_role("button", name=re.compile("^[3-5] new messages$"))).to_be_visible()
    bob.scroll_to(10 ** 7)
    expect(bob.page.locator("#to-end")).to_be_hidden()
    bob.page.reload()
    bob.wait_for_connection()
    expect(bob.page.locator(".row")).to_have_count(7)
    expect(line).to_have_count(0)


def test_the_list_of_rooms_shows_unread_counts(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    bob.page.goto(bob.base + "/chat/")
    mark = bob.page.locator("a[data-room='chat/%s'] .unread-count" % room)
    expect(mark).to_be_hidden()
    for number in range(4):
        ada.say("news %d" % number)
    ada.has_stored("news 3")
    bob.page.reload()
    expect(mark).to_be_visible()
    expect(mark).to_have_text("4")
    bob.page.get_by_role("link", name=room).click()
    bob.sees("news 3")
    bob.page.goto(bob.base + "/chat/")
    expect(bob.page.get_by_role("link", name=room)).to_be_visible()
    expect(mark).to_be_hidden()
