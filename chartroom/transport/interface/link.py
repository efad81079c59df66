# coding: utf-8
"""
A connection to one Redis that lasts: commands go out without waiting for the
answers of those before, and it comes back by itself when it is lost.

redis-py would hold up all sockets for each round trip, and for ever when Redis
hangs; txredisapi took two to eight times as long for the same commands
(docs/decisions/0005).
"""
from __future__ import unicode_literals

import logging
from collections import deque

import redis
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet import defer, protocol
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.threads import deferToThread

from chartroom.transport import scripts
from chartroom.transport.interface import resp
from chartroom.transport.interface.conf import CannotServe

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0  # seconds before another try
PATIENCE = 10  # seconds for an answer; then Redis hangs, which is as good as gone
MOST_UNANSWERED = 64 * 1024 * 1024  # bytes of commands
SCRIPTS = ("push", "take_many", "beat")  # told at the start, so that no command is held up by a long one


class Away(Exception):
    """Redis is not there, or went away before it answered."""


class Connection(protocol.Protocol):
    """One connection, until it is lost."""

    def __init__(self):
        self._replies = resp.Replies()
        self._waiting = deque()
        self.unanswered = 0  # bytes
        self.is_lost = False

    def connectionMade(self):
        for option in ("setTcpNoDelay", "setTcpKeepAlive"):
            # A unix socket has neither.
            if hasattr(self.transport, option) and hasattr(self.transport.getPeer(), "port"):
                getattr(self.transport, option)(True)

    def command(self, *words):
        """A Deferred of the reply; fails with `Away` or `resp.ReplyError`."""
        answer = defer.Deferred()
        if self.is_lost:
            answer.errback(Away("the connection is lost"))
            return answer
        data = resp.command(*words)
        self.unanswered += len(data)
        self._waiting.append((answer, len(data), self.now()))
        self.transport.write(data)
        return answer

    def script(self, name, keys, args):
        """Runs ``lua/<name>.lua``, by its digest where Redis has it already."""
        answer = self.command("EVALSHA", scripts.digest(name), len(keys), *(list(keys) + list(args)))

        def send_it_whole(failure):
            if failure.check(resp.ReplyError) and failure.value.code == "NOSCRIPT":
                return self.command("EVAL", scripts.source(name), len(keys), *(list(keys) + list(args)))
            return failure
        return answer.addErrback(send_it_whole)

    def dataReceived(self, data):
        try:
            replies = self._replies.feed(data)
        except ValueError as error:
            logger.error("What answers is no Redis: %s", error)
            self.transport.abortConnection()
            return
        for reply in replies:
            answer, size, _ = self._waiting.popleft()
            self.unanswered -= size
            if isinstance(reply, resp.ReplyError):
                answer.errback(reply)
            else:
                answer.callback(reply)

    def connectionLost(self, reason=protocol.connectionDone):
        self.is_lost = True
        self.factory.lost()
        while self._waiting:
            answer, size, _ = self._waiting.popleft()
            self.unanswered -= size
            answer.errback(Away(reason.getErrorMessage()))

    def now(self):
        return self.factory.reactor.seconds()

    def end_if_it_hangs(self):
        if self._waiting and self.now() - self._waiting[0][2] > PATIENCE:
            logger.error("Redis has not answered for %d s: dropping the connection.", PATIENCE)
            self.transport.abortConnection()


class Link(protocol.Factory):
    """
    Keeps one connection up, from `start` to `stop`. ``connection`` is the one
    that can be used now, or None; ``has_been_up``: whether there ever was one.
    ``greet`` is called with each new one before anybody else gets it, and may
    return a Deferred. ``is_quiet``: another link to the same server tells the log.
    """

    protocol = Connection
    noisy = False

    def __init__(self, reactor, layer, index, greet=lambda connection: None, is_quiet=False):
        self.reactor = reactor
        self.connection = None
        self.has_been_up = False
        self._greet = greet
        self._address = Address(reactor, layer, index)
        self._service = ClientService(
            self, self, backoffPolicy(FIRST_PAUSE, LONGEST_PAUSE, 1.5), reactor, self._prepare)
        self._is_quiet = is_quiet
        self._has_said = False

    def start(self):
        self._service.startService()

    def connect(self, factory):
        """As an endpoint: each try of the service."""
        return self._address.connect(factory).addErrback(self._unreachable)

    def _unreachable(self, failure):
        self._say("Redis can't be reached (%s): trying again." % failure.getErrorMessage())
        return failure

    def _say(self, problem):
        """Once, however often it is tried."""
        if not self._has_said and not self._is_quiet:
            logger.error(problem)
        self._has_said = True

    def stop(self):
        self._is_quiet = True
        return self._service.stopService()

    def connected(self):
        """A Deferred of the next connection that can be used, or of the one there is."""
        return self._service.whenConnected()

    @property
    def has_room(self):
        return self.connection is not None and self.connection.unanswered < MOST_UNANSWERED

    @defer.inlineCallbacks
    def _prepare(self, connection):
        """When this fails, the service tries again after a pause."""
        try:
            for words in self._address.introduction():
                yield connection.command(*words).addTimeout(PATIENCE, self.reactor)
            for name in SCRIPTS:
                yield connection.command("SCRIPT", "LOAD", scripts.source(name)).addTimeout(PATIENCE, self.reactor)
            yield defer.maybeDeferred(self._greet, connection).addTimeout(PATIENCE, self.reactor)
        except Exception as error:
            # Loading its memory, a wrong password, …
            self._say("Redis does not take us in (%s): trying again." % ("%s" % error or type(error).__name__))
            connection.transport.abortConnection()
            raise
        if self._has_said and not self._is_quiet:
            logger.warning("Redis is there again.")
        self._has_said = False
        self.has_been_up = True
        self.connection = connection

    def lost(self):
        """A connection was; not always the one that is used: the service may be trying another."""
        if self.connection is not None and self.connection.is_lost:
            self.connection = None
            self._say("The connection to Redis is lost: trying again.")

    def end_if_it_hangs(self):
        if self.connection is not None:
            self.connection.end_if_it_hangs()


class Address(object):
    """Where a layer's server is: asked anew for each connection, for with Sentinel it moves. A Twisted endpoint."""

    def __init__(self, reactor, layer, index):
        self._reactor = reactor
        self._pool = layer.connection(index).connection_pool
        self._options = self._pool.connection_kwargs
        if issubclass(self._pool.connection_class, redis.SSLConnection):
            raise CannotServe("rundaphne does not speak TLS to Redis: let a tunnel on this machine do it, or run daphne.")

    def connect(self, factory):
        if "path" in self._options:
            return UNIXClientEndpoint(self._reactor, self._options["path"]).connect(factory)
        if hasattr(self._pool, "get_master_address"):
            # Sentinel's client waits for its answer.
            asked = deferToThread(self._pool.get_master_address).addTimeout(PATIENCE, self._reactor)
            return asked.addCallback(self._connect, factory)
        return self._connect((self._options["host"], self._options["port"]), factory)

    def _connect(self, address, factory):
        host, port = address
        return HostnameEndpoint(self._reactor, "%s" % host, int(port)).connect(factory)

    def introduction(self):
        """The commands that come first."""
        if self._options.get("password"):
            yield "AUTH", self._options["password"]
        if self._options.get("db"):
            yield "SELECT", self._options["db"]
