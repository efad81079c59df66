# coding: utf-8
from __future__ import unicode_literals

import socket
import threading
import time
import zlib

import pytest

import chartroom
from chartroom.sources.feeds import address, fetch as module
from chartroom.sources.feeds.deadline import Deadline
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.fetch import GONE_FOR, MAX_BODY, MAX_REDIRECTS, MAX_RETRY_AFTER, fetch
from tests.sources.feeds.server import FeedServer, rss, zipped

BODY = rss("hello")


def get(url, etag="", modified="", allow_private=True, within=5):
    with Deadline(within) as deadline:
        return fetch(url, etag, modified, allow_private, deadline)


def refusal(url, **options):
    with pytest.raises(FeedError) as caught:
        get(url, **options)
    return caught.value


class TestADocument:

    def test_is_requested_with_a_user_agent(self, server):
        answer = get(server.serve(BODY, Content_Type="application/rss+xml"))
        assert (answer.body, answer.content_type, answer.url) == (BODY, "application/rss+xml", server.url())
        [(path, headers)] = server.requests
        assert headers["user-agent"] == "chartroom/" + chartroom.__version__ and "authorization" not in headers

    def test_that_has_not_changed_is_not_sent_again(self, server):
        url = server.serve(BODY, Last_Modified="Sat, 21 Nov 2026 12:00:00 GMT")
        answer = get(url)
        assert get(url, answer.etag, answer.modified) is None
        assert server.requests[1][1]["if-none-match"] == answer.etag
        assert server.requests[1][1]["if-modified-since"] == "Sat, 21 Nov 2026 12:00:00 GMT"

    @pytest.mark.parametrize("etag", ["x" * 1001, "é", "a\tb"])
    def test_has_no_etag_that_could_not_be_sent_back(self, server, etag):
        server.pages["/feed"] = lambda handler: handler.wfile.write(
            ("HTTP/1.0 200 OK\r\nETag: %s\r\n\r\nx" % etag).encode("utf-8"))
        assert get(server.url()).etag == ""

    def test_may_be_compressed(self, server):
        assert get(server.serve(zipped(BODY), Content_Encoding="gzip")).body == BODY

    def test_without_a_length_ends_with_the_connection(self, server):
        assert get(server.serve(BODY, Content_Length=None)).body == BODY

    def test_in_chunks_is_put_together(self, server):
        def page(handler):
            handler.protocol_version = str("HTTP/1.1")
            handler.send_response(200)
            handler.send_header(str("Transfer-Encoding"), str("chunked"))
            handler.end_headers()
            for byte in (BODY[:100], BODY[100:]):
                handler.wfile.write(("%x\r\n" % len(byte)).encode("ascii") + byte + b"\r\n")
            handler.wfile.write(b"0\r\n\r\n")
            handler.close_connection = True
        server.pages["/feed"] = page
        assert get(server.url()).body == BODY

    def test_is_requested_without_a_proxy(self, server, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(str(name), str("http://127.0.0.1:9"))
        assert get(server.serve(BODY)).body == BODY


class TestPasswords:

    def test_are_sent_and_removed_from_the_url(self, server):
        url = server.serve(BODY).replace("//", "//ann:s%C3%A9cret@")
        assert "ann" not in get(url).url
        assert server.requests[0][1]["authorization"] == "Basic YW5uOnPDqWNyZXQ="

    def test_are_sent_to_their_own_origin_only(self, server):
        other = FeedServer()
        server.redirect("/feed", "/here")
        server.redirect("/here", other.serve(BODY))
        assert get(server.url().replace("//", "//ann:secret@")).body == BODY
        assert ["authorization" in headers for path, headers in server.requests + other.requests] == [True, True, False]
        other.close()


class TestRedirects:

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_are_followed(self, server, status):
        server.serve(BODY, "/b/feed")
        assert get(server.redirect("/feed", "b/feed", status)).url == server.url("/b/feed")

    def test_in_a_loop_are_not(self, server):
        assert "more than 5 times" in refusal(server.redirect("/feed", "/feed")).detail
        assert len(server.requests) == MAX_REDIRECTS + 1

    @pytest.mark.parametrize("target, cause", [
        ("file:///etc/passwd", "http://"), ("ftp://example.org/", "http://"), ("gopher://127.0.0.1/x", "http://"), ("", "without a Location header"),
        ("http://[bad", "not a valid address"), ("javascript:alert(1)", "http://"),
    ])
    def test_lead_to_http_only(self, server, target, cause):
        assert cause in refusal(server.redirect("/feed", target)).detail

    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"])
    def test_to_private_addresses_are_refused_too(self, server, monkeypatch, host):
        """The first server counts as public, and redirects to a private one."""
        monkeypatch.setattr(address, "is_public", lambda text: server.requests == [] and text == "127.0.0.1")
        assert "private address" in refusal(server.redirect("/feed", "http://%s/" % host), allow_private=False).detail
        assert len(server.requests) == 1

    def test_to_a_long_address_are_refused(self, server):
        assert "2000 characters" in refusal(server.redirect("/feed", "http://" + "a." * 1000 + "example/")).detail

    def test_have_bodies_that_are_not_read(self, server):
        def page(handler):
            handler.reply(302, Location="/there", Content_Length=None)
            handler.drip(b"x" * 1000, 0)
        server.pages["/feed"] = page
        server.serve(BODY, "/there")
        assert get(server.url(), within=3).body == BODY


class TestRefused:

    @pytest.mark.parametrize("url", [
        "file:///etc/passwd", "ftp://example.org/feed", "/etc/passwd", "example.org/feed", "", "http://", "http:///feed",
        "javascript:alert(1)", "feed://example.org/",
    ])
    def test_is_a_url_without_http(self, url):
        assert "address" in refusal(url).detail

    @pytest.mark.parametrize("url", ["http://[bad/", "http://example.org:99999999/", "http://a b/"])
    def test_is_an_invalid_url(self, url):
        refusal(url)

    def test_is_a_host_whose_encoding_takes_long(self):
        started = time.time()
        assert "2000 characters" in refusal("http://" + "・" * 15000 + "漢/", within=60).detail
        assert time.time() - started < 2

    def test_is_a_private_address_unless_it_is_allowed(self, server):
        assert "CHARTROOM_FEED_ALLOW_PRIVATE" in refusal(server.serve(BODY), allow_private=False).detail
        assert server.requests == []

    @pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 500, 503])
    def test_is_any_status_but_200(self, server, status):
        error = refusal(server.serve(b"", status=status))
        assert error.detail.startswith("answered %d" % status) and error.retry_after is None

    @pytest.mark.parametrize("value, seconds", [
        ("120", 120), ("0", 0), ("999999", MAX_RETRY_AFTER), ("soon", None), ("-5", None), ("9" * 500, None),
        ("Sat, 21 Nov 2015 12:00:00 GMT", 0), ("Sat, 21 Nov 2105 12:00:00 GMT", MAX_RETRY_AFTER),
    ])
    @pytest.mark.parametrize("status", [429, 503])
    def test_until_the_retry_after_of_the_server(self, server, status, value, seconds):
        assert refusal(server.serve(b"", status=status, Retry_After=value)).retry_after == seconds

    def test_for_an_hour_after_a_410(self, server):
        assert refusal(server.serve(b"", status=410)).retry_after == GONE_FOR

    def test_is_a_failed_tls_handshake(self, server):
        assert "TLS" in refusal(server.serve(BODY).replace("http:", "https:")).detail

    def test_is_an_unavailable_server(self, server):
        server.close()
        assert "can't be connected to" in refusal(server.url()).detail

    @pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"\x00" * 100,
                                        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                                        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"])
    def test_is_an_incomplete_response(self, server, answer):
        server.pages["/feed"] = lambda handler: handler.wfile.write(answer)
        assert "failed to transfer" in refusal(server.url()).detail


