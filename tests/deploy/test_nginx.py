"""What nginx passes on, to which server, and what it answers itself: ``deploy/nginx/``."""
from __future__ import unicode_literals

import json
import os

import pytest
from six.moves import http_client

from tests.deploy.echo import Echo
from tests.deploy.files import HOST, Copies, free_prefix
from tests.deploy.nginx import Nginx
from tests.integration.stack import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.once]

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}
PAGES, SOCKETS = ("11", "12"), ("01", "02")


@pytest.fixture
def start(tmpdir):
    """Starts nginx and `Echo` servers at the ports that end with ``digits``; returns both, the servers by digits."""
    started = []

    def start(digits=PAGES + SOCKETS, **options):
        copies = Copies(str(tmpdir), free_prefix())
        servers = {each: Echo(copies.port(each)) for each in digits}
        started.extend(servers.values())
        nginx = Nginx(copies, **options)
        started.append(nginx)
        return nginx, servers
    yield start
    for each in started:
        each.stop()


def test_the_configuration_has_no_warnings(start):
    nginx, servers = start(digits=())
    assert "test is successful" in nginx.check and "[warn]" not in nginx.check


def test_the_upgrade_header_selects_the_server(start):
    nginx, servers = start()
    for headers, digits in (({}, PAGES), (UPGRADE, SOCKETS), ({"Upgrade": "WebSocket"}, SOCKETS), ({"Upgrade": "h2c"}, PAGES)):
        answer = json.loads(nginx.ask("/chat/lobby/?since=3", headers=headers).text)
        assert answer["port"] in [nginx.copies.port(each) for each in digits]
        assert answer["path"] == "/chat/lobby/?since=3"
        is_socket = digits == SOCKETS
        assert answer["headers"].get("upgrade") == ("websocket" if is_socket else None)
        assert answer["headers"]["connection"] == ("upgrade" if is_socket else "close")


@pytest.mark.parametrize("upgrade", [{}, UPGRADE], ids=["page", "socket"])
def test_headers_of_a_proxy_are_never_those_of_a_client(start, upgrade):
    nginx, servers = start()
    forged = {
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil", "X-Forwarded-Port": "1",
        "X-Forwarded-Ssl": "off", "X-Forwarded-Protocol": "http", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9",
        "Daphne-Root-Path": "/evil", "Proxy": "evil", "X_Forwarded_For": "203.0.113.9", "SCRIPT_NAME": "/evil",
    }
    headers = json.loads(nginx.ask("/", headers=dict(forged, Origin="https://" + HOST, **upgrade), source="127.0.0.2").text)["headers"]
    assert headers["host"] == HOST and headers["origin"] == "https://" + HOST
    assert headers["x-forwarded-for"] == "127.0.0.2" and headers["x-forwarded-proto"] == "https"
    left = set(headers) & {name.lower() for name in forged}
    assert left == {"x-forwarded-for", "x-forwarded-proto"}


def test_without_tls_it_redirects(start):
    nginx, servers = start(digits=())
    connection = http_client.HTTPConnection("127.0.0.1", nginx.copies.port("80"), timeout=10)
    connection.request("GET", "/chat/lobby/?x=1", headers={"Host": "evil.example.org"})
    response = connection.getresponse()
    assert (response.status, response.getheader("Location")) == (301, "https://chat.example.org/chat/lobby/?x=1")
    assert response.getheader("Server") == "nginx"
    connection.close()


def test_a_server_that_does_not_listen_is_skipped(start):
    """Each time, and it gets requests again as soon as it listens."""
    nginx, servers = start(digits=("02", "12"))
    for headers in ({}, UPGRADE):
        assert [nginx.ask("/", headers=headers).status for _ in range(10)] == [200] * 10
    first = Echo(nginx.copies.port("11"))
    assert [nginx.ask("/").status for _ in range(10)] == [200] * 10
    assert first.requests >= 3
    first.stop()


