# coding: utf-8
"""
Fetches a feed's document over HTTP, with a bound on everything that its server decides.

By urllib3 and not by what stands on it: each redirect is a request of its own
here, checked as the first, and its body is not read; and no proxy, netrc or
cookie of the environment goes round the check.
"""
from __future__ import unicode_literals

import base64
import gzip
import io
import re
import socket
import struct
import time
import zlib
from collections import namedtuple

from django.utils.http import parse_http_date_safe, urlunquote
from six.moves import http_client
from six.moves.urllib.parse import urljoin
from urllib3.connection import port_by_scheme
from urllib3.exceptions import HTTPError, LocationParseError, ReadTimeoutError, SSLError
from urllib3.util import parse_url

import chartroom
from chartroom.sources.feeds.connection import POOLS, Caller
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line

TIMEOUT = 10               # seconds, for a connection and for each byte
MAX_BODY = 5 * 1024 ** 2   # bytes, also of what was compressed
MAX_REDIRECTS = 5
CHUNK = 65536
GONE_FOR = 3600            # seconds after a 410
MAX_RETRY_AFTER = 86400

REDIRECTS = (301, 302, 303, 307, 308)
GONE = 410
# What may be said again in a request, as it is.
VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}\Z")

HEADERS = {
    "User-Agent": "chartroom/%s" % chartroom.__version__,
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}

# ``url``: where it was found at last, without a password; ``etag`` and ``modified``: empty where there are none.
Answer = namedtuple("Answer", "body url content_type etag modified")


def fetch(url, etag, modified, allow_private, deadline):
    """
    An `Answer`, or None where nothing has changed since that ``etag`` and ``modified``.

    Raises `FeedError` for everything else, and when the `Deadline` is over.
    """
    headers = dict(HEADERS)
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    try:
        with Caller(allow_private, deadline) as caller:
            answer = _follow(caller, url, headers)
    except (HTTPError, http_client.HTTPException, socket.error, UnicodeError) as error:
        _check(deadline)
        raise FeedError(_why(error))
    except FeedError:
        _check(deadline)
        raise
    # A connection that was cut off looks like one at its end.
    _check(deadline)
    return answer


def _check(deadline):
    if deadline.is_over:
        raise FeedError("took longer than %d s" % deadline.seconds)


def _why(error):
    if isinstance(error, ReadTimeoutError):
        return "sent nothing for %d s" % TIMEOUT
    if isinstance(error, SSLError):
        return "has no TLS that can be trusted (%s)" % one_line(error, 200)
    return "broke off (%s)" % one_line(error, 200)


def _follow(caller, url, headers):
    place = first = _place(url)
    for _ in range(MAX_REDIRECTS + 1):
        # The password is for the one who was given it.
        is_first = (place.scheme, place.host, place.port) == (first.scheme, first.host, first.port)
        response = _request(caller, place, dict(headers, **_authorization(first) if is_first else {}))
        try:
            if response.status not in REDIRECTS:
                return _answer(response, place)
            target = _header(response, "Location")
            if not target:
                raise FeedError("answered %d without an address" % response.status)
            place = _place(target, base=place._replace(auth=None).url)
        finally:
            response.close()
    raise FeedError("is redirected more than %d times" % MAX_REDIRECTS)


def _place(url, base=""):
    try:
        place = parse_url(urljoin(base, url))
    except (LocationParseError, ValueError):
        raise FeedError("is no address that can be read")
    if place.scheme not in POOLS or not place.host:
        raise FeedError("is not at an address that begins with http:// or https://")
    return place


def _authorization(place):
    if not place.auth:
        return {}
    token = base64.b64encode(urlunquote(place.auth).encode("utf-8"))
    return {"Authorization": "Basic " + token.decode("ascii")}


def _request(caller, place, headers):
    # strict, or Python 2.7 takes what is no HTTP for a body.
    pool = POOLS[place.scheme](place.host, place.port or port_by_scheme[place.scheme], strict=True, caller=caller)
    return pool.urlopen(
        "GET", place.request_uri, headers=headers, timeout=TIMEOUT, retries=False, redirect=False, assert_same_host=False,
        preload_content=False, decode_content=False, enforce_content_length=True)


def _answer(response, place):
    if response.status == 304:
        return None
    if response.status != 200:
        raise FeedError(
            "answered %d %s" % (response.status, one_line(response.reason or "", 60)), _retry_after(response))
    return Answer(
        body=_body(response), url=place._replace(auth=None).url, content_type=_header(response, "Content-Type"),
        etag=_validator(response, "ETag"), modified=_validator(response, "Last-Modified"))


def _header(response, name):
    value = response.headers.get(name, "")
    # HTTP has bytes, which Python 3 shows as Latin-1.
    return (value if isinstance(value, bytes) else value.encode("latin-1")).decode("utf-8", "replace")


def _validator(response, name):
    value = _header(response, name)
    return value if VALIDATOR.match(value) else ""


def _retry_after(response):
    """Seconds (RFC 7231, 7.1.3), of no more than a day: so long a mistake of the server's may last."""
    value = _header(response, "Retry-After").strip()
    if re.match(r"[0-9]{1,9}\Z", value):
        seconds = int(value)
    else:
        at = parse_http_date_safe(value)
        seconds = at - time.time() if at else None
    if seconds is None and response.status == GONE:
        return GONE_FOR
    return seconds and min(max(0, seconds), MAX_RETRY_AFTER)


def _body(response):
    encoding = _header(response, "Content-Encoding").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FeedError("is encoded as %s, which was not asked for" % one_line(encoding, 40))
    # Not `stream`, which for chunks reads lines of any length.
    body = _bounded(lambda: response.read(CHUNK, decode_content=False))
    if "gzip" not in encoding:
        return body
    try:
        # A little at a time: of a thousand bytes a million may come.
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(body))
        return _bounded(lambda: unpacked.read(CHUNK))
    except (IOError, EOFError, struct.error, zlib.error) as error:
        raise FeedError("is not gzip, as it says (%s)" % one_line(error, 100))


def _bounded(read):
    chunks, size = [], 0
    for chunk in iter(read, b""):
        size += len(chunk)
        if size > MAX_BODY:
            raise FeedError("is larger than %d MB" % (MAX_BODY / 1024 ** 2))
        chunks.append(chunk)
    return b"".join(chunks)
