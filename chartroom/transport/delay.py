# coding: utf-8
"""channels.delay's worker, which here survives malformed messages and outages."""
from __future__ import unicode_literals

import json
import logging
import time

import redis
from channels.delay.models import DelayedMessage
from channels.delay.worker import Worker as StockWorker
from django.db import DatabaseError, DataError, IntegrityError
from monotonic import monotonic

logger = logging.getLogger(__name__)

CHANNEL = "asgi.delay"
IDLE_PAUSE = 0.1  # seconds between two receives while the channel is empty
RETRY_PAUSE = 1   # seconds after Redis or the database did not answer


class DelayWorker(StockWorker):
    """
    `channels.delay.worker.Worker`, repaired. The stock worker exits, with status 0,
    at one message that it can't use, and with an error when Redis is restarted; a
    due message that can't be sent blocks all others. This one logs and drops such
    messages, and a signal ends it between two messages.
    """

    def sigterm_handler(self, signo, stack_frame):
        self.termed = True

    def run(self):
        if self.signal_handlers:
            self.install_signal_handler()
        logger.info("Listening on %s", CHANNEL)
        last_look = 0
        while not self.termed:
            try:
                _, content = self.channel_layer.receive([CHANNEL], block=False)
                if content is not None:
                    self._store(content)
                    self._settle()
                if monotonic() - last_look > self.database_sleep_duration:
                    self._send_due()
                    last_look = monotonic()
            except (redis.RedisError, DatabaseError) as error:
                logger.error("Redis or the database does not answer (%s): trying again in %d s.", error, RETRY_PAUSE)
                time.sleep(RETRY_PAUSE)
            else:
                if content is None:
                    time.sleep(IDLE_PAUSE)

    def _store(self, content):
        try:
            message = DelayedMessage(
                content=json.dumps(content["content"]), channel_name=content["channel"], delay=content["delay"])
            message.full_clean()
            assert self.channel_layer.valid_channel_name(message.channel_name)
        except Exception as error:  # A consumer may have sent anything.
            logger.error("Dropped a message that can't be delayed: %s: %s", type(error).__name__, error)
            return

        # This process has the only copy, so it waits for the database.
        while True:
            try:
                message.save()
                return
            except (DataError, IntegrityError) as error:
                logger.error("Dropped a delayed message that the database rejects: %s", error)
                return
            except DatabaseError as error:
                if self.termed:
                    raise
                logger.error("The database did not store a delayed message (%s): trying again.", error)
                time.sleep(RETRY_PAUSE)

    def _settle(self):
        in_flight = getattr(self.channel_layer, "in_flight", None)
        if in_flight is not None:
            in_flight.settle()

    def _send_due(self):
        for message in DelayedMessage.objects.is_due():
            try:
                message.send(channel_layer=self.channel_layer)
            except (redis.RedisError, DatabaseError):
                raise
            except Exception as error:
                logger.error("Dropped a delayed message for %s that can't be sent: %s", message.channel_name, error)
                message.delete()
