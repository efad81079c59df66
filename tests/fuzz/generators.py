# coding: utf-8
"""
The inputs: for each kind a hypothesis strategy, in `KINDS`.

An input depends on the seed only. What differs between two runs (ports, tokens, names of lists) is a placeholder
such as ``@TOKEN@``, which `tests.fuzz.senders` replaces.
"""
from __future__ import unicode_literals

import json
import random

import msgpack
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from chartroom.wire.limits import MAX_FRAME, MAX_ID, MAX_MESSAGES, MAX_TEXT

COPIES = 2  # of each input, with random edits: a tenth of the cost of another input
WS_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def generate(kind, number):
    """The inputs of a round; the same ones for the same ``number``. Each is followed by edited copies."""
    strategy, count, _, edit = KINDS[kind]
    inputs = []

    @seed(number)
    @settings(max_examples=count, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value):
        inputs.append(value)
    collect()
    rng = random.Random(number)
    return [changed for one in inputs for changed in [one] + [edit(one, rng) for _ in range(COPIES)]]


# Values

any_text = st.text(st.characters(exclude_categories=()), max_size=30)  # with lone surrogates
odd_text = st.one_of(
    any_text, st.text(max_size=10),
    st.sampled_from(["", " ", "\x00", "\ufeff", "\u202e", "a" * (MAX_ID + 1), "é" * MAX_TEXT, "\U0001f600" * (MAX_TEXT + 1), "聊天室"]))
odd_number = st.one_of(
    st.integers(-3, 60), st.floats(), st.sampled_from([2 ** 31, 2 ** 53, 2 ** 63 - 1, 2 ** 63, -2 ** 63 - 1, 2 ** 64, 10 ** 30, 10 ** 400]))
scalar = st.one_of(st.none(), st.booleans(), odd_number, odd_text)
value = st.recursive(scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4), max_leaves=8)


def or_any(usual):
    """Mostly a usual value."""
    return st.one_of(usual, usual, usual, value)


