# coding: utf-8
"""Redis behind a unix socket, on several hosts, and behind Sentinel; and stock daphne on chartroom's layer."""
from __future__ import unicode_literals

import io
import json
import os
import re
import signal
import subprocess
import threading
import time
from multiprocessing.pool import ThreadPool

import pytest
import redis
import websocket
from django_redis.cache import RedisCache
from redis.sentinel import Sentinel

from chartroom.transport.layers import RedisChannelLayer, RedisSentinelChannelLayer
from chartroom.transport.servers import Server
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis, find_program
from tests.integration.stack import wait_until
from tests.transport.processes import end
from tests.transport.test_rundaphne import read, welcomed
from tests.transport.tls import Proxy, make_certificate

pytestmark = pytest.mark.processes

PASSWORD = "p@ss/w#rd%"
MANY = 110  # sockets, more than the capacity of stock daphne's channel


def converse(running, layer):
    """A new socket gets its welcome, an answer, and a message to its group."""
    client = welcomed(running)
    client.send("hello")
    assert read(client) == "echo hello"
    layer.send_group("all", {"text": "news"})
    assert read(client) == "news"
    return client


def assert_status(layer, address):
    """Its one server answers, and a worker and an interface server are alive."""
    status = layer.status.read([])
    assert [(server["address"], server["error"]) for server in status["servers"]] == [(address, None)]
    assert sorted(process["kind"] for process in status["processes"]) == ["interface", "worker"]
    assert layer.status.failures(within=1) == []


@pytest.fixture
def on_a_path(tmpdir):
    """A second Redis, and the path of its unix socket."""
    path = str(tmpdir.join("redis"))
    other = PrivateRedis(extra=["unixsocket " + path])
    yield other, path
    other.stop()


def test_behind_a_unix_socket_in_another_database(running, on_a_path):
    other, path = on_a_path
    hosts = ["unix://:%s@%s?db=3" % (other.password, path)]
    config = json.dumps({"hosts": hosts})
    running.start(LAYER_CONFIG=config)
    running.start_server("-p", "%d" % running.port, LAYER_CONFIG=config)
    layer = RedisChannelLayer(hosts=hosts)
    assert converse(running, layer)
    assert_status(layer, "unix:%s/3" % path)
    assert set(redis.Redis.from_url(other.url).info("keyspace")) == {"db3"}


class TestPassword:

    def config(self, running, user_and_password):
        return json.dumps({"hosts": ["redis://%s@127.0.0.1:%d/1" % (user_and_password, running.redis.port)]})

    @pytest.fixture
    def protected(self, running):
        """Its Redis has another password, which no address has unencoded, and a user."""
        admin = redis.Redis.from_url(running.redis.url)
        admin.config_set("requirepass", PASSWORD)
        running.has_users = int(admin.info()["redis_version"].split(".")[0]) >= 6
        if running.has_users:
            # Without INFO and CONFIG, as a provider's users.
            admin.execute_command(*[str(word) for word in ("ACL", "SETUSER", "ann@work", "on", ">s:t/", "~*", "+@all", "-@dangerous")])
        return running

    @pytest.mark.parametrize("credentials", [":p%40ss%2Fw%23rd%25", "default:p%40ss%2Fw%23rd%25", "ann%40work:s%3At%2F"])
    def test_is_decoded_for_all_processes(self, protected, credentials):
        if credentials.startswith("ann") and not protected.has_users:
            pytest.skip("Redis has users since version 6")
        config = self.config(protected, credentials)
        worker = protected.start(LAYER_CONFIG=config)
        server = protected.start_server("-p", "%d" % protected.port, LAYER_CONFIG=config)
        assert converse(protected, RedisChannelLayer(**json.loads(config)))
        assert worker.poll() is None and server.poll() is None

        cache = RedisCache(json.loads(config)["hosts"][0], {"OPTIONS": {"CONNECTION_POOL_CLASS": "chartroom.transport.addresses.Pool"}})
        cache.set("colour", "blue")
        assert cache.get("colour") == "blue"

    @pytest.mark.parametrize("credentials, why", [
        (":", "Redis requires a password, and none was sent: redis://127.0.0.1:"),
        (":wrong", "Redis refuses the user name or the password: redis://:***@127.0.0.1:"),
        ("ann:wrong", "Redis refuses the user name or the password: redis://ann:***@127.0.0.1:"),
    ])
    def test_that_is_wrong_ends_the_processes_with_a_reason(self, protected, credentials, why):
        config = self.config(protected, credentials)
        worker = protected.start(LAYER_CONFIG=config)
        server = protected.start_server("-p", "%d" % protected.port, LAYER_CONFIG=config)
        for process in (worker, server):
            assert process.wait() == 1
            assert why in protected.log(process) and "Traceback" not in protected.log(process)
            assert "wrong" not in protected.log(process).replace("WRONG", "").replace("wrong number", "")

    def test_that_becomes_wrong_later_is_an_outage(self, protected):
        config = self.config(protected, ":p%40ss%2Fw%23rd%25")
        worker = protected.start(LAYER_CONFIG=config)
        server = protected.start_server("-p", "%d" % protected.port, LAYER_CONFIG=config)
        admin = redis.Redis(port=protected.redis.port, password=PASSWORD)
        admin.config_set("requirepass", "other")
        # Only new connections have to log in.
        admin.execute_command(str("CLIENT"), str("KILL"), str("TYPE"), str("normal"))
        for process in (worker, server):
            wait_until(lambda: "trying again" in protected.log(process))
        redis.Redis(port=protected.redis.port, password="other").config_set("requirepass", PASSWORD)
        assert converse(protected, RedisChannelLayer(**json.loads(config)))
        assert worker.poll() is None and server.poll() is None


