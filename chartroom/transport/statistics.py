"""What a layer counts, beside what asgi_redis does."""
from __future__ import unicode_literals

import time

from chartroom.transport import entries

OWN = ("expired_count", "unreadable_count", "recovered_count", "dead_count", "slow_count")


class Statistics(object):
    """The statistics extension of a layer (ASGI draft of 2017), over all its servers."""

    STAT_EXPIRED, STAT_UNREADABLE, STAT_RECOVERED, STAT_DEAD, STAT_SLOW = OWN

    def _count_channel_stats(self, channel, connections):
        statistics = self._counts(channel, connections)
        statistics.update({self.STAT_MESSAGES_PENDING: 0, self.STAT_MESSAGES_MAX_AGE: 0})
        for connection in connections:
            statistics[self.STAT_MESSAGES_PENDING] += connection.llen(self.prefix + channel)
            oldest = connection.lindex(self.prefix + channel, 0)
            age = self._age(oldest) if oldest else 0
            statistics[self.STAT_MESSAGES_MAX_AGE] = max(statistics[self.STAT_MESSAGES_MAX_AGE], age)
        return statistics

    def _count_global_stats(self, connections):
        return self._counts(self.global_stats_key, connections)

    def _counts(self, who, connections):
        """{statistic: number} of what is counted in Redis, of all servers together."""
        counted = (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL) + OWN
        counts = dict.fromkeys(counted, 0)
        for connection in connections:
            values = connection.mget(["%s%s:%s" % (self.stats_prefix, who, stat) for stat in counted])
            for stat, value in zip(counted, values):
                counts[stat] += int(value or 0)
        return counts

    def _age(self, raw):
        """Seconds that an entry has waited; 0 for one that does not say."""
        try:
            expires = entries.unpack(raw).expires
        except entries.Unreadable:
            return 0
        return max(0, int(time.time() + self.expiry - expires / 1000)) if expires else 0

    def _count(self, stat, number, channel=None):
        connection = self.connection(None)
        pipeline = connection.pipeline(transaction=False)
        for who, seconds in ((channel, self.channel_statistics_expiry), (self.global_stats_key, self.global_statistics_expiry)):
            if who is not None:
                key = "%s%s:%s" % (self.stats_prefix, who, stat)
                pipeline.incr(key, number)
                pipeline.expire(key, seconds)
        pipeline.execute()
