"""
What `manage.py doctor` asks the running processes and servers.

Each function yields pairs of a level (`OK`, `NOTE`, `PROBLEM`) and a sentence.
"""
from __future__ import unicode_literals

import time
import uuid

import six
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.core.checks import ERROR, run_checks
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from monotonic import monotonic

from chartroom.consumers import ROOM
from chartroom.rooms.submissions import CHANNEL, Submission
from chartroom.sockets import recheck

OK, NOTE, PROBLEM = "ok", "note", "problem"

ANSWER_WITHIN = 5  # seconds for an answer of a worker
POLL_EVERY = 0.01  # seconds
CLOCKS_WITHIN = 2  # seconds by which two clocks may differ
NO_ROOM = 2147483647  # a primary key that no room has; PostgreSQL's greatest
SOURCE = "doctor"
# What is true of this session is that it does not exist.
NO_SESSION = "chartroom-doctor-has-no-session"

CLOCKS = {"postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())", "mysql": "SELECT UNIX_TIMESTAMP(NOW(6))"}


def check_settings():
    found = False
    for problem in run_checks(include_deployment_checks=True):
        if not problem.is_silenced():
            found = True
            yield PROBLEM if problem.level >= ERROR else NOTE, "%s %s%s" % (
                problem.id, problem.msg, " Hint: %s" % problem.hint if problem.hint else "")
    if not found:
        yield OK, "the settings: check --deploy finds nothing."


def check_database():
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        started = monotonic()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        took = monotonic() - started
        if plan:
            yield PROBLEM, "the database (%s) lacks %d migrations: run manage.py migrate." % (connection.vendor, len(plan))
        else:
            yield OK, "the database (%s): all migrations are applied; looked up in %d ms." % (connection.vendor, took * 1000)
        if connection.vendor in CLOCKS:
            yield _clock("the database", lambda: _database_time(connection))
    except DatabaseError as error:
        yield PROBLEM, "the database (%s) does not answer: %s" % (connection.vendor, ("%s" % error).strip())


def _database_time(connection):
    with connection.cursor() as cursor:
        cursor.execute(CLOCKS[connection.vendor])
        return float(cursor.fetchone()[0])


def _clock(whose, read):
    """The difference of a clock from this process's. Half of the time that the question took is its error."""
    before = time.time()
    theirs = read()
    after = time.time()
    difference = theirs - (before + after) / 2
    if abs(difference) > CLOCKS_WITHIN:
        return PROBLEM, (
            "the clock of %s is %.1f s %s this process's: messages expire too early or too late. Run an NTP client on both "
            "machines." % (whose, abs(difference), "ahead of" if difference > 0 else "behind"))
    return OK, "the clock of %s differs by %d ms from this process's." % (whose, abs(difference) * 1000)


def check_servers():
    """Of a layer in `chartroom.transport.layers`; the deploy checks have reported servers that do not answer."""
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    for server in layer.servers() if hasattr(layer, "servers") else ():
        if server.problem:
            yield PROBLEM, server.problem
            continue
        yield OK, "%s: Redis %s, %s, maxmemory-policy %s." % (
            server.address, server.version or "of an unknown version", server.memory, server.policy or "unknown")
        yield NOTE if server.persistence is None else OK, "%s: %s." % (server.address, server.persistence or (
            "keeps no data over a restart; then all sockets reconnect, and messages in the queue are lost"))
        if server.cannot_write:
            yield PROBLEM, "%s: %s." % (server.address, server.cannot_write)
        yield _clock(server.address, server.time)


def check_processes():
    """Send one message through each kind of process, and nothing that is stored or that a user sees."""
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    if layer.local_only():
        yield NOTE, "the in-memory layer connects no other processes, so none is asked."
        return
    if hasattr(layer, "interfaces"):
        names = layer.interfaces.processes()
        if names:
            yield OK, "interface processes (rundaphne) with a heartbeat: %d." % len(names)
        else:
            yield PROBLEM, "no interface process has a heartbeat: start manage.py rundaphne. (Stock daphne has none.)"
    yield _ask(layer, "pipeline worker", CHANNEL, CHANNEL, _submit)
    yield _ask(layer, "socket worker", recheck.CHANNEL, "websocket.*", _recheck)


def _submit(reply_channel):
    # The pipeline looks for its room in the database, and refuses it.
    Submission(NO_ROOM, SOURCE, "", "", [(six.text_type(uuid.uuid4().hex), "?")], reply_channel=reply_channel).send()


def _recheck(reply_channel):
    # The worker looks for its session, and closes it.
    data = {"kind": ROOM, "sender": "guest:" + SOURCE, "session": NO_SESSION, "author": "", "guest": True, "namespace": "", "name": ""}
    channel_layers[DEFAULT_CHANNEL_LAYER].send(recheck.CHANNEL, {"sockets": [[reply_channel, data]]})


def _ask(layer, who, channel, pattern, send):
    reply_channel = layer.new_channel("chartroom.doctor?")
    started = monotonic()
    try:
        send(reply_channel)
    except layer.ChannelFull:
        return PROBLEM, "%s is full: no %s is running, or too few." % (channel, who)
    sent = monotonic()
    while monotonic() - sent < ANSWER_WITHIN:
        if layer.receive([reply_channel], block=False)[1] is not None:
            return OK, "a %s has answered in %d ms (%d ms to send, %d ms for the rest)." % (
                who, (monotonic() - started) * 1000, (sent - started) * 1000, (monotonic() - sent) * 1000)
        time.sleep(POLL_EVERY)
    waiting = layer.channel_statistics(channel)["messages_pending"]
    if waiting:
        return PROBLEM, "no %s has answered within %d s; messages that wait on %s: %d. Start manage.py runworker --only-channels=%s." % (
            who, ANSWER_WITHIN, channel, waiting, pattern)
    return PROBLEM, "a %s has taken the message, but has not answered within %d s: see its log." % (who, ANSWER_WITHIN)