def mutate(data, rng):
    """A few random edits of bytes."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(data))
        size = min(rng.choice([1, 1, 2, 4, 16, 200]), len(data) - at)
        how = rng.randrange(6)
        if how == 0:
            del data[at:at + size]
        elif how == 1:
            data[at:at] = bytearray(rng.getrandbits(8) for _ in range(rng.choice([1, 2, 8, 64])))
        elif how == 2:
            data[at:at] = data[at:at + size] * rng.choice([1, 2, 50])
        elif how == 3 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif how == 4:
            data[at:at] = rng.choice([b"\x00", b"\r\n", b"\r\n\r\n", b"\xff\xfe", b"\xc3\x28", b"%00", b"%ff", b"\"", b"{", b"[" * 2000, b"A" * 9000])
        else:
            del data[at:]
    return bytes(data)


def to_json(thing):
    return json.dumps(thing).encode("ascii")


def to_utf8(text):
    return text.encode("utf-8", "surrogatepass")


odd_json = st.sampled_from([
    b"", b"null", b"[]", b"{}", b"\"\"", b"[" * 900, b"[" * 5000, b"{\"a\":" * 5000, b"1" * 5000, b"-", b"1e999999", b"NaN", b"-Infinity",
    b"{\"type\": \"ping\", \"type\": 7}", b"\xef\xbb\xbf{}", b"{\"type\": \"send\", \"messages\": [" + b"{}," * 5000 + b"{}]}",
    b"{\"type\": \"" + b"x" * (MAX_FRAME + 1) + b"\"}", b"{\"type\": \"\\ud800\"}", b"\"" + b"\\" * 4001, b"{\"seq\": 1" + b"0" * 4000 + b"}",
])

# HTTP

names = st.one_of(st.sampled_from([
    "fuzz", "FUZZ", "no-such-room", "聊天室", "a" * 65, "a" * 3000, "..", "%2e%2e", "a/b", "\x00", "a b", "@", "fuzz?x", "fuzz#x",
]), any_text)
QUERY_NAMES = ["since", "before", "limit", "next", "q", "o", "p", "e", "lang", "csrfmiddlewaretoken", "_popup"]
queries = st.lists(
    st.tuples(st.sampled_from(QUERY_NAMES) | any_text, st.one_of(odd_number.map(str), odd_text, st.just("")), st.booleans()),
    max_size=3)
PATHS = [
    "/", "/chat/", "/chat/%s/", "/chat/%s/", "/chat/%s/messages/", "/chat/%s/messages/", "/chat/%s/later/", "/chat/%s/later/%s/cancel/", "/blog/%s/",
    "/deploy/%s/", "/tail/", "/accounts/login/", "/accounts/logout/", "/i18n/setlang/", "/admin/", "/admin/login/", "/admin/chartroom/%s/",
    "/static/%s", "/static/chartroom/%s", "/static/../%s", "/hooks/%s/", "/hooks/@TOKEN@/%s", "/plain/%s/", "/%s", "/tail/%s/", "//%s",
]


def quoted(text, raw=False):
    data = to_utf8(text)
    return data if raw else b"".join(b"%%%02X" % byte for byte in bytearray(data))


@st.composite
def targets(draw):
    """A path with a query, as bytes."""
    path = draw(st.sampled_from(PATHS))
    path = b"".join(part if index % 2 == 0 else draw(names.map(quoted) | names.map(to_utf8))
                    for index, part in enumerate(_interleaved(path)))
    pairs = b"&".join(quoted(name, raw) + b"=" + quoted(given, raw) for name, given, raw in draw(queries))
    return path + (b"?" + pairs if pairs else b"")


def _interleaved(path):
    """The parts of a path, with an empty one in each place for a name."""
    parts = []
    for part in path.encode("ascii").split(b"%s"):
        parts += [part, b""]
    return parts[:-1]


odd_headers = st.lists(st.sampled_from([
    (b"Host", b""), (b"Host", b"example.org"), (b"Host", b"[::1"), (b"Host", b"localhost:99999999"), (b"Host", b"\xff\xfe"),
    (b"Cookie", b"sessionid=" + b"x" * 4000),
    (b"Cookie", b"sessionid=\x00; csrftoken=\xff"), (b"Cookie", b"a=b;;=;" * 200), (b"Cookie", b"django_language=" + b"z" * 300),
    (b"Accept-Language", b"zh-hans;q=" + b"9" * 400),
    (b"Accept-Language", b"a-" * 2000), (b"Accept-Encoding", b"gzip;q=,br,*;q=0.\xff"), (b"X-Forwarded-For", b"1.2.3.4, \x00, ::1%eth0"),
    (b"X-Forwarded-Proto", b"https"),
    (b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"identity, chunked"), (b"Content-Length", b"-1"),
    (b"Content-Length", b"99999999999"), (b"Content-Length", b"+5"),
    (b"Content-Type", b"multipart/form-data"), (b"Content-Type", b"multipart/form-data; boundary=" + b"a" * 300),
    (b"Content-Type", b"application/json; charset=nosuch"),
    (b"Content-Type", b"text/plain; charset=utf-16"), (b"If-Modified-Since", b"Sun, 99 Nov 9999 99:99:99 GMT"),
    (b"If-None-Match", b"\"" * 300), (b"Range", b"bytes=-1,9-0"),
    (b"Expect", b"100-continue"), (b"Upgrade", b"h2c"), (b"Connection", b"close, keep-alive, Upgrade"),
    (b"X-Requested-With", b"XMLHttpRequest"), (b"Referer", b"http://["),
    (b"Origin", b"null"), (b"Authorization", b"Basic ="), (b"A" * 9000, b"b"), (b"a", b"b" * 9000), (b"\x00", b""), (b" folded", b" x"),
    (b"X-HTTP-Method-Override", b"PUT"),
]), max_size=3)
TOKEN = "a" * 32  # of the protection against forged forms, of the right length
form_names = st.sampled_from(["name", "username", "password", "next", "language", "text", "id", "at"]) | any_text
forms = st.lists(st.tuples(form_names, odd_text), max_size=4).map(lambda pairs: b"&".join(
    quoted(name) + b"=" + quoted(given) for name, given in [("csrfmiddlewaretoken", TOKEN)] + pairs))
times = or_any(st.sampled_from(["2030-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-23:59", "2030-02-30T25:00:00", "12:00"]))
laters = st.fixed_dictionaries({}, optional={"id": or_any(odd_text), "text": or_any(odd_text), "at": times}).map(to_json)
PART = b"--b\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n\r\nx\r\n"
multiparts = st.lists(st.tuples(odd_text.map(to_utf8), odd_text.map(to_utf8)), max_size=4).map(
    lambda pairs: b"".join(PART % pair for pair in pairs) + b"--b--\r\n")
bodies = st.one_of(
    forms.map(lambda body: (b"application/x-www-form-urlencoded", body)), laters.map(lambda body: (b"application/json", body)),
    multiparts.map(lambda body: (b"multipart/form-data; boundary=b", body)), st.binary(max_size=300).map(lambda body: (b"\xff/\x00", body)))


@st.composite
def requests(draw):
    method = draw(st.sampled_from([b"GET", b"GET", b"POST", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"get", b"CONNECT", b"PRI", b"\x00", b"A" * 3000]))
    headers = [(b"Host", b"127.0.0.1"), (b"X-CSRFToken", TOKEN.encode("ascii"))]
    headers.append((b"Cookie", b"csrftoken=" + TOKEN.encode("ascii") + draw(st.sampled_from([
        b"", b"; @SESSION@", b"; @SESSION@",
        b"; sessionid=none"]))))
    body = b""
    if method == b"POST":
        kind, body = draw(bodies)
        headers += [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(body))]
    return message(method + b" " + draw(targets()) + b" " + draw(st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b""])),
                   headers + draw(odd_headers), body)


def message(line, headers, body=b""):
    return b"\r\n".join([line] + [name + b": " + given for name, given in headers]) + b"\r\n\r\n" + body


# Handshakes

SOCKET_PATHS = ["/", "/chat/%s/", "/chat/%s/", "/plain/%s/", "/tail/%s/", "/tail/1/", "/tail/999999999999/", "/blog/%s/", "/%s", "/chat/%s"]
odd_socket_headers = st.lists(st.sampled_from([
    (b"Origin", b"http://127.0.0.1"), (b"Origin", b"null"), (b"Origin", b"http://["), (b"Origin", b"\xff"),
    (b"Origin", b"http://a" + b"\x00"), (b"Origin", b"http://x:99999999"),
    (b"Sec-WebSocket-Protocol", b"chartroom.v1"), (b"Sec-WebSocket-Protocol", b"x, chartroom.v1, \xc3\xa9"), (b"Sec-WebSocket-Protocol", b"," * 500),
    (b"Sec-WebSocket-Extensions", b"permessage-deflate; client_max_window_bits"),
    (b"Sec-WebSocket-Extensions", b"permessage-deflate; server_max_window_bits=999"),
    (b"Sec-WebSocket-Extensions", b";=;,"), (b"Sec-WebSocket-Key", b"short"), (b"Sec-WebSocket-Key", b"\xff" * 24),
    (b"Sec-WebSocket-Version", b"8"), (b"Sec-WebSocket-Version", b"x"),
    (b"Host", b"example.org"), (b"Host", b""), (b"Cookie", b"sessionid=\x00\xff"), (b"Cookie", b"sessionid=" + b"y" * 5000),
    (b"Cookie", b"=;;="), (b"X-Forwarded-For", b"\xff, 1.2.3"),
    (b"Connection", b"close"), (b"Upgrade", b"h2c"), (b"Content-Length", b"10"), (b"Transfer-Encoding", b"chunked"),
]), max_size=3)


@st.composite
def handshakes(draw):
    path = draw(st.sampled_from(SOCKET_PATHS))
    path = b"".join(part if index % 2 == 0 else draw(names.map(quoted) | names.map(to_utf8)) for index, part in enumerate(_interleaved(path)))
    pairs = b"&".join(quoted(name, raw) + b"=" + quoted(given, raw) for name, given, raw in draw(queries))
    cookie = draw(st.sampled_from([[], [(b"Cookie", b"@SESSION@")]]))
    return upgrade(path + (b"?" + pairs if pairs else b""), cookie + draw(odd_socket_headers))


def upgrade(target, headers=()):
    return message(b"GET " + target + b" HTTP/1.1", [
        (b"Host", b"127.0.0.1"), (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Key", WS_KEY),
        (b"Sec-WebSocket-Version", b"13")] + list(headers))


# Frames

entries = st.fixed_dictionaries({}, optional={"id": or_any(odd_text), "text": or_any(odd_text), "data": value})
FRAMES = {
    "send": {"messages": or_any(st.lists(entries | value, max_size=5))},
    "catch_up": {"since": or_any(odd_number)},
    "history": {"before": or_any(odd_number), "limit": or_any(odd_number)},
    "ping": {"seq": or_any(odd_number)},
    "start": {"id": or_any(odd_number), "position": or_any(odd_text | st.sampled_from(["1:2:3", "a.b.c", "0-0", "1." + "9" * 40]))},
}
frames = st.one_of([
    st.fixed_dictionaries({"type": st.just(kind)}, optional=keys) for kind, keys in sorted(FRAMES.items())
] + [st.dictionaries(st.just("type") | any_text, value, max_size=3), value]).map(to_json)
full_sends = st.integers(1, MAX_MESSAGES + 1).map(lambda count: to_json(
    {"type": "send", "messages": [{"id": "%d" % index, "text": "x" * 50} for index in range(count)]}))


def well_encoded(data):
    """The data of a text frame: others end the socket, and with it the test of the frames behind it."""
    return data.decode("utf-8", "replace").encode("utf-8")


# Opcode and data.
socket_messages = st.one_of(
    frames.map(lambda data: (1, data)), frames.map(lambda data: (1, data)), full_sends.map(lambda data: (1, data)),
    odd_json.map(lambda data: (1, data)), odd_text.map(lambda text: (1, text.encode("utf-8", "replace"))),
    st.binary(max_size=200).map(lambda data: (2, data)))


def frame(opcode, data, fin=1, rsv=0, masked=True, length=None):
    """The bytes of a frame; ``length``: another one than that of the data."""
    length = len(data) if length is None else length
    head = bytearray([fin << 7 | rsv << 4 | opcode])
    mark = 0x80 if masked else 0
    if length < 126:
        head.append(mark | length)
    elif length < 65536:
        head += bytearray([mark | 126, length >> 8, length & 255])
    else:
        head += bytearray([mark | 127] + [length >> shift & 255 for shift in range(56, -1, -8)])
    # The mask is zero, so that the data need not be changed.
    return bytes(head) + (b"\0\0\0\0" if masked else b"") + data


raw_frames = st.lists(st.builds(
    frame, st.integers(0, 15), st.one_of(st.binary(max_size=140), frames, st.just(b"x" * 70000)),
    st.sampled_from([1, 1, 1, 0]), st.sampled_from([0, 0, 0, 0, 1, 4, 7]), st.sampled_from([True, True, True, False]),
    st.sampled_from([None, None, None, None, 0, 1, 125, 126, 65535, 65536, 2 ** 32, 2 ** 63 - 1, 2 ** 64 - 1])), min_size=1, max_size=4).map(b"".join)
closes = st.tuples(st.integers(0, 65535), st.binary(max_size=126)).map(lambda pair: frame(
    8,
    bytes(bytearray([pair[0] >> 8, pair[0] & 255])) + pair[1]))
fragments = st.lists(st.binary(max_size=20) | frames, min_size=2, max_size=30).map(lambda parts: b"".join(
    frame(1 if index == 0 else 0, part, fin=int(index == len(parts) - 1)) for index, part in enumerate(parts)))
socket_bytes = st.one_of(raw_frames, closes, fragments, st.binary(max_size=300), st.binary(max_size=3).map(lambda data: data * 20000))

# Webhooks

payload_keys = ["text", "title", "url", "link", "status", "author", "username", "content", "attachments", "data", "id", "message", "event", "project"]
payloads = st.dictionaries(st.sampled_from(payload_keys) | any_text, or_any(odd_text), max_size=5)
hook_bodies = st.one_of(payloads.map(to_json), value.map(to_json), odd_json, st.binary(max_size=300), forms)
hook_headers = st.fixed_dictionaries({}, optional={
    b"webhook-id": odd_text.map(to_utf8), b"webhook-timestamp": odd_number.map(lambda number: to_utf8("%s" % number)) | st.just(b"9" * 5000),
    b"webhook-signature": st.sampled_from([b"v1,", b"v1,=", b"v2,x v1," + b"A" * 44, b"v1,\xff", b" " * 50, b"v1,A " * 2000]),
    b"idempotency-key": odd_text.map(to_utf8),
    b"content-type": st.sampled_from([
        b"application/json", b"application/x-www-form-urlencoded", b"text/plain; charset=utf-7",
        b"multipart/form-data"]),
})
# Headers, body, and whether they are signed correctly.
deliveries = st.tuples(hook_headers, hook_bodies, st.booleans())

# Feeds

markup = st.lists(st.one_of(any_text, st.sampled_from([
    "<b>", "</b>", "<p", "<![CDATA[", "]]>", "&#0;", "&#xd800;", "&#99999999999999;", "&nope;", "<!--", "-->", "<?x?>", "<script>",
    "<a href='", "javascript:", "\x00", "<br/>" * 50,
]), st.just("&lt;i&gt;x&lt;/i&gt;")), max_size=6).map("".join)
dates = st.sampled_from([
    "Mon, 01 Jan 2018 00:00:00 GMT", "2018-01-01T00:00:00Z", "99999-99-99", "0000-00-00T24:61:61+99:99",
    "Thu, 31 Feb 1 25:00:00 +9999", "now", ""]) | any_text
links = st.sampled_from([
    "http://example.org/1", "//[", "http://[::1", "/x", "mailto:a", "http://" + "a" * 3000, "http://exa mple/\u202e",
    "data:,x"]) | any_text
RSS = "<item><guid>%s</guid><title>%s</title><link>%s</link><description>%s</description><pubDate>%s</pubDate></item>"
ATOM = "<entry><id>%s</id><title type='html'>%s</title><link href='%s'/><content type='xhtml'>%s</content><updated>%s</updated></entry>"
items = st.lists(st.tuples(any_text, markup, links, markup, dates), max_size=4)
RSS_DOCUMENT = "<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>%s</channel></rss>"
ATOM_DOCUMENT = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://['><title>t</title>%s</feed>"
rss = items.map(lambda found: RSS_DOCUMENT % "".join(RSS % item for item in found))
atom = items.map(lambda found: ATOM_DOCUMENT % "".join(ATOM % item for item in found))
TRICKS = [
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
    "<rss version='2.0'><channel><title>&c;</title></channel></rss>",
    "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><rss/>", "<rss version='2.0'>" + "<channel>" * 400,
    "<?xml version='1.0' encoding='no-such'?><rss/>", "{\"version\": \"https://jsonfeed.org/version/1\"}",
]
encodings = st.sampled_from(["utf-8", "utf-16", "utf-32", "latin-1", "cp037"])
documents = st.tuples(rss | atom | st.sampled_from(TRICKS), encodings).map(lambda pair: pair[0].encode(pair[1], "replace"))
content_types = st.sampled_from([
    "application/rss+xml", "text/html; charset=\"", "", "application/xml; charset=utf-7",
    "text/xml; charset=idna", "image/png", "application/json"])
STATUS_LINES = [b"HTTP/1.1 200 OK"] * 6 + [
    b"HTTP/1.1 301 x", b"HTTP/1.1 304 x", b"HTTP/1.1 410 x", b"HTTP/1.1 999 \xff", b"HTTP/9.9", b"",
    b"HTTP/1.1 -1 x"]
feed_headers = st.lists(st.sampled_from([
    (b"Content-Encoding", b"gzip"), (b"Content-Encoding", b"br, gzip"), (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"99"),
    (b"Content-Length", b"x"), (b"Location", b"//["),
    (b"Location", b"http://127.0.0.1:0/\xff"), (b"Location", b"file:///"), (b"ETag", b"\xff" * 2000), (b"Last-Modified", b"never"),
    (b"Retry-After", b"9" * 50), (b"Retry-After", b"Sun, 99"),
    (b"Content-Type", b"\x00"), (b"Set-Cookie", b"\xff"), (b"a" * 70000, b"b"),
]), max_size=3)
# The document, its content type, and the response with which a server sends it.
feeds = st.tuples(documents, content_types, st.tuples(st.sampled_from(STATUS_LINES), feed_headers))

# Log files

log_data = st.one_of(
    st.binary(max_size=400), any_text.map(to_utf8), st.binary(max_size=4).map(lambda data: data * 5000),
    st.lists(any_text.map(to_utf8), max_size=20).map(b"\n".join),
    st.sampled_from([
        b"\n" * 3000, b"\r\n" * 1000, b"\x1b[31m" * 500, b"\x1b[", b"\x00" * 70000, b"\xef\xbb\xbf", b"\xf0\x9f", b"a" * 70000,
        b"\xe4" * 9000]))
# What happens to the file, and the bytes that are appended then.
log_writes = st.tuples(st.sampled_from(["append"] * 8 + ["truncate", "replace", "shorten"]), log_data)

# Entries in Redis

REPLY = "daphne.response.run.fuzzed!abcdef"
reply_channels = or_any(st.sampled_from([REPLY, "@SERVER@gone", "@VICTIM@", "no.such!x", "x", "daphne.response.run.é!x", "a" * 300, "!"]))
submissions = st.fixed_dictionaries({}, optional={
    "version": or_any(st.just(1)), "room": or_any(st.sampled_from([1, 2, ["chat", "fuzz"], ["chat", "é" * 99], [1, 2], 2 ** 63])),
    "source": or_any(st.just("socket")),
    "sender": or_any(st.just("guest:x")), "author": or_any(st.just("Ann")), "wire": or_any(st.sampled_from(["json", "plain"])),
    "reply_channel": reply_channels,
    "messages": or_any(st.lists(or_any(st.tuples(odd_text, odd_text).map(list)), max_size=3)), "data": or_any(st.lists(value, max_size=3)),
})
full_submissions = st.fixed_dictionaries({
    "version": st.just(1), "room": st.sampled_from([1, 99999, ["chat", "fuzz"], ["chat", "fuzz2"]]), "source": or_any(st.just("socket")),
    "sender": or_any(st.just("guest:x")), "author": or_any(st.just("Ann")), "wire": st.sampled_from(["json", "plain"]),
    "reply_channel": reply_channels,
    "messages": st.lists(st.tuples(odd_text, odd_text).map(list), min_size=1, max_size=3)})
receives = st.fixed_dictionaries({}, optional={
    "reply_channel": reply_channels, "path": or_any(st.sampled_from(["/", "/chat/fuzz/", "/plain/fuzz/", "/tail/1/", "/x"])),
    "order": or_any(st.just(1)),
    "text": or_any(frames.map(lambda data: data.decode("ascii"))), "bytes": or_any(st.none() | st.binary(max_size=9))})
full_receives = st.fixed_dictionaries({
    "reply_channel": st.sampled_from([REPLY, "@SERVER@gone", "@VICTIM@"]),
    "path": st.sampled_from(["/", "/chat/fuzz/", "/plain/fuzz/", "/tail/1/"]), "order": or_any(st.just(1)),
    "text": or_any(frames.map(lambda data: data.decode("ascii")))})
recheck_data = st.fixed_dictionaries({}, optional={
    "kind": or_any(st.sampled_from(["room", "tail"])), "sender": or_any(st.sampled_from([
        "user:1", "user:x", "guest:y", "",
        "user:" + "9" * 30])), "session": or_any(st.none() | st.just("x" * 32)),
    "namespace": or_any(st.just("chat")), "name": or_any(st.just("fuzz")), "author": value, "guest": value,
    "tail": or_any(st.integers(0, 3)), "wire": value})
rechecks = st.fixed_dictionaries({}, optional={"sockets": or_any(st.lists(
    or_any(st.tuples(reply_channels, or_any(recheck_data)).map(list)),
    max_size=4))})
tails = st.fixed_dictionaries({}, optional={
    "version": or_any(st.just(1)), "op": or_any(st.sampled_from(["start", "renew", "stop"])), "file": or_any(st.integers(0, 3)),
    "reply_channel": reply_channels,
    "id": or_any(odd_number), "position": or_any(odd_text)})
full_tails = st.fixed_dictionaries({
    "version": st.just(1), "op": st.sampled_from(["start", "renew", "stop"]), "file": st.integers(1, 3), "reply_channel": reply_channels,
    "id": st.integers(0, 9), "position": st.none() | odd_text})
replies = st.fixed_dictionaries({}, optional={
    "text": or_any(odd_text), "bytes": value, "accept": value, "close": or_any(st.sampled_from([True, 1000, 4000, 99999])), "status": value,
    "content": value, "headers": value,
    "more_content": value, "recheck": or_any(st.fixed_dictionaries({"tags": or_any(st.lists(odd_text)), "data": value})),
    "dealt": or_any(st.lists(value, max_size=3)), "tags": value})


def pack(thing):
    """msgpack of any value; text that it can't encode is replaced, and numbers that it can't."""
    if isinstance(thing, dict):
        return {pack(key): pack(given) for key, given in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [pack(item) for item in thing]
    if isinstance(thing, type("")):
        return thing.encode("utf-8", "replace").decode("utf-8")
    if isinstance(thing, int) and not -2 ** 63 <= thing < 2 ** 64:
        return float(thing % 2 ** 64)
    return thing


def to_msgpack(thing):
    return msgpack.packb(pack(thing), use_bin_type=True)


def in_list(name, *contents, **options):
    """Entries of one list: ``(its name, raw bytes)``; ``channel``: the usual recipient, if it is not the list."""
    usual = options.get("channel", name).encode("ascii")
    header = st.builds(
        lambda expires, tries, channels: b"cr1 %s %s %s\n" % (expires, tries, channels),
        st.sampled_from([b"@SOON@"] * 8 + [b"0", b"1", b"x", b"-1", b"9" * 5000]),
        st.sampled_from([b"0"] * 5 + [b"7", b"99999999999999999999", b"-3", b"1.5"]),
        st.sampled_from([usual] * 12 + [
            b"", b"=group", b"=g a b c", b"\xff", b"x" * 300, b"@VICTIM@", b"=g @VICTIM@", b"@SERVER@.dealt",
            b"@SERVER@gone", b"@SERVER@.recheck", b"=room.1 @SERVER@x @SERVER@y"]))
    body = st.one_of([content.map(to_msgpack) for content in contents] + [contents[0].map(to_msgpack), value.map(to_msgpack), st.binary(max_size=60)])
    raw = st.builds(lambda head, body: head + body, header, body)
    return raw.map(lambda data: (name, data))


layer_entries = st.one_of(
    in_list("chat-messages", submissions, full_submissions), in_list("websocket.receive", receives, full_receives),
    in_list("websocket.recheck", rechecks),
    in_list("chartroom-tail", tails, full_tails), in_list("@SERVER@", replies, channel="@VICTIM@"))


def edit_item(index):
    """A function that edits the bytes at one place of a tuple."""
    return lambda one, rng: one[:index] + (mutate(one[index], rng),) + one[index + 1:]


def edit_frame(one, rng):
    opcode, data = edit_item(1)(one, rng)
    return opcode, well_encoded(data) if opcode == 1 else data


# {kind: (strategy, examples of one round, how often it is its turn, how a copy is edited)}
KINDS = {
    "http": (requests(), 25, 2, mutate),
    "http on the sockets' port": (requests(), 30, 1, mutate),
    "handshakes": (handshakes(), 30, 1, mutate),
    "frames": (socket_messages, 130, 8, edit_frame),
    "frames of log files": (socket_messages, 20, 1, edit_frame),
    "bytes after a handshake": (socket_bytes, 30, 1, mutate),
    "webhooks": (deliveries, 30, 2, edit_item(1)),
    "feeds": (feeds, 15, 1, edit_item(0)),
    "log files": (log_writes, 20, 1, edit_item(1)),
    "entries in Redis": (layer_entries, 40, 2, edit_item(1)),
}
