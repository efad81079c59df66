# coding: utf-8
"""Channels' own worker, made to outlive what ends it, and to lose nothing when it is ended."""
from __future__ import unicode_literals

import logging
import time

import redis
from channels.exceptions import ConsumeLater, DenyConnection, WebsocketCloseException
from channels.message import pending_message_store
from channels.worker import Worker as StockWorker

logger = logging.getLogger(__name__)

BLOCK = 1  # seconds of one blocking receive: so soon does an idle worker see that it is to end
FIRST_PAUSE = 0.5  # seconds before Redis is tried again; doubled up to the longest
LONGEST_PAUSE = 2  # a new socket waits for a worker for five seconds only
SERVER_ERROR = 1011  # RFC 6455, 7.4.1


class Worker(StockWorker):
    """
    `channels.worker.Worker`, with these differences:

    - A signal only marks the end. The stock handler exits, also between taking
      a message off its queue and handling it.
    - What is raised outside a consumer (Redis is away, a reply channel stays full)
      is logged, and the loop goes on.
    - ``WebsocketCloseException`` closes the socket; the stock worker expects a
      reply channel of another name, and dies of it.
    - A consumer of ``websocket.connect`` that raises denies its socket at once.
    - A message of a durable channel is settled when its consumer has returned
      and what it sent is out; when it raised, it has sent nothing, and the message
      is given back.
    """

    def __init__(self, channel_layer, **options):
        super(Worker, self).__init__(channel_layer=Taken(channel_layer, self), **options)
        self.failed = False

    def sigterm_handler(self, signo, stack_frame):
        self.termed = True
        logger.info("Signal received: the worker ends after the message that it has in hand.")

    def run(self):
        pause = FIRST_PAUSE
        while not self.termed:
            started = time.time()
            try:
                super(Worker, self).run()
            except (redis.RedisError, SettleFailed) as error:
                # Between two messages nothing has failed but the settling, and that is tried again.
                self.failed = self.failed or not isinstance(error, SettleFailed)
                # A run that went well for a while begins again without a long pause.
                pause = FIRST_PAUSE if time.time() - started > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
                logger.error("Redis does not answer (%s): trying again in %.1f s.", error, pause)
                self._sleep(pause)
            except Exception:
                # From behind the consumer: what it sent did not go out.
                self.failed = True
                logger.exception("What a consumer sent could not be delivered.")
        self._hand_in()

    def _sleep(self, seconds):
        deadline = time.time() + seconds
        while not self.termed and time.time() < deadline:
            time.sleep(0.1)

    def _hand_in(self):
        """The last message is dealt with, or another worker's business."""
        try:
            self.channel_layer.finish(self.failed)
        except redis.RedisError as error:
            logger.error("Redis does not answer (%s): what is in flight is recovered by another worker.", error)
        self.channel_layer.stop(within=1)


class SettleFailed(Exception):
    """Redis did not answer between two messages; nothing has gone wrong with either."""


class TriedLater(Exception):
    """A consumer put its message off."""


class Taken(object):
    """
    The layer as the worker sees it: before it takes the next message it deals
    with the last, and routing gives consumers that tell how they ended.
    """

    def __init__(self, layer, worker):
        self._layer = layer
        self._worker = worker
        # A layer without durable channels, a stock one, has nothing in flight.
        self._in_flight = getattr(layer, "in_flight", None)
        layer.channel_layer.blpop_timeout = BLOCK
        self.router = Watched(layer.router, worker)

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
            self._in_flight.give_back()
        else:
            self._in_flight.settle()

    def stop(self, within):
        if self._in_flight is not None:
            self._in_flight.stop(within)


class Watched(object):
    """A router whose consumers mark the worker when they raise."""

    def __init__(self, router, worker):
        self._router = router
        self._worker = worker

    def __getattr__(self, name):
        return getattr(self._router, name)

    def match(self, message):
        matched = self._router.match(message)
        if matched is None:
            return None
        consumer, kwargs = matched
        return self._watch(consumer), kwargs

    def _watch(self, consumer):
        def watched(message, **kwargs):
            try:
                consumer(message, **kwargs)
            except DenyConnection:
                raise
            except WebsocketCloseException as close:
                message.reply_channel.send({"close": close._code or 1000})
            except ConsumeLater:
                # The stock worker would send it anew and drop it where the channel is full: a
                # durable one goes back instead.
                if self._is_durable(message):
                    self._fail(message)
                    raise TriedLater("%s was put off." % message.channel.name)
                raise
            except BaseException:
                # The stock worker catches all, SystemExit too.
                self._fail(message)
                raise

        # The worker's log names the consumer.
        watched.__name__ = str(getattr(consumer, "__name__", "consumer"))
        watched.__module__ = getattr(consumer, "__module__", __name__)
        return watched

    def _fail(self, message):
        self._worker.failed = True
        if self._is_durable(message):
            # It will be tried again, and would send it again.
            pending_message_store.prepare()
        elif message.channel.name == "websocket.connect":
            # Otherwise the client waits for an answer until its handshake times out.
            message.reply_channel.send({"close": SERVER_ERROR})

    def _is_durable(self, message):
        return message.channel.name in getattr(message.channel_layer, "durable", ())
