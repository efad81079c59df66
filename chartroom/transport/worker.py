# coding: utf-8
"""Channels' worker, which here survives faults around a consumer and loses no message when it exits."""
from __future__ import unicode_literals

import logging
import time

import redis
from channels.exceptions import ConsumeLater, DenyConnection, WebsocketCloseException
from channels.message import pending_message_store
from channels.worker import Worker as StockWorker
from monotonic import monotonic

from chartroom.transport.overtime import Bound, TookTooLong, drop_connections
from chartroom.transport.worker_record import WorkerRecord

logger = logging.getLogger(__name__)

BLOCK = 1  # seconds of one blocking receive, and so until an idle worker reacts to a signal
FIRST_PAUSE = 0.5  # seconds before Redis is tried again; doubled up to the longest
LONGEST_PAUSE = 2  # seconds; a new socket waits only five for a worker
SERVER_ERROR = 1011  # RFC 6455, 7.4.1


class Worker(StockWorker):
    """
    `channels.worker.Worker`, with these differences:

    - A signal only sets a flag. The stock handler exits at once, also between
      taking a message off its queue and handling it.
    - An exception outside the consumer (Redis is unavailable, a reply channel stays
      full) is logged, and the worker goes on.
    - ``WebsocketCloseException`` closes the socket; the stock worker expects a
      reply channel with another name, and exits.
    - If a consumer of ``websocket.connect`` raises, its socket is denied at once.
    - A message of a durable channel is settled when its consumer has returned and
      the consumer's own messages are sent. If the consumer raised, those are
      discarded and the message is requeued.
    - A consumer that takes too long is interrupted: see `chartroom.transport.overtime`.
    - A worker that has no channel to receive from raises `NoChannels`; the stock worker waits for ever.
    """

    def __init__(self, channel_layer, **options):
        super(Worker, self).__init__(channel_layer=SettlingLayer(channel_layer, self), **options)
        self.failed = False
        self.bound = Bound()
        self.record = WorkerRecord(channel_layer)

    def ready(self):
        routed = self.channel_layer.router.channels
        if not self.apply_channel_filters(routed):
            raise NoChannels(self.only_channels, self.exclude_channels, routed)
        super(Worker, self).ready()

    def install_signal_handler(self):
        super(Worker, self).install_signal_handler()
        self.bound.install()

    def sigterm_handler(self, signo, stack_frame):
        self.termed = True
        logger.info("Signal received: the worker exits after the current message.")

    def run(self):
        self.record.start(self.apply_channel_filters(self.channel_layer.router.channels))
        pause = FIRST_PAUSE
        while not self.termed:
            started = monotonic()
            try:
                super(Worker, self).run()
            except (redis.RedisError, SettleFailed) as error:
                # A failed settling is tried again, and does not make the message a failed one.
                self.failed = self.failed or not isinstance(error, SettleFailed)
                # After a longer run without an error, the pauses begin again with the first.
                pause = FIRST_PAUSE if monotonic() - started > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
                logger.error("Redis does not answer (%s): trying again in %.1f s.", error, pause)
                self._sleep(pause)
            except TookTooLong:
                # The alarm came in the moment between the consumer's end and the alarm's.
                self.failed = True
            except Exception:
                # The consumer has returned; sending its messages raised.
                self.failed = True
                logger.exception("Messages that a consumer sent could not be delivered.")
        self._finish()

    def _sleep(self, seconds):
        deadline = monotonic() + seconds
        while not self.termed and monotonic() < deadline:
            time.sleep(0.1)

    def _finish(self):
        """Settles or requeues the last message."""
        try:
            self.channel_layer.finish(self.failed)
        except redis.RedisError as error:
            logger.error("Redis does not answer (%s): another worker will recover the messages in flight.", error)
        else:
            self.channel_layer.send_reports()
        try:
            self.record.stop(within=1)
        except redis.RedisError as error:
            logger.debug("The record of this worker expires: %s", error)
        self.channel_layer.stop(within=1)


