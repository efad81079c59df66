# coding: utf-8
"""Single modules of the page, tested without a server: cases that are too slow or too rare to wait for."""
import pytest

MAX_FRAME = 262144

OUTBOX = """async () => {
    const { Outbox } = await import("/static/chartroom/connection/outbox.js");
    window.sent = [];
    window.kept = [];
    window.outbox = new Outbox([], {
        send: messages => sent.push(messages), change() {},
        save: entries => { kept = entries.map(entry => ({ ...entry })); },
    });
    outbox.open();
}"""


@pytest.fixture
def page(people, stack):
    """A page without a room, whose clock is stopped."""
    person = people("Nobody")
    person.page.goto(stack.base + "/accounts/login/")
    person.page.clock.install(time=0)
    person.page.clock.pause_at(1000)
    return person.page


@pytest.fixture
def outbox(page):
    page.evaluate(OUTBOX)
    return page


def texts(page):
    return page.evaluate("sent.map(frame => frame.map(message => message.text))")


def test_one_frame_is_in_flight_and_the_next_contains_all_queued_messages(outbox):
    outbox.evaluate("['a', 'b', 'c'].forEach(text => outbox.add(text))")
    assert texts(outbox) == [["a"]]
    outbox.evaluate("outbox.acked(sent[0][0].id, 1)")
    assert texts(outbox) == [["a"], ["b", "c"]]
    outbox.evaluate("outbox.acked(sent[1][0].id, 2); outbox.add('d')")
    assert texts(outbox) == [["a"], ["b", "c"]]
    outbox.evaluate("outbox.acked(sent[1][1].id, 3)")
    assert texts(outbox) == [["a"], ["b", "c"], ["d"]]


def test_after_a_reconnect_messages_without_an_ack_are_sent_again_with_the_same_ids(outbox):
    outbox.evaluate("outbox.add('a'); outbox.add('b'); outbox.close(); outbox.open()")
    assert texts(outbox) == [["a"], ["a", "b"]]
    assert outbox.evaluate("sent[1][0].id === sent[0][0].id")
    outbox.evaluate("outbox.acked(sent[1][0].id, 1); outbox.acked(sent[1][1].id, 2); outbox.close(); outbox.open()")
    assert texts(outbox) == [["a"], ["a", "b"]]


def test_a_frame_stays_within_the_server_s_limits(outbox):
    outbox.evaluate("""() => {
        outbox.close();
        for (let number = 0; number < 120; number += 1) outbox.add("\\u0001".repeat(number < 60 ? 4096 : 1));
        outbox.open();
        while (outbox.inFlight.length) outbox.settle(outbox.inFlight);
    }""")
    frames = outbox.evaluate(
        "sent.map(frame => [frame.length, JSON.stringify({ type: 'send', messages: frame }).length])")
    assert sum(count for count, _ in frames) == 120
    assert all(count <= 50 and size <= MAX_FRAME * 0.6 for count, size in frames)
    assert frames[0][0] > 1 and frames[-1][0] > 1


def test_a_frame_without_an_answer_is_sent_again_and_finally_fails(outbox):
    outbox.evaluate("outbox.add('a'); outbox.add('b')")
    for tries in range(1, 7):
        assert texts(outbox) == [["a"]] * tries
        outbox.clock.run_for(10000)
    assert outbox.evaluate("new Set(sent.slice(0, 6).map(frame => frame[0].id)).size") == 1
    assert outbox.evaluate("outbox.entries.map(entry => [entry.state, entry.reason])") == [
        ["failed", "no_answer"], ["queued", None]]
    # The next message is sent. A retry keeps the id, because the message may have been stored.
    assert texts(outbox)[6:] == [["b"]]
    outbox.evaluate("outbox.acked(sent[6][0].id, 1); outbox.retry(outbox.entries[0].id)")
    assert texts(outbox)[7:] == [["a"]]
    assert outbox.evaluate("sent[7][0].id === sent[0][0].id")


def test_rate_limited_messages_are_sent_first_after_the_pause(outbox):
    outbox.evaluate("""() => {
        outbox.close();
        ['a', 'b', 'c'].forEach(text => outbox.add(text));
        outbox.open();
        const [a, b, c] = sent[0].map(message => message.id);
        outbox.refused("rate_limited", [b, c], 0.75);
        outbox.add('d');
        outbox.acked(a, 1);
    }""")
    assert outbox.evaluate("outbox.held && !outbox.isSending(outbox.entries[1])")
    outbox.clock.run_for(700)
    assert texts(outbox) == [["a", "b", "c"]]
    outbox.clock.run_for(200)
    assert texts(outbox) == [["a", "b", "c"], ["b", "c", "d"]]


