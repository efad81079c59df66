"""A deployment with the files of ``deploy/``, and the restart of all its processes while users send."""
from __future__ import unicode_literals

import os
import re
import sys
import threading
import time

import pytest
import redis
import websocket

from tests.deploy.files import Copies, free_prefix, program
from tests.deploy.nginx import Nginx
from tests.deploy.stack import Deployment
from tests.deploy.talker import Reader, Talker
from tests.integration.stack import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.once]

TALKERS = 6
AWAY_AT_MOST = 3  # seconds


@pytest.fixture(scope="module")
def deployment():
    for name in ("nginx", "supervisord", "logrotate", "curl"):
        program(name)
    running = Deployment().start()
    yield running
    running.stop()


def test_a_message_through_nginx(deployment):
    client = deployment.connect("/chat/first/")
    client.send_and_wait(("a", "hello"))
    assert client.read_all().texts == ["hello"]
    client.close()


def test_pages_and_static_files(deployment):
    page = deployment.nginx.ask("/chat/lobby/")
    assert page.status == 200 and "socketPath" in page.text and "Secure" in page.getheader("Set-Cookie")
    assert '"socketOrigin": ""' in page.text
    assert page.getheader("Strict-Transport-Security")
    [script] = re.findall(r'src="(/static/chartroom/room/room\.js)"', page.text)
    static = deployment.nginx.ask(script)
    assert static.status == 200 and static.getheader("Cache-Control") == "public, max-age=60"
    assert deployment.nginx.ask("/", host="evil.example.org").status == 400


def test_another_sites_page_may_not_open_a_socket(deployment):
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        deployment.connect(origin="https://evil.example.org")
    assert refused.value.status_code == 403


def test_the_address_is_that_of_the_client(deployment):
    deployment.connect("/chat/forged/", header=["X-Forwarded-For: 203.0.113.9"]).close()

    def lines():
        return [line for line in deployment.logs().splitlines() if "/chat/forged/" in line]
    wait_until(lines, what="a line in the access log")
    assert all("127.0.0.1" in line and "203.0.113.9" not in line for line in lines())


def test_redis_has_the_settings(deployment):
    config = deployment.redis.config_get()
    assert config["maxmemory-policy"] == "noeviction" and int(config["maxmemory"]) == 512 * 1024 * 1024
    assert config["appendonly"] == "yes" and config["bind"] == "127.0.0.1"
    with pytest.raises(redis.RedisError):
        redis.StrictRedis(port=deployment.copies.port("79")).ping()


def test_log_rotation(deployment):
    """Afterwards the processes and supervisor write to new files."""
    deployment.connect("/chat/before/").close()
    wait_until(lambda: "/chat/before/" in deployment.logs(), what="a line")
    before = deployment.pids()
    deployment.run(
        program("logrotate"), "--verbose", "--force", "--state", deployment.copies.path("rotated"), deployment.copies.path("logrotate.conf"))
    names = os.listdir(deployment.copies.path("log"))
    assert {"access-1.log.1", "access-2.log.1", "chartroom-sockets-1.log.1"} & set(names)
    wait_until(lambda: {"access-1.log", "access-2.log"} <= set(os.listdir(deployment.copies.path("log"))), what="new access logs")

    def is_logged():
        deployment.connect("/chat/after/").close()
        return any("/chat/after/" in open(deployment.copies.path("log", "access-%d.log" % number)).read() for number in (1, 2))
    wait_until(is_logged, every=0.2, what="a line in a new file")
    wait_until(lambda: deployment.logs().count("SIGHUP received") >= 6, what="the log lines of six processes")
    assert deployment.pids() == before


