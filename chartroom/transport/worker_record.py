"""A worker's record: which channels it receives, and which message it is handling for how long."""
from __future__ import unicode_literals

import logging
from contextlib import contextmanager

import redis
from monotonic import monotonic

from chartroom.transport import options
from chartroom.transport.periodic import Periodic
from chartroom.transport.process_records import WORKER

logger = logging.getLogger(__name__)


class WorkerRecord(object):
    """
    Written by a thread, since a consumer may take longer than a record lasts. Does nothing on a
    layer without `ProcessRecords`, such as a stock one.
    """

    def __init__(self, layer):
        self._records = getattr(layer, "process_records", None)
        self._name = layer.in_flight.worker_name if self._records else None
        self._channels = []
        self._handling = None  # (channel, the time of the monotonic clock since when)
        self._thread = None

    def start(self, channels):
        """``channels``: the names that the worker receives from. A second call has no effect."""
        if self._records is None or self._thread is not None:
            return
        self._channels = sorted(channels)
        self._thread = Periodic(self._write, options.HEARTBEAT_INTERVAL, "worker record")
        self._thread.start()

    @contextmanager
    def handling(self, channel):
        """While a consumer handles a message of ``channel``."""
        self._handling = channel, monotonic()
        try:
            yield
        finally:
            self._handling = None

    def stop(self, within):
        """Removes the record; waits up to ``within`` seconds for the thread. Raises ``redis.RedisError``."""
        if self._thread is not None:
            self._thread.stop(within)
            self._records.remove(self._name)

    def _write(self):
        channel, since = self._handling or (None, None)
        try:
            self._records.write(
                self._name, WORKER, channels=self._channels, handling=channel,
                handling_for=None if channel is None else round(monotonic() - since, 1))
        except redis.RedisError as error:
            # The worker itself logs that Redis does not answer.
            logger.debug("Could not write the record of this worker: %s", error)
        except Exception:
            logger.exception("Could not write the record of this worker.")