class TestTls:

    @pytest.fixture
    def address(self, running, tmpdir):
        """The address of a proxy before Redis, for a host name and a query."""
        certificate = make_certificate(str(tmpdir), "localhost")
        proxy = Proxy(running.redis.port, certificate)

        def make(host="localhost", query="?ssl_ca_certs=" + certificate):
            return "rediss://:%s@%s:%d/0%s" % (running.redis.password, host, proxy.port, query)
        yield make
        proxy.stop()

    @pytest.mark.parametrize("host, query", [("localhost", None), ("localhost", "?ssl_cert_reqs=none"), ("127.0.0.1", "?ssl_cert_reqs=none")])
    def test_reaches_a_server_with_the_right_certificate(self, address, host, query):
        options = {} if query is None else {"query": query}
        [server] = RedisChannelLayer(hosts=[address(host, **options)]).servers()
        assert server.problem is None and server.version

    @pytest.mark.parametrize("host, query", [("localhost", ""), ("127.0.0.1", None)], ids=["unknown issuer", "another name"])
    def test_refuses_a_server_with_another_certificate(self, address, host, query):
        options = {} if query is None else {"query": query}
        [server] = RedisChannelLayer(hosts=[address(host, **options)]).servers()
        assert "certificate" in server.failure.lower() or "match" in server.failure

    @pytest.mark.parametrize("query", [None, "?ssl_cert_reqs=none"])
    def test_serves_all_processes(self, running, address, query):
        pytest.importorskip("OpenSSL")
        pytest.importorskip("service_identity")
        config = {"hosts": [address() if query is None else address(query=query)]}
        running.start(LAYER_CONFIG=json.dumps(config))
        running.start_server("-p", "%d" % running.port, LAYER_CONFIG=json.dumps(config))
        assert converse(running, RedisChannelLayer(**config))

    @pytest.mark.parametrize("host, query", [("localhost", ""), ("127.0.0.1", None)], ids=["unknown issuer", "another name"])
    def test_of_the_interface_server_refuses_another_certificate(self, running, address, host, query):
        pytest.importorskip("OpenSSL")
        pytest.importorskip("service_identity")
        config = {"hosts": [address(host) if query is None else address(host, query=query)]}
        server = running.start_server("-p", "%d" % running.port, LAYER_CONFIG=json.dumps(config))
        wait_until(lambda: "trying again" in running.log(server))
        assert re.search("certificate verify failed|mismatch", running.log(server), re.IGNORECASE) and server.poll() is None