@pytest.mark.parametrize("code", ["too_long", "empty", "forbidden", "bad_frame"])
def test_a_refused_message_fails_and_is_kept(outbox, code):
    outbox.evaluate("code => { outbox.add('a'); outbox.refused(code, [], undefined); }", code)
    assert outbox.evaluate("kept.map(entry => [entry.text, entry.state, entry.reason])") == [["a", "failed", code]]


def test_an_id_needs_no_secure_context(page):
    ids = page.evaluate("""async () => {
        const { newId } = await import("/static/chartroom/connection/outbox.js");
        const first = newId();
        Object.defineProperty(crypto, "randomUUID", { value: undefined });
        return [first, newId(), newId()];
    }""")
    assert len(set(ids)) == 3
    assert all(30 < len(id) <= 64 for id in ids)


SOCKET = """async codes => {
    window.tries = [];
    window.WebSocket = class {
        constructor(address) {
            tries.push(Date.now());
            const code = codes[Math.min(tries.length, codes.length) - 1];
            setTimeout(() => this.onclose && this.onclose({ code }), 0);
        }
        close() {}
    };
    const { Socket } = await import("/static/chartroom/connection/socket.js");
    window.socket = new Socket("ws://nowhere/", { since: () => null, frame() {}, state() {} });
    socket.connect();
}"""


def waits(page, codes, milliseconds):
    """The pauses between attempts to connect, each of which is closed with the next code."""
    page.evaluate(SOCKET, codes)
    page.clock.run_for(milliseconds)
    tries = page.evaluate("tries")
    return [after - before for before, after in zip(tries, tries[1:])]


def test_pauses_between_attempts_grow_and_are_random(page):
    pauses = waits(page, [1006], 300000)
    assert 10 <= len(pauses) <= 24
    for number, pause in enumerate(pauses):
        longest = min(30000, 500 * 2 ** number)
        assert longest * 0.5 - 5 <= pause <= longest + 5, pauses
    assert len({pause / min(30000, 500 * 2 ** number) for number, pause in enumerate(pauses)}) > 5


def test_after_a_restart_the_first_pause_is_short(page):
    assert waits(page, [1012, 4404], 60000)[0] <= 2005


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4404])
def test_a_refusal_is_final(page, code):
    assert waits(page, [code], 300000) == []
    assert page.evaluate("socket.state") == {"name": "refused", "code": code}


@pytest.mark.parametrize("code", [4408, 1013, 1000, 1011])
def test_other_close_codes_are_not_final(page, code):
    assert waits(page, [code], 5000)


def test_the_socket_s_address(page):
    assert page.evaluate("""async () => {
        const { socketAddress } = await import("/static/chartroom/connection/socket.js");
        const plain = { protocol: "http:", host: "chat.example:8000", hostname: "chat.example" };
        const secure = { protocol: "https:", host: "chat.example", hostname: "chat.example" };
        return [
            socketAddress("", "/chat/lobby/", plain), socketAddress("", "/chat/聊天/", secure),
            socketAddress(":8001", "/chat/lobby/", plain), socketAddress("wss://live.example", "/chat/lobby/", plain),
        ];
    }""") == [
        "ws://chat.example:8000/chat/lobby/", "wss://chat.example/chat/%E8%81%8A%E5%A4%A9/",
        "ws://chat.example:8001/chat/lobby/", "wss://live.example/chat/lobby/",
    ]


def test_names_of_days(page):
    assert page.evaluate("""async () => {
        const { dayName } = await import("/static/chartroom/frame/format.js");
        const names = { today: "Today", yesterday: "Yesterday" };
        const now = new Date(2026, 2, 1, 0, 30);
        return [new Date(2026, 2, 1), new Date(2026, 1, 28, 23, 59), new Date(2026, 1, 27), new Date(2025, 11, 31)]
            .map(at => dayName(at, names, now));
    }""") == ["Today", "Yesterday", "Friday, February 27", "December 31, 2025"]


@pytest.mark.parametrize("text, links", [
    ("see https://example.org/a b", ["https://example.org/a"]),
    ("https://example.org/\u202egro.live", ["https://example.org/"]),
    ("\u2066https://example.org/\u2069", ["https://example.org/"]),
])
def test_a_link_has_no_bidirectional_control_character(page, text, links):
    assert page.evaluate("""async text => {
        const { linked } = await import("/static/chartroom/frame/format.js");
        return [...linked(text).querySelectorAll("a")].map(a => a.textContent);
    }""", text) == links
