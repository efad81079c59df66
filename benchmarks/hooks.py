# coding: utf-8
"""Webhook deliveries a second, each answered once stored, compared with a view that answers at once."""
from __future__ import unicode_literals

import json
import os
import sys
import threading
import time
from collections import namedtuple
from timeit import default_timer

import redis
from six.moves.http_client import HTTPConnection

from benchmarks import processes
from benchmarks.processes import Failed, Process, Running, under
from chartroom.models import Hook, Room
from chartroom.sources.webhooks import hooks, keys, signatures
from scripts.ports import free_port

PROJECT = "benchmarks.bare"
WORKERS = 2
SENDERS = 8
READY_WITHIN = 30  # seconds
TEXT = "Delivery number %d, with about as many characters as a build server writes."

BARE, UNSIGNED, SIGNED = "a bare view, no database", "deliveries to a webhook", "signed deliveries"
KINDS = (BARE, UNSIGNED, SIGNED)

# ``key``: bytes that deliveries are signed with, or None.
Target = namedtuple("Target", "path key")


class Deliveries(object):
    """The measurements on one database; ``progress`` is called with each line of progress."""

    def __init__(self, database, redis_url, folder, count, progress):
        self.database = database
        self.redis = redis.Redis.from_url(redis_url)
        self.folder = folder
        self.count = count
        self.progress = progress
        self.port = free_port()

    def run(self, rounds):
        """Returns ``{kind: [answers a second]}``; each round measures each kind once, on the same processes."""
        self.redis.flushall()
        rates = {kind: [] for kind in KINDS}
        with Running(self._gunicorn):
            self._warm_up()
            for _ in range(rounds):
                for kind in KINDS:
                    rates[kind].append(self._measure(kind))
                    self.progress("%s, %s: %d/s" % (self.database.title, kind, rates[kind][-1]))
        return rates

    def _gunicorn(self):
        program = os.path.join(os.path.dirname(sys.executable), "gunicorn")
        return Process("gunicorn", [
            program, "project.wsgi", "--bind", "127.0.0.1:%d" % self.port, "--workers", "%d" % WORKERS,
            "--log-level", "warning",
        ], under(PROJECT, self.database.env), self.folder)

    def _warm_up(self):
        """Waits until gunicorn listens, then lets each worker load the URLconf and connect to the database."""
        deadline = time.time() + READY_WITHIN
        while not processes.listens(self.port):
            if time.time() > deadline:
                raise Failed("gunicorn does not listen.")
            time.sleep(0.05)
        self._send_all(self._hook(None), 10 * SENDERS)

    def _measure(self, kind):
        target = {
            BARE: lambda: Target("/bare/", None), UNSIGNED: lambda: self._hook(None),
            SIGNED: lambda: self._hook(keys.make_secret()),
        }[kind]()
        return self.count / self._send_all(target, self.count)

    def _hook(self, secret):
        """Creates a webhook with its own room, so that measurements do not share a rate limit."""
        stamp = "bench-%d" % (time.time() * 1000)
        room = Room.objects.using(self.database.alias).create(namespace="deploy", name=stamp)
        hook = Hook(room=room, name="ci")
        token = hooks.give_token(hook)
        hooks.give_secret(hook, secret)
        hook.save(using=self.database.alias)
        return Target("/hooks/%s/" % token, secret and keys.key_of(secret))

    def _send_all(self, target, count):
        """Seconds until all are answered; raises `Failed` for a wrong answer."""
        seqs, failures = set(), []

        def send(sender):
            for number in range(sender, count, SENDERS):
                status, answer = self._send(target, number)
                seqs.add(answer.get("seq"))
                if status != 200:
                    failures.append(answer)
        threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
        start = default_timer()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = default_timer() - start
        if failures or target.path != "/bare/" and seqs != set(range(1, count + 1)):
            raise Failed("%d of %d deliveries were accepted, %d failed: %s" % (
                len(seqs), count, len(failures), failures[:1]))
        return seconds

    def _send(self, target, number):
        body = json.dumps({"text": TEXT % number, "status": "ok", "version": "1.2.3"}).encode("utf-8")
        headers = {"Content-Type": "application/json", "webhook-id": "%d" % number}
        if target.key:
            id, at = b"%d" % number, b"%d" % time.time()
            headers.update({
                "webhook-timestamp": at.decode("ascii"),
                "webhook-signature": signatures.sign(target.key, id, at, body).decode("ascii"),
            })
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            # Python 2.7 would concatenate a unicode header with the body's bytes.
            connection.request(
                str("POST"), str(target.path), body, {str(name): str(value) for name, value in headers.items()})
            response = connection.getresponse()
            return response.status, json.loads(response.read().decode("utf-8"))
        finally:
            connection.close()
