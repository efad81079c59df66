# coding: utf-8
"""
Fetches a feed document over HTTP, with a limit on everything that the server controls.

Uses urllib3 directly rather than a library built on it: each redirect is a separate
request, checked like the first one, and its body is not read; and no proxy, netrc file
or cookie from the environment bypasses the check.
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
from chartroom.sources.feeds.connection import POOLS, Connector
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line

TIMEOUT = 10               # seconds, for connecting and for each read
MAX_BODY = 5 * 1024 ** 2   # bytes, both compressed and decompressed
MAX_REDIRECTS = 5          # per fetch
MAX_URL = 2000             # characters; the encoding of a host takes quadratic time (CVE-2024-3651, CVE-2026-45409)
CHUNK = 65536              # bytes per read
GONE_FOR = 3600            # seconds to wait after a 410
MAX_RETRY_AFTER = 86400    # seconds

REDIRECTS = (301, 302, 303, 307, 308)
GONE = 410
# A validator that can be sent back in a request unchanged.
VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}\Z")

HEADERS = {
    "User-Agent": "chartroom/%s" % chartroom.__version__,
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}

# ``url``: after redirects, without a password; ``etag`` and ``modified``: empty if the server sent none.
Answer = namedtuple("Answer", "body url content_type etag modified")


def fetch(url, etag, modified, allow_private, deadline):
    """
    Return an `Answer`, or None if the feed has not changed since ``etag`` and ``modified``.

    Raises `FeedError` for any other response or failure, and when the `Deadline` is over.
    """
    headers = dict(HEADERS)
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    try:
        with Connector(allow_private, deadline) as connector:
            answer = _follow(connector, url, headers)
    except (HTTPError, http_client.HTTPException, socket.error, UnicodeError) as error:
        _check(deadline)
        raise FeedError(_reason(error))
    except FeedError:
        _check(deadline)
        raise
    # A connection that was shut down looks like the end of the body.
    _check(deadline)
    return answer


def _check(deadline):
    if deadline.is_over:
        raise FeedError("took longer than %d s" % deadline.seconds)


def _reason(error):
    if isinstance(error, ReadTimeoutError):
        return "sent nothing for %d s" % TIMEOUT
    if isinstance(error, SSLError):
        return "failed the TLS handshake (%s)" % one_line(error, 200)
    return "failed to transfer (%s)" % one_line(error, 200)


def _follow(connector, url, headers):
    location = first = _location(url)
    for _ in range(MAX_REDIRECTS + 1):
        # Credentials are sent to the configured origin only, not to a redirect's target.
        is_first = (location.scheme, location.host, location.port) == (first.scheme, first.host, first.port)
        response = _request(connector, location, dict(headers, **_authorization(first) if is_first else {}))
        try:
            if response.status not in REDIRECTS:
                return _answer(response, location)
            target = _header(response, "Location")
            if not target:
                raise FeedError("answered %d without a Location header" % response.status)
            location = _location(target, base=location._replace(auth=None).url)
        finally:
            response.close()
    raise FeedError("is redirected more than %d times" % MAX_REDIRECTS)


def _location(url, base=""):
    if len(url) > MAX_URL:
        raise FeedError("is at an address with more than %d characters" % MAX_URL)
    try:
        location = parse_url(urljoin(base, url))
    except (LocationParseError, ValueError):
        raise FeedError("is not a valid address")
    if location.scheme not in POOLS or not location.host:
        raise FeedError("is not at an address that begins with http:// or https://")
    return location


def _authorization(location):
    if not location.auth:
        return {}
    token = base64.b64encode(urlunquote(location.auth).encode("utf-8"))
    return {"Authorization": "Basic " + token.decode("ascii")}


def _request(connector, location, headers):
    # strict, or Python 2.7 accepts a response that is not HTTP as a body.
    port = location.port or port_by_scheme[location.scheme]
    pool = POOLS[location.scheme](location.host, port, strict=True, connector=connector)
    return pool.urlopen(
        "GET", location.request_uri, headers=headers, timeout=TIMEOUT, retries=False, redirect=False,
        assert_same_host=False, preload_content=False, decode_content=False, enforce_content_length=True)


def _answer(response, location):
    if response.status == 304:
        return None
    if response.status != 200:
        raise FeedError(
            "answered %d %s" % (response.status, one_line(response.reason or "", 60)), _retry_after(response))
    return Answer(
        body=_body(response), url=location._replace(auth=None).url, content_type=_header(response, "Content-Type"),
        etag=_validator(response, "ETag"), modified=_validator(response, "Last-Modified"))


def _header(response, name):
    value = response.headers.get(name, "")
    # Header values are bytes, which Python 3 decodes as Latin-1.
    return (value if isinstance(value, bytes) else value.encode("latin-1")).decode("utf-8", "replace")


def _validator(response, name):
    value = _header(response, name)
    return value if VALIDATOR.match(value) else ""


def _retry_after(response):
    """Seconds to wait (RFC 7231, 7.1.3), at most a day, which limits the effect of a wrong value; or None."""
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
        raise FeedError("is encoded as %s, which was not requested" % one_line(encoding, 40))
    # Not `stream`, which reads chunk headers of any length.
    body = _bounded(lambda: response.read(CHUNK, decode_content=False))
    if "gzip" not in encoding:
        return body
    try:
        # In chunks: a kilobyte may decompress to a megabyte.
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(body))
        return _bounded(lambda: unpacked.read(CHUNK))
    except (IOError, EOFError, struct.error, zlib.error) as error:
        raise FeedError("is not valid gzip (%s)" % one_line(error, 100))


def _bounded(read):
    chunks, size = [], 0
    for chunk in iter(read, b""):
        size += len(chunk)
        if size > MAX_BODY:
            raise FeedError("is larger than %d MB" % (MAX_BODY / 1024 ** 2))
        chunks.append(chunk)
    return b"".join(chunks)
