"""A whole deployment with the files of ``deploy/``: Redis, supervisor with all processes, and nginx."""
from __future__ import unicode_literals

import os
import shutil
import subprocess
import sys
import tempfile

import redis

from scripts.private_redis import find_program
from tests.deploy.files import HOST, PASSWORD, ROOT, Copies, free_prefix, program
from tests.deploy.nginx import Nginx
from tests.integration.client import Client
from tests.integration.databases import copy_sqlite
from tests.integration.stack import WITHOUT_TXREDISAPI, process_env, wait_until

# What Debian's /etc/supervisor/supervisord.conf has.
SUPERVISORD = """
[unix_http_server]
file={folder}/supervisor.sock
[supervisord]
{user}
nodaemon=true
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/supervisor.sock
[include]
files = {folder}/chartroom.conf
"""
STARTED_WITHIN = 60  # seconds


class Deployment(object):
    """`start` starts everything, and `stop` ends it. Programs of Debian run without the environment of the tests."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.copies = Copies(self.folder, free_prefix())
        self.processes = []
        self.nginx = None
        self.env = dict(os.environ, PATH=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
        for name in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "PYTHONWARNINGS"):
            self.env.pop(name, None)

    def start(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self):
        for name in ("log", "state", "static"):
            os.mkdir(self.copies.path(name))
        environment = self.copies.text_of("chartroom.env")
        for old, new in (
            # The tests' database, and users without accounts.
            ("DATABASE_URL=", "#DATABASE_URL="), ("GUESTS=0", "GUESTS=1"),
        ):
            assert environment.count(old) == 1
            environment = environment.replace(old, new)
        # txredisapi is installed for the tests only.
        self.copies.write("chartroom.env", environment + "PYTHONPATH=%s\nPYTHONWARNINGS=ignore\n" % WITHOUT_TXREDISAPI)
        for name in ("with-environment", "rolling-restart", "logrotate.conf"):
            self.copies.copy(name, name)
        self.copies.copy("chartroom.conf", "supervisor.conf")
        user = "user=root" if os.getuid() == 0 else ""
        self.copies.write("supervisord.conf", SUPERVISORD.format(folder=self.folder, user=user))

        self.start_process([find_program(), self.copies.copy("redis.conf", "redis.conf")])
        self.redis = redis.StrictRedis(port=self.copies.port("79"), password=PASSWORD)
        wait_until(self._redis_answers, what="Redis")
        copy_sqlite(ROOT, process_env(), self.copies.path("state"))
        self.run(self.copies.path("with-environment"), sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0")
        self.start_process([program("supervisord"), "-c", self.copies.path("supervisord.conf")])
        self.nginx = Nginx(self.copies)
        wait_until(self._is_ready, STARTED_WITHIN, "the deployment", every=0.3)

    def _redis_answers(self):
        try:
            return self.redis.ping()
        except redis.RedisError:
            return False

    def _is_ready(self):
        return self.nginx.ask("/health/ready").status == 200 and self._accepts_sockets() and \
            sorted(self.states().values()) == ["RUNNING"] * 9 + ["STOPPED"] * 2

    def _accepts_sockets(self):
        try:
            self.connect().close()
        except Exception:
            return False
        return True

    def start_process(self, command, **env):
        with open(self.copies.path("output.log"), "ab") as log:
            self.processes.append(subprocess.Popen(
                command, cwd=ROOT, env=dict(self.env, **env), stdout=log, stderr=log, close_fds=True))

    def run(self, *command):
        """Runs a command until it ends, and returns its output."""
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=True)
        output = process.communicate()[0].decode("utf-8")
        assert process.returncode == 0, output
        return output

    def states(self):
        """{name of a program: its state in supervisor}"""
        process = subprocess.Popen(
            [program("supervisorctl"), "-c", self.copies.path("supervisord.conf"), "status"], env=self.env, stdout=subprocess.PIPE)
        lines = [line.split() for line in process.communicate()[0].decode("utf-8").splitlines()]
        return {words[0]: words[1] for words in lines if words[0].startswith("chartroom-")}

    def pids(self):
        """The process ids of the programs that run."""
        output = self.run(program("supervisorctl"), "-c", self.copies.path("supervisord.conf"), "pid", "all")
        return [int(line) for line in output.split() if line != "0"]

    def connect(self, path="/chat/lobby/", kind=Client, nginx=None, origin="https://" + HOST, **options):
        """A client that connects as a browser does, through nginx."""
        copies = (nginx or self.nginx).copies
        # The library compares the certificate's name with the address; `Nginx.ask` verifies it.
        sslopt = {"ca_certs": copies.path("certificate.pem"), "check_hostname": False}
        return kind("wss://127.0.0.1:%d%s" % (copies.port("43"), path), sslopt=sslopt, host=HOST, origin=origin, **options)

    def logs(self):
        """The text of all logs of chartroom's processes."""
        texts = []
        for name in sorted(os.listdir(self.copies.path("log"))):
            with open(self.copies.path("log", name), "rb") as file:
                texts.append("%s:\n%s" % (name, file.read().decode("utf-8")))
        return "\n".join(texts)

    def stop(self):
        if self.nginx is not None:
            self.nginx.stop()
        # Supervisor first, because its programs need Redis.
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
