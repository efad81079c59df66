# coding: utf-8
"""channels.delay's worker, made to outlive what ends it or holds it up."""
from __future__ import unicode_literals

import json
import logging
import time

import redis
from channels.delay.models import DelayedMessage
from channels.delay.worker import Worker as StockWorker
from django.db import DatabaseError, DataError, IntegrityError

logger = logging.getLogger(__name__)

CHANNEL = "asgi.delay"
IDLE = 0.1  # seconds before the next look for something to keep
PAUSE = 1   # seconds after Redis or the database did not answer


class DelayWorker(StockWorker):
    """
    `channels.delay.worker.Worker`, whose run ends, with status 0, at one message
    that it can't use, and with an error when Redis is restarted; and which never
    gets past one that is due and can't be sent. Here such messages are told in the
    log and given up, and a signal ends it between two.
    """

    def sigterm_handler(self, signo, stack_frame):
        self.termed = True

    def run(self):
        if self.signal_handlers:
            self.install_signal_handler()
        logger.info("Listening on %s", CHANNEL)
        looked = 0
        while not self.termed:
            try:
                _, content = self.channel_layer.receive([CHANNEL], block=False)
                if content is not None:
                    self._keep(content)
                    self._settle()
                if time.time() - looked > self.database_sleep_duration:
                    self._send_due()
                    looked = time.time()
            except (redis.RedisError, DatabaseError) as error:
                logger.error("Redis or the database does not answer (%s): trying again in %d s.", error, PAUSE)
                time.sleep(PAUSE)
            else:
                if content is None:
                    time.sleep(IDLE)

    def _keep(self, content):
        try:
            message = DelayedMessage(
                content=json.dumps(content["content"]), channel_name=content["channel"], delay=content["delay"])
            message.full_clean()
            assert self.channel_layer.valid_channel_name(message.channel_name)
        except Exception as error:  # whatever a consumer may have put there
            logger.error("A message can't be delayed, and is given up: %s: %s", type(error).__name__, error)
            return

        # It is here only: the database is waited for.
        while True:
            try:
                message.save()
                return
            except (DataError, IntegrityError) as error:
                logger.error("The database refuses a delayed message, which is given up: %s", error)
                return
            except DatabaseError as error:
                if self.termed:
                    raise
                logger.error("The database does not take a delayed message (%s): trying again.", error)
                time.sleep(PAUSE)

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
                logger.error("A delayed message for %s can't be sent, and is given up: %s", message.channel_name, error)
                message.delete()