def test_a_handshake_answered_with_503_goes_to_the_other_server(start):
    nginx, servers = start()
    servers["01"].status = 503
    assert [nginx.ask("/", headers=UPGRADE).status for _ in range(6)] == [200] * 6


def test_a_post_is_sent_once(start):
    nginx, servers = start()
    servers["11"].status = servers["12"].status = 503
    assert nginx.ask("/chat/lobby/messages/", "POST", body="text").status == 503
    assert servers["11"].requests + servers["12"].requests == 1


def test_the_size_of_a_body(start):
    nginx, servers = start()
    assert nginx.ask("/", "POST", body="x" * 3000000).status == 200
    assert nginx.ask("/", "POST", body="x" * 5000000).status == 413


def test_pages_are_limited_by_address_and_handshakes_are_not(start):
    nginx, servers = start()
    connection = nginx.connection()
    statuses = []
    for number in range(250):
        connection.request("GET", "/", headers=dict({"Host": HOST}))
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses[:100] == [200] * 100 and statuses.count(429) > 10
    assert nginx.ask("/", headers=UPGRADE).status == 200
    assert nginx.ask("/", source="127.0.0.2").status == 200


def test_webhooks_are_neither_limited_nor_logged(start):
    nginx, servers = start()
    connection = nginx.connection()
    for number in range(150):
        connection.request("POST", "/hooks/secret/", headers={"Host": HOST})
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.close()
    nginx.ask("/chat/lobby/")

    def logged():
        with open(nginx.copies.path("nginx-access.log")) as log:
            return log.read()
    wait_until(lambda: "/chat/lobby/" in logged(), what="a log line")
    assert "secret" not in logged()


def test_health_is_for_this_machine(start):
    nginx, servers = start()
    assert nginx.ask("/health/ready").status == 200
    for headers in ({}, UPGRADE):
        assert nginx.ask("/health/ready", headers=headers, source="127.0.0.2").status == 403


def test_static_files(start):
    nginx, servers = start()
    os.makedirs(nginx.copies.path("static", "chartroom"))
    nginx.copies.write("static/chartroom/room.js", "1")
    nginx.copies.write("static/chartroom/style.55e7cbb9ba48.css", "2")
    nginx.copies.write("state.txt", "secret")
    plain, hashed = nginx.ask("/static/chartroom/room.js"), nginx.ask("/static/chartroom/style.55e7cbb9ba48.css")
    assert (plain.text, hashed.text) == ("1", "2")
    assert "javascript" in plain.getheader("Content-Type") and plain.getheader("X-Content-Type-Options") == "nosniff"
    assert plain.getheader("Cache-Control") == "public, max-age=60"
    assert hashed.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert nginx.ask("/static/chartroom/missing.js").status == 404
    assert nginx.ask("/static/../state.txt").status in (400, 404) or "secret" not in nginx.ask("/static/../state.txt").text
    assert nginx.ask("/static../state.txt").text != "secret"


class TestSubPath:

    def test_sockets_get_paths_without_the_prefix(self, start):
        nginx, servers = start(is_below=True)
        answer = json.loads(nginx.ask("/talk/chat/caf%C3%A9/?since=3", headers=UPGRADE).text)
        assert answer["path"] == "/chat/caf%C3%A9/?since=3" and answer["headers"]["upgrade"] == "websocket"

    def test_pages_get_them_with_it(self, start):
        nginx, servers = start(is_below=True)
        answer = json.loads(nginx.ask("/talk/chat/caf%C3%A9/?q=1").text)
        assert answer["path"] == "/talk/chat/caf%C3%A9/?q=1"
        assert answer["headers"]["x-forwarded-for"] == "127.0.0.1"

    def test_the_other_site_goes_on(self, start):
        nginx, servers = start(is_below=True)
        assert nginx.ask("/").text == nginx.ask("/talker/").text == "another site"
        assert nginx.ask("/talk").status == 301
        assert nginx.ask("/talk/health/ready", source="127.0.0.2").status == 403