class NoChannels(Exception):
    """The options leave none of the channels that the routing has."""

    def __str__(self):
        only, exclude, routed = self.args
        options = ["--only-channels=%s" % pattern for pattern in only or ()] + [
            "--exclude-channels=%s" % pattern for pattern in exclude or ()]
        return "%s: no channel is left to receive from. The routing has: %s." % (
            " ".join(options) or "The routing is empty", ", ".join(sorted(routed)) or "none")


class SettleFailed(Exception):
    """Redis did not answer between two messages; both are intact."""


class TriedLater(Exception):
    """A consumer raised ``ConsumeLater``."""


class SettlingLayer(object):
    """
    The layer as the stock worker sees it: before the next message is received, the
    last one is settled or requeued. Its router is a `WatchingRouter`.
    """

    def __init__(self, layer, worker):
        self._layer = layer
        self._worker = worker
        # None for a layer without durable channels, such as a stock one.
        self._in_flight = getattr(layer, "in_flight", None)
        layer.channel_layer.blpop_timeout = BLOCK
        self.router = WatchingRouter(layer.router, worker)

    def __getattr__(self, name):
        return getattr(self._layer, name)

    def __str__(self):
        return str(self._layer)

    def receive_many(self, channels, block=False):
        try:
            self.finish(self._worker.failed)
        except redis.RedisError as error:
            raise SettleFailed(error)
        self._worker.failed = False
        if self._worker.termed:
            return None, None
        return self._layer.receive(channels, block=block)

    def finish(self, failed):
        if self._in_flight is None:
            return
        if failed:
            self._in_flight.requeue()
        else:
            self._in_flight.settle()

    def send_reports(self):
        if hasattr(self._layer, "send_reports"):
            try:
                self._layer.send_reports()
            except redis.RedisError as error:
                logger.debug("The last frame was not reported: %s", error)

    def stop(self, within):
        if self._in_flight is not None:
            self._in_flight.stop(within)


class WatchingRouter(object):
    """A router whose consumers set ``worker.failed`` when they raise."""

    def __init__(self, router, worker):
        self._router = router
        self._worker = worker

    def __getattr__(self, name):
        return getattr(self._router, name)

    def match(self, message):
        try:
            matched = self._router.match(message)
        except TypeError as error:
            # A route's pattern and a value that is not text. The worker logs that nothing matches.
            logger.error("A message on %s has a value that can't be matched: %s.", message.channel.name, error)
            return None
        if matched is None:
            return None
        consumer, kwargs = matched
        return self._watch(consumer), kwargs

    def _watch(self, consumer):
        def watched(message, **kwargs):
            try:
                with self._worker.record.handling(message.channel.name), self._worker.bound.on(message.channel.name):
                    consumer(message, **kwargs)
            except DenyConnection:
                raise
            except WebsocketCloseException as close:
                message.reply_channel.send({"close": close._code or 1000})
            except ConsumeLater:
                # The stock worker would send the message again, and drop it if the channel is
                # full. On a durable channel it is requeued instead.
                if self._is_durable(message):
                    self._fail(message)
                    raise TriedLater("%s: the consumer raised ConsumeLater." % message.channel.name)
                raise
            except TookTooLong as error:
                logger.error("Interrupted the consumer of %s: %s.", message.content.get("path", message.channel.name), error)
                drop_connections()
                self._fail(message, error)
                raise
            except BaseException:
                # The stock worker catches every exception, SystemExit too.
                self._fail(message)
                raise

        # The worker logs the consumer's name.
        watched.__name__ = str(getattr(consumer, "__name__", "consumer"))
        watched.__module__ = getattr(consumer, "__module__", __name__)
        return watched

    def _fail(self, message, error=None):
        self._worker.failed = True
        if self._is_durable(message):
            # The next try sends the consumer's messages again, so these are discarded.
            pending_message_store.prepare()
        elif message.channel.name == "websocket.connect":
            # Otherwise the client waits until its handshake times out.
            message.reply_channel.send({"close": SERVER_ERROR})
        elif message.channel.name == "websocket.receive" and isinstance(error, TookTooLong):
            # The same frame would take as long again.
            message.reply_channel.send({"close": SERVER_ERROR})

    def _is_durable(self, message):
        return message.channel.name in getattr(message.channel_layer, "durable", ())
