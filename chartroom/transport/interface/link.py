# coding: utf-8
"""
A persistent connection to one Redis server: commands are sent without waiting for
earlier answers, and a lost connection is replaced automatically.

redis-py would block all sockets for each round trip, and forever when Redis
hangs; txredisapi took two to eight times as long for the same commands
(docs/decisions/0005).
"""
from __future__ import unicode_literals

import logging
from collections import deque

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet import defer, protocol
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.threads import deferToThread

from chartroom.transport import scripts
from chartroom.transport.connections import NO_USERS, Tls, auth
from chartroom.transport.interface import conf, resp, tls

logger = logging.getLogger(__name__)

SCRIPTS = ("push", "take_many", "heartbeat")  # loaded at the start, so that no later command waits for that


class Unavailable(Exception):
    """The connection to Redis was lost before the answer came."""


class Connection(protocol.Protocol):
    """One connection, which is not reused after it is lost."""

    def __init__(self):
        self._replies = resp.Replies()
        self._waiting = deque()
        self.unanswered = 0  # bytes of commands
        self.is_lost = False

    def connectionMade(self):
        for option in ("setTcpNoDelay", "setTcpKeepAlive"):
            # A unix socket has neither option.
            if hasattr(self.transport, option) and hasattr(self.transport.getPeer(), "port"):
                getattr(self.transport, option)(True)

    def command(self, *words):
        """Returns a Deferred of the reply, which fails with `Unavailable` or `resp.ReplyError`."""
        answer = defer.Deferred()
        if self.is_lost:
            answer.errback(Unavailable("the connection is lost"))
            return answer
        data = resp.command(*words)
        self.unanswered += len(data)
        self._waiting.append((answer, len(data), self.now()))
        self.transport.write(data)
        return answer

    def script(self, name, keys, args):
        """Runs ``lua/<name>.lua``: by its digest, or whole if Redis does not have it."""
        answer = self.command("EVALSHA", scripts.digest(name), len(keys), *(list(keys) + list(args)))

        def send_whole(failure):
            if failure.check(resp.ReplyError) and failure.value.code == "NOSCRIPT":
                return self.command("EVAL", scripts.source(name), len(keys), *(list(keys) + list(args)))
            return failure
        return answer.addErrback(send_whole)

    def dataReceived(self, data):
        try:
            replies = self._replies.feed(data)
        except ValueError as error:
            logger.error("The server's answer is not Redis protocol: %s", error)
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
            answer.errback(Unavailable(reason.getErrorMessage()))

    def now(self):
        return self.factory.reactor.seconds()

    def end_if_it_hangs(self):
        if self._waiting and self.now() - self._waiting[0][2] > conf.ANSWER_WITHIN:
            logger.error("Redis has not answered for %d s: dropping the connection.", conf.ANSWER_WITHIN)
            self.transport.abortConnection()


class Link(protocol.Factory):
    """
    Maintains one connection, from `start` to `stop`. ``connection`` is the usable
    one, or None; ``has_been_up`` is whether there has ever been one.

    ``greet`` is called with each new connection before it becomes usable, and may
    return a Deferred. ``is_quiet``: logs nothing, because another link to the same
    server does.
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
            self, self, backoffPolicy(conf.FIRST_PAUSE, conf.LONGEST_PAUSE, 1.5), reactor, self._prepare)
        self._is_quiet = is_quiet
        self._has_logged = False

    def start(self):
        self._service.startService()

    def connect(self, factory):
        """Implements an endpoint; the service calls it for each attempt."""
        return self._address.connect(factory).addErrback(self._unreachable)

    def _unreachable(self, failure):
        self._log_once("Redis can't be reached (%s): trying again." % failure.getErrorMessage())
        return failure

    def _log_once(self, problem):
        """Logs one problem per outage, however many attempts fail."""
        if not self._has_logged and not self._is_quiet:
            logger.error(problem)
        self._has_logged = True

    def stop(self):
        self._is_quiet = True
        return self._service.stopService()

    def connected(self):
        """A Deferred of the usable connection, now or when there is one."""
        return self._service.whenConnected()

    @property
    def has_room(self):
        return self.connection is not None and self.connection.unanswered < conf.MOST_UNANSWERED

    @defer.inlineCallbacks
    def _prepare(self, connection):
        """Prepares a new connection. If this fails, the service tries again after a pause."""
        try:
            yield self._address.introduction(connection.command).addTimeout(conf.ANSWER_WITHIN, self.reactor)
            for name in SCRIPTS:
                loaded = connection.command("SCRIPT", "LOAD", scripts.source(name))
                yield loaded.addTimeout(conf.ANSWER_WITHIN, self.reactor)
            yield defer.maybeDeferred(self._greet, connection).addTimeout(conf.ANSWER_WITHIN, self.reactor)
        except Exception as error:
            # Redis is still loading its data, the password is wrong, …
            self._log_once("Redis refuses the connection (%s): trying again." % ("%s" % error or type(error).__name__))
            connection.transport.abortConnection()
            raise
        if self._has_logged and not self._is_quiet:
            logger.warning("Redis is available again.")
        self._has_logged = False
        self.has_been_up = True
        self.connection = connection

    def lost(self):
        """Called by each lost connection, also by one that never became the usable one."""
        if self.connection is not None and self.connection.is_lost:
            self.connection = None
            self._log_once("The connection to Redis is lost: trying again.")

    def end_if_it_hangs(self):
        if self.connection is not None:
            self.connection.end_if_it_hangs()


class Address(object):
    """A Twisted endpoint for a layer's server. Sentinel is asked for each connection, since the master may change."""

    def __init__(self, reactor, layer, index):
        self._reactor = reactor
        self._pool = layer.connection(index).connection_pool
        self._options = self._pool.connection_kwargs
        self._is_tls = issubclass(self._pool.connection_class, Tls)
        if self._is_tls:
            tls.check_installed()

    def connect(self, factory):
        if "path" in self._options:
            return UNIXClientEndpoint(self._reactor, self._options["path"]).connect(factory)
        if hasattr(self._pool, "get_master_address"):
            # The client of Sentinel blocks.
            asked = deferToThread(self._pool.get_master_address).addTimeout(conf.ANSWER_WITHIN, self._reactor)
            return asked.addCallback(self._connect, factory)
        return self._connect((self._options["host"], self._options["port"]), factory)

    def _connect(self, address, factory):
        host, port = address
        endpoint = HostnameEndpoint(self._reactor, "%s" % host, int(port))
        if self._is_tls:
            endpoint = tls.endpoint(endpoint, host, self._options)
        return endpoint.connect(factory)

    def introduction(self, ask):
        """The first commands of a connection, as `chartroom.transport.connections` has them; ``ask(*words)`` returns a Deferred."""
        username, password = self._options.get("username"), self._options.get("password")
        done = defer.succeed(None)
        if auth(username, password):
            done = ask(*auth(username, password))
            if username:
                done.addErrback(self._without_user, ask, password)
        if self._options.get("db"):
            done.addCallback(lambda reply: ask("SELECT", self._options["db"]))
        return done

    def _without_user(self, failure, ask, password):
        failure.trap(resp.ReplyError)
        return ask(*auth(None, password)) if NO_USERS in "%s" % failure.value else failure