class TestBounds:

    def test_of_a_body(self, server):
        assert len(get(server.serve(b"x" * MAX_BODY)).body) == MAX_BODY
        assert refusal(server.serve(b"x" * (MAX_BODY + 1))).detail == "is larger than 5 MB"

    def test_of_an_endless_body(self, server):
        server.pages["/feed"] = lambda handler: (handler.reply(200, Content_Length=None), handler.drip(b"x" * 65536, 0))
        assert "larger" in refusal(server.url()).detail

    @pytest.mark.parametrize("megabytes", [6, 500])
    def test_of_a_compressed_body(self, server, megabytes):
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join([compressor.compress(b"\x00" * 1024 ** 2) for _ in range(megabytes)] + [compressor.flush()])
        assert len(bomb) < megabytes * 1100
        assert "larger" in refusal(server.serve(bomb, Content_Encoding="gzip")).detail

    @pytest.mark.parametrize("body", [b"no gzip", zipped(BODY)[:-20], zipped(BODY)[:-8] + b"\x00" * 8], ids=[
        "no gzip", "truncated", "wrong checksum"])  # Bytes as ids would contain the time, and differ between xdist workers.
    def test_of_invalid_gzip(self, server, body):
        assert "not valid gzip" in refusal(server.serve(body, Content_Encoding="gzip")).detail

    @pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zlib"])
    def test_of_encodings(self, server, encoding):
        assert "not requested" in refusal(server.serve(BODY, Content_Encoding=encoding)).detail

    @pytest.mark.parametrize("start", [
        b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"],
        ids=["status", "header", "body", "chunk"])
    def test_of_a_server_that_sends_a_byte_now_and_then(self, server, start):
        def page(handler):
            handler.wfile.write(start)
            handler.drip(b"x")
        server.pages["/feed"] = page
        before = time.time()
        assert "took longer" in refusal(server.url(), within=0.5).detail
        assert time.time() - before < 3

    def test_of_a_host_that_does_not_accept(self):
        """Its backlog is full, so it drops further connections."""
        listener, waiting = socket.socket(), []
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
        before = time.time()
        assert "took longer" in refusal("http://127.0.0.1:%d/" % listener.getsockname()[1], within=0.5).detail
        assert time.time() - before < 3
        for each in waiting + [listener]:
            each.close()

    def test_of_a_server_that_sends_nothing(self, server, monkeypatch):
        monkeypatch.setattr(module, "TIMEOUT", 0.3)
        server.pages["/feed"] = lambda handler: time.sleep(2)
        assert "sent nothing" in refusal(server.url()).detail

    def test_of_headers(self, server):
        server.pages["/feed"] = lambda handler: (handler.wfile.write(b"HTTP/1.1 200 OK\r\n"), handler.drip(b"X: y\r\n", 0))
        assert "failed to transfer" in refusal(server.url()).detail

    def test_of_one_header(self, server):
        server.pages["/feed"] = lambda handler: (handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: "), handler.drip(b"y" * 65536, 0))
        assert "failed to transfer" in refusal(server.url()).detail


class TestCancelled:

    def test_at_once(self, server):
        server.pages["/feed"] = lambda handler: time.sleep(3)
        with Deadline(30) as deadline:
            threading.Timer(0.3, deadline.end).start()
            before = time.time()
            with pytest.raises(FeedError):
                fetch(server.url(), "", "", True, deadline)
        assert time.time() - before < 2

    def test_before_it_starts(self, server):
        server.pages["/feed"] = lambda handler: time.sleep(3)
        with Deadline(30) as deadline:
            deadline.end()
            before = time.time()
            with pytest.raises(FeedError):
                fetch(server.url(), "", "", True, deadline)
        assert time.time() - before < 2
