"""A layer's statistics: asgi_redis's and the transport's own."""
from __future__ import unicode_literals

import time

from chartroom.transport import entries

OWN = ("expired_count", "unreadable_count", "recovered_count", "dead_count", "slow_count", "refused_count")


class Statistics(object):
    """The statistics extension of a layer (ASGI draft of 2017): sums over all its servers."""

    STAT_EXPIRED, STAT_UNREADABLE, STAT_RECOVERED, STAT_DEAD, STAT_SLOW, STAT_REFUSED = OWN

    def _count_channel_stats(self, channel, connections):
        statistics = self._counts(channel, connections)
        statistics.update({self.STAT_MESSAGES_PENDING: 0, self.STAT_MESSAGES_MAX_AGE: 0})
        for connection in connections:
            statistics[self.STAT_MESSAGES_PENDING] += connection.llen(self.prefix + channel)
            oldest = connection.lindex(self.prefix + channel, 0)
            age = self.age(oldest) if oldest else None
            statistics[self.STAT_MESSAGES_MAX_AGE] = max(statistics[self.STAT_MESSAGES_MAX_AGE], int(age or 0))
        return statistics

    def _count_global_stats(self, connections):
        return self._counts(self.global_stats_key, connections)

    def _counts(self, counted, connections):
        """``{statistic: number}`` of a channel, or of `global_stats_key`; the sum over all servers."""
        names = (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL) + OWN
        counts = dict.fromkeys(names, 0)
        for connection in connections:
            values = connection.mget(["%s%s:%s" % (self.stats_prefix, counted, stat) for stat in names])
            for stat, value in zip(names, values):
                counts[stat] += int(value or 0)
        return counts

    def age(self, raw):
        """Seconds (float) that an entry has waited; None for a durable or unreadable one, which has no expiry time."""
        try:
            expires = entries.unpack(raw).expires
        except entries.Unreadable:
            return None
        return max(0, time.time() + self.expiry - expires / 1000.0) if expires else None

    def _count(self, stat, number, channel=None):
        connection = self.connection(None)
        pipeline = connection.pipeline(transaction=False)
        for counted, seconds in (
            (channel, self.channel_statistics_expiry), (self.global_stats_key, self.global_statistics_expiry),
        ):
            if counted is not None:
                key = "%s%s:%s" % (self.stats_prefix, counted, stat)
                pipeline.incr(key, number)
                pipeline.expire(key, seconds)
        pipeline.execute()