@pytest.fixture
def below(deployment, tmpdir):
    """A second nginx, where chartroom is below ``/talk/``, with a gunicorn of its own."""
    copies = Copies(str(tmpdir), free_prefix())
    for digits in ("01", "02"):
        copies.replaced.insert(0, ("127.0.0.1:80" + digits, "127.0.0.1:%d" % deployment.copies.port(digits)))
    os.symlink(deployment.copies.path("static"), copies.path("static"))
    deployment.start_process(
        [deployment.copies.path("with-environment"), sys.executable, "-m", "gunicorn.app.wsgiapp", "project.wsgi",
         "--bind", "127.0.0.1:%d" % copies.port("11")], SCRIPT_NAME="/talk", STATIC_URL="/talk/static/")
    nginx = Nginx(copies, is_below=True)
    wait_until(lambda: nginx.ask("/talk/health/ready").status == 200, 30, "the pages")
    yield nginx
    nginx.stop()


def test_below_a_path_of_another_site(deployment, below):
    assert below.ask("/").text == "another site"
    page = below.ask("/talk/chat/lobby/")
    [socket_path] = re.findall(r'"socketPath": "([^"]*)"', page.text)
    [script] = re.findall(r'src="([^"]*/room\.js)"', page.text)
    assert socket_path == "/talk/chat/lobby/" and below.ask(script).status == 200
    assert below.ask("/talk/").getheader("Location").endswith("/talk/chat/")
    client = deployment.connect("/talk/chat/below/", nginx=below)
    client.send_and_wait(("a", "hello"))
    assert client.read_all().texts == ["hello"]
    client.close()


class Visitor(threading.Thread):
    """Loads a page all the time; ``statuses``: of the answers."""

    def __init__(self, ask):
        super(Visitor, self).__init__()
        self.daemon = True
        self.ask = ask
        self.ending = threading.Event()
        self.statuses = []
        self.start()

    def run(self):
        while not self.ending.wait(0.2):
            try:
                self.statuses.append(self.ask().status)
            except Exception as error:
                self.statuses.append(repr(error))

    def end(self):
        self.ending.set()
        self.join(30)
        return self.statuses


def test_a_rolling_restart_under_load(deployment):
    """Each message is acknowledged and stored once, each page loads, and nobody is away for more than three seconds."""
    before = deployment.pids()
    talkers = [Talker("talker%d" % number, lambda: deployment.connect(kind=Reader)) for number in range(TALKERS)]
    visitor = Visitor(lambda: deployment.nginx.ask("/chat/lobby/"))
    for talker in talkers:
        assert talker.welcomed.wait(20), talker.failure
    started = time.time()
    output = deployment.run(deployment.copies.path("rolling-restart"), "supervisor")
    took = time.time() - started
    time.sleep(1)
    for talker in talkers:
        talker.end()
    statuses = visitor.end()

    assert output.count("Restarting") == 9 and not set(deployment.pids()) & set(before)
    gaps = [gap for talker in talkers for gap in talker.gaps]
    waits = [wait for talker in talkers for wait in talker.waits]
    print("%d restarts in %.0f s; %d messages; longest absence %.2f s, longest wait for an ack %.2f s; %d pages" % (
        output.count("Restarting"), took, len(waits), max(gaps), max(waits), len(statuses)))
    assert max(gaps) < AWAY_AT_MOST
    # Both interface servers were restarted, and their sockets closed to reconnect.
    assert {code for talker in talkers for code in talker.codes} == {"1012"}
    assert all(1 <= len(talker.gaps) <= 2 for talker in talkers)
    assert len(statuses) > 20 and set(statuses) == {200}

    acks = {id: seq for talker in talkers for id, seq in talker.acks.items()}
    assert sum(len(talker.acks) for talker in talkers) == len(acks) > 100
    reader = deployment.connect(kind=Reader, path="/chat/lobby/?since=0")
    reader.until(lambda: reader.welcome is not None)
    reader.read_all()
    assert [message["seq"] for message in reader.messages] == list(range(1, len(reader.messages) + 1))
    stored = {message["text"]: message["seq"] for message in reader.messages}
    assert len(stored) == len(reader.messages)
    assert {id: stored.get(id) for id in acks} == acks
    reader.close()
    assert "Traceback" not in deployment.logs()
