"""
The consumer of ``chat-messages``: stores messages in batches, and broadcasts them after the commit.

Group commit: all submissions that wait on the channel when the consumer is called are
stored in one transaction. A long queue is stored many messages at a time, and a
single message without delay.
"""
from __future__ import unicode_literals

import logging
import time
from collections import OrderedDict

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from chartroom.conf import conf
from chartroom.errors import FrameError
from chartroom.models import WIRE_JSON
from chartroom.rooms import broadcast
from chartroom.rooms.store import Outcome, own_room, store
from chartroom.rooms.submissions import waiting
from chartroom.wire import protocol, server_frames

logger = logging.getLogger(__name__)

# Seconds before each retry while the database is unavailable. After the last retry, the clients are asked to retry.
PAUSES = (0.05, 0.2, 0.5)
RETRY_AFTER = 2  # seconds


def store_submissions(message):
    """
    Consumer for ``chat-messages``.

    Stores the submission and those that wait after it. When the transaction is
    committed, broadcasts to each room and sends an acknowledgement to each sender.
    """
    bound = conf.BATCH_SIZE
    for batch in _batches(waiting(message.channel_layer, message.content, bound), bound):
        outcomes = _store(batch)

        # A failure in one room must not affect the others.
        to_groups = []
        for room_id, rows in _fresh_by_room(outcomes).items():
            to_groups += _logged(broadcast.messages_to_groups, room_id, rows) or []
        _logged(broadcast.deliver, to_groups, [
            (reply_channel, text) for (reply_channel, wire), texts in _replies(batch, outcomes).items() for text in texts])


def _batches(submissions, bound):
    """
    Yield lists of submissions with about ``bound`` messages each. A layer may return
    many times that in one round trip, and rooms are locked while a batch is stored.
    """
    batch, count = [], 0
    for submission in submissions:
        batch.append(submission)
        count += len(submission.entries)
        if count >= bound:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _store(batch):
    """
    Store a batch; return a list of `Outcome` for each submission.

    If the database rejects the batch as invalid, the submissions are stored one by one,
    so that one invalid message does not affect the others.
    """
    try:
        outcomes = iter(_store_with_retries(batch))
        return [[next(outcomes) for _ in submission.entries] for submission in batch]
    except (OperationalError, InterfaceError):
        logger.exception("%d submissions could not be stored: the senders are asked to retry.", len(batch))
        return [_postpone(submission) for submission in batch]
    except DatabaseError:
        if len(batch) > 1:
            logger.warning("The database refused a batch of %d submissions: storing them one by one.", len(batch))
            return [_store([submission])[0] for submission in batch]
        logger.exception("The database refused a submission for room %s.", batch[0].room)
        return [_refuse(batch[0], protocol.SERVER_ERROR, None)]


def _store_with_retries(batch):
    for pause in PAUSES:
        try:
            return store(_rows(batch))
        except (OperationalError, InterfaceError) as error:
            logger.warning("A batch could not be stored (%s): trying again.", error)
            _drop_broken_connection()
            time.sleep(pause)
    return store(_rows(batch))


def _rows(batch):
    # A sender that does not wait for the database submits the name of the room instead of its primary key.
    keys = {name: own_room(*name).pk for name in {submission.room for submission in batch if not submission.has_key}}
    return [row for submission in batch for row in submission.rows(keys.get(submission.room, submission.room))]


def _drop_broken_connection():
    # A connection stays broken after its server has closed it. The next query opens a new one.
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        connection.close()


def _postpone(submission):
    if submission.reply_channel is not None:
        return _refuse(submission, protocol.BUSY, RETRY_AFTER)
    # There is no client to ask for a retry: move it to the end of the queue. If the queue is full,
    # this raises ChannelFull, and a durable channel keeps the submission.
    submission.send()
    return []


def _refuse(submission, code, retry_after):
    detail = "The message could not be stored."
    return [
        Outcome(None, False, FrameError(code, detail, [id], retry_after))
        for id in submission.ids
    ]


def _fresh_by_room(outcomes):
    """Return the new rows by room, {primary key: rows}, in ``seq`` order, which is the order of the batch."""
    rooms = OrderedDict()
    for outcome in (outcome for several in outcomes for outcome in several):
        if outcome.fresh:
            rooms.setdefault(outcome.message.room_id, []).append(outcome.message)
    return rooms


def _replies(batch, outcomes):
    """Return {(reply channel, wire): frames}, with one ack for all frames of a sender in the batch."""
    acks, failures = OrderedDict(), OrderedDict()
    for submission, several in zip(batch, outcomes):
        if submission.reply_channel is None:
            for outcome in several:
                if outcome.error is not None:
                    logger.error("A message from %s was refused, and no client waits for the error: %s", submission.source,
                                 outcome.error)
            continue
        client = (submission.reply_channel, submission.wire)
        for outcome in several:
            if outcome.error is not None:
                failures.setdefault(client, []).append(outcome.error)
            elif submission.wire == WIRE_JSON:
                acks.setdefault(client, []).append((outcome.message.client_id, outcome.message.seq))

    replies = OrderedDict((client, [server_frames.ack(pairs)]) for client, pairs in acks.items())
    for client, errors in failures.items():
        replies.setdefault(client, []).extend(broadcast.error_texts(errors, client[1]))
    return replies


def _logged(function, *args):
    try:
        return function(*args)
    except Exception:
        logger.exception("Messages were stored, but %s%r failed: clients will catch up.", function.__name__, args[:1])
        return None