class TestLook:
    """What `check --deploy` and `doctor` find out about a server."""

    @pytest.fixture
    def server(self):
        server = PrivateRedis()
        yield server
        server.stop()

    def look(self, url):
        [found] = RedisChannelLayer(hosts=[url]).servers()
        return found

    def test_at_a_server_that_can_be_used(self, server):
        found = self.look(server.url)
        assert found.problem is None and not found.is_too_old and found.policy == "noeviction"
        assert found.version == redis.Redis.from_url(server.url).info()["redis_version"]
        assert server.password not in found.address and ":%d/0" % server.port in found.address
        assert len(found.ask("TIME")) == 2

    def test_at_its_memory_policy(self, server):
        redis.Redis.from_url(server.url).config_set("maxmemory-policy", "allkeys-lru")
        assert self.look(server.url).policy == "allkeys-lru"

    @pytest.mark.parametrize("credentials, problem", [
        ("", "Redis requires a password, and none was sent: redis://127.0.0.1:"),
        (":wrong@", "Redis refuses the user name or the password: redis://:***@127.0.0.1:"),
    ])
    def test_at_one_that_wants_another_password(self, server, credentials, problem):
        found = self.look("redis://%s127.0.0.1:%d" % (credentials, server.port))
        assert found.refusal and found.problem.startswith(problem)

    def test_at_one_that_is_down(self, server):
        server.stop()
        found = self.look(server.url)
        assert not found.refusal and found.problem.startswith("Redis does not answer: redis://:***@127.0.0.1:")

    def test_at_one_that_hangs_is_short(self, server):
        server.process.send_signal(signal.SIGSTOP)
        started = time.time()
        try:
            assert self.look(server.url).failure
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert time.time() - started < 6

    @pytest.mark.parametrize("version, is_too_old", [
        ("2.4.18", True), ("2.6.17", True), ("2.8.0", False), ("3.0.1", False), ("10.0.0", False), ("", False), ("unstable", False),
    ])
    def test_at_a_version(self, version, is_too_old):
        found = Server(RedisChannelLayer(hosts=["redis://127.0.0.1:1"]), 0)
        found.info = {"redis_version": version}
        assert found.is_too_old is is_too_old


class TestTwoHosts:

    @pytest.fixture
    def other(self):
        other = PrivateRedis()
        yield other
        other.stop()

    def test_serve_both(self, running, other):
        config = json.dumps({"hosts": [running.redis.url, other.url]})
        for _ in range(2):
            running.start(LAYER_CONFIG=config)
        running.start_server("-p", "%d" % running.port, LAYER_CONFIG=config)
        layer = RedisChannelLayer(hosts=[running.redis.url, other.url])
        for _ in range(6):
            assert converse(running, layer)

    def test_a_socket_that_comes_before_both_are_reached_is_in_its_group(self, running, on_a_path):
        other, path = on_a_path
        hosts = ["unix://:%s@%s" % (other.password, path), running.redis.url]
        running.start(LAYER_CONFIG=json.dumps({"hosts": hosts}))
        layer = RedisChannelLayer(hosts=hosts)
        assert layer.consistent_hash("all") == 0

        # The server has another name for it, which does not exist yet.
        late = path + "-late"
        server = running.start_server("-p", "%d" % running.port, LAYER_CONFIG=json.dumps(
            {"hosts": [hosts[0].replace(path, late), hosts[1]]}))
        wait_until(lambda: "can't be reached" in running.log(server))
        appears = threading.Timer(1, os.symlink, (path, late))
        appears.start()
        assert converse(running, layer)
        appears.join()

    def test_when_one_has_lost_its_memory_all_sockets_reconnect(self, running, other):
        config = json.dumps({"hosts": [running.redis.url, other.url]})
        running.start(LAYER_CONFIG=config)
        running.start_server("-p", "%d" % running.port, LAYER_CONFIG=config)
        client = welcomed(running)
        other.stop()
        other.start()
        assert read(client) == ("close", 1012)


class Guarded(object):
    """A master, a replica, and the Sentinel that watches them."""

    NAME = "guarded"

    def __init__(self, folder):
        self.master = PrivateRedis()
        self.password = self.master.password
        self.replica = PrivateRedis(extra=[
            "slaveof 127.0.0.1 %d" % self.master.port, "masterauth " + self.password])
        # The layer has one password for both.
        redis.Redis.from_url(self.replica.url).config_set("requirepass", self.password)
        self.port = free_port()
        path = os.path.join(folder, "sentinel.conf")
        with io.open(path, "w", encoding="utf-8") as config:
            config.write("\n".join([
                "port %d" % self.port, "bind 127.0.0.1", "dir %s" % folder, "logfile %s" % os.path.join(folder, "log-sentinel"),
                "sentinel monitor %s 127.0.0.1 %d 1" % (self.NAME, self.master.port),
                "sentinel auth-pass %s %s" % (self.NAME, self.password),
                "sentinel down-after-milliseconds %s 500" % self.NAME,
                "sentinel failover-timeout %s 2000" % self.NAME, ""]))
        self.process = subprocess.Popen([find_program(), path, "--sentinel"], stdout=subprocess.PIPE)
        self.client = Sentinel([("127.0.0.1", self.port)])
        wait_until(lambda: self.ask(self.client.discover_slaves), 20, "Sentinel's replica")

    def ask(self, question):
        """None while Sentinel has no answer."""
        try:
            return question(self.NAME)
        except redis.RedisError:
            return None

    @property
    def config(self):
        return {
            "hosts": [["127.0.0.1", self.port]], "services": [self.NAME], "connection_kwargs": {"password": self.password},
        }

    def fail_over(self):
        self.master.process.kill()
        there = ("127.0.0.1", self.replica.port)
        wait_until(lambda: self.ask(self.client.discover_master) == there, 30, "the failover")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.replica.stop()
        self.master.stop()


