"""The Redis servers of a layer: whether each answers, and what it is."""
from __future__ import unicode_literals

import redis

from chartroom.transport import addresses
from chartroom.transport.connections import AccessRefused

WITHIN = 2  # seconds for a connection, and for each answer
MEGABYTE = 1024.0 * 1024
OLDEST = (2, 8)  # the version with SSCAN and CLIENT; the scripts need 2.6


class Server(object):
    """
    One server, seen over a connection of its own. ``address`` is without the password;
    ``refusal`` is Redis's answer to another password than its own, ``failure`` why there is no answer
    at all; otherwise both are None. After `look`, ``info`` has Redis's INFO, and ``policy`` the maxmemory-policy
    (None if Redis does not say), and ``saves`` its configuration of snapshots.
    """

    def __init__(self, layer, index):
        pool = layer.connection(index).connection_pool
        self.address = addresses.shown(dict(pool.connection_kwargs, connection_class=pool.connection_class))
        if hasattr(pool, "service_name"):
            self.address = "the master %s of Sentinel" % pool.service_name
        self._pool = pool
        self.refusal = self.failure = self.policy = self.saves = None
        self.info = {}

    def ping(self):
        """Asks for nothing that Redis may have forbidden this user."""
        return self._talk(lambda client: client.ping())

    def look(self):
        return self._talk(self._look)

    def _talk(self, talk):
        connection = self._connection()
        try:
            talk(redis.Redis(connection_pool=Single(connection)))
        except AccessRefused as error:
            self.refusal = "%s" % error
        except (redis.RedisError, EnvironmentError) as error:
            self.failure = "%s" % error
        finally:
            connection.disconnect()
        return self

    def ask(self, *words):
        """The answer to one command, over a new connection; raises redis-py's errors."""
        connection = self._connection()
        try:
            return redis.Redis(connection_pool=Single(connection)).execute_command(*[str(word) for word in words])
        finally:
            connection.disconnect()

    def _look(self, client):
        client.ping()
        try:
            self.info = client.info()
            self.policy = self.info.get("maxmemory_policy")
            self.saves = client.config_get("save").get("save")
            if self.policy is None:
                # Redis 3 and older.
                self.policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
        except redis.ResponseError:
            pass  # This user may not, or the provider has removed the command.

    def _connection(self):
        options = dict(self._pool.connection_kwargs, socket_timeout=WITHIN)
        if "path" not in options:
            options["socket_connect_timeout"] = WITHIN
        return self._pool.connection_class(**options)

    @property
    def version(self):
        return "%s" % self.info.get("redis_version", "")

    @property
    def is_too_old(self):
        numbers = tuple(int(number) for number in self.version.split(".")[:2] if number.isdigit())
        return bool(numbers) and numbers < OLDEST

    @property
    def memory(self):
        most = self.info.get("maxmemory") or 0
        used = (self.info.get("used_memory") or 0) / MEGABYTE
        return "%.0f MB of %s used" % (used, "%.0f MB" % (most / MEGABYTE) if most else "unlimited memory")

    @property
    def persistence(self):
        """What survives a restart; None if nothing does, as far as Redis says."""
        if self.info.get("aof_enabled"):
            return "persists each command (append-only file)"
        return "persists snapshots (%s)" % self.saves if self.saves else None

    @property
    def cannot_write(self):
        """A sentence without its stop if the last attempt to persist failed, after which Redis may refuse writes."""
        failed = [name for name in ("rdb_last_bgsave_status", "aof_last_write_status") if self.info.get(name, "ok") != "ok"]
        return "the last attempt to persist data failed (%s): see Redis's log, and whether the disk is full" % ", ".join(
            failed) if failed else None

    def time(self):
        """Seconds since the epoch, by the server's clock."""
        seconds, microseconds = self.ask("TIME")
        return int(seconds) + int(microseconds) / 1000000.0

    @property
    def problem(self):
        """A sentence for a server that can't be used, or None."""
        if self.refusal and self.refusal.startswith("NOAUTH"):
            return "Redis requires a password, and none was sent: %s (%s)." % (self.address, self.refusal)
        if self.refusal:
            return "Redis refuses the user name or the password: %s (%s)." % (self.address, self.refusal)
        return self.failure and "Redis does not answer: %s (%s)." % (self.address, self.failure)


class Single(object):
    """One connection in place of redis-py's pool, which would not be given it."""

    def __init__(self, connection):
        self.connection = connection

    def get_connection(self, *args, **options):
        return self.connection

    def release(self, connection):
        pass


def check_access(layer):
    """
    Raises `AccessRefused`, with a sentence for the operator, if a server wants another password.
    A server that does not answer at all may be starting, and is tried again later.
    """
    for server in [Server(layer, index).ping() for index in range(layer.ring_size)]:
        if server.refusal:
            raise AccessRefused(server.problem)


def look_at(layer):
    return [Server(layer, index).look() for index in range(layer.ring_size)]