class TestSentinel:

    @pytest.fixture
    def guarded(self, tmpdir):
        servers = Guarded(str(tmpdir))
        yield servers
        servers.stop()

    def test_the_master_may_change_under_open_sockets(self, running, guarded):
        env = {
            "LAYER": "chartroom.transport.layers.RedisSentinelChannelLayer", "LAYER_CONFIG": json.dumps(guarded.config),
        }
        worker = running.start(**env)
        server = running.start_server("-p", "%d" % running.port, **env)
        layer = RedisSentinelChannelLayer(**guarded.config)
        client = converse(running, layer)
        # From its first message of a durable channel, a worker has a thread for its heartbeat.
        layer.send("work", {"n": 1, "sleep": 0})
        running.until("end 1")

        guarded.fail_over()

        # The replica has the groups, so the socket is still a member.
        def arrives():
            try:
                layer.send_group("all", {"text": "from the other"})
            except redis.RedisError:
                return False
            client.settimeout(1)
            try:
                return read(client) == "from the other"
            except websocket.WebSocketTimeoutException:
                return False
        wait_until(arrives, 30)
        wait_until(lambda: "Redis is available again" in running.log(server))
        client.settimeout(10)
        client.send("hello again")
        text = read(client)
        while text == "from the other":
            text = read(client)
        assert text == "echo hello again"
        layer.send("work", {"n": 2, "sleep": 0})
        running.until("end 2")
        for process in (worker, server):
            assert "closed file" not in running.log(process) and "Set changed size" not in running.log(process)
        assert worker.poll() is None and server.poll() is None
        assert converse(running, layer)
        # The records of before are on the replica too, or are written again within one heartbeat.
        wait_until(lambda: len(layer.status.read([])["processes"]) == 2)
        assert_status(layer, "sentinel:guarded")

    def test_threads_do_not_close_each_others_connections(self, guarded):
        """As a worker's thread and its heartbeat's: before, neither of them came back after a failover."""
        layer = RedisSentinelChannelLayer(**guarded.config)
        errors, answers, is_over = [], [], threading.Event()

        def repeat(name, command, *words):
            while not is_over.is_set():
                try:
                    layer.connection(0).execute_command(*[str(word) for word in (command,) + words])
                    answers.append(name)
                except Exception as error:
                    errors.append(error)
                    is_over.wait(0.05)

        threads = [threading.Thread(target=repeat, args=args) for args in (
            ("waits", "BLPOP", "asgi:nothing", "1"), ("writes", "SETEX", "asgi:heartbeat", "5", "1"),
            ("writes too", "SETEX", "asgi:other", "5", "1"))]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(set(answers)) == 3)
            guarded.fail_over()
            del answers[:]
            wait_until(lambda: len(set(answers)) == 3, 20, "an answer for each")
            # Those that are still on their way from the old master have ended.
            time.sleep(0.5)
            count = len(errors)
            time.sleep(2.5)
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert errors[count:] == []
        assert [error for error in errors if not isinstance(error, redis.RedisError)] == []


class TestStockDaphne:

    @pytest.mark.parametrize("path", ["", "with-txredisapi"])
    def test_delivers_all_messages(self, running, tmpdir, path):
        # A txredisapi that raises when it is used.
        if path:
            tmpdir.mkdir(path).join("txredisapi.py").write(
                "def ConnectionPool(*args, **kwargs):\n    raise RuntimeError('ten connections')\n")
        env = {"PYTHONPATH": os.pathsep.join([str(tmpdir.join(path)), os.getcwd()])}
        running.start(**env)
        daphne = running.start_daphne(**env)
        # Stock daphne polls Redis every 50 ms, so the sockets connect in parallel.
        clients = ThreadPool(20).map(lambda _: welcomed(running), range(MANY))
        for number in range(20):
            running.layer.send_group("all", {"text": "%d" % number})
        assert [[read(client) for _ in range(20)] for client in clients] == [["%d" % number for number in range(20)]] * MANY
        assert "ten connections" not in running.log(daphne)
        assert end(daphne) == 0
