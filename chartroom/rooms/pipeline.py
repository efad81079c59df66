"""
The consumer on ``chat-messages``: stores a batch, and only then tells of it.

Group commit: what waits on the channel when the consumer wakes goes into one
transaction, so a full queue is stored many messages at a time, and an idle
one without delay.
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

# Seconds to wait before each further try of a batch that the database did not
# take; after the last, its senders are told to try again.
PAUSES = (0.05, 0.2, 0.5)
RETRY_AFTER = 2


def store_submissions(message):
    """
    Consumer for ``chat-messages``.

    Takes the submission that woke it and those that wait behind it, stores
    them, and when the transaction has committed broadcasts to each room and
    acknowledges to each sender.
    """
    bound = conf.BATCH_SIZE
    for batch in _batches(waiting(message.channel_layer, message.content, bound), bound):
        outcomes = _store(batch)

        # What fails for one room must not silence the others.
        to_groups = []
        for room_id, rows in _fresh_by_room(outcomes).items():
            to_groups += _logged(broadcast.messages_to_groups, room_id, rows) or []
        _logged(broadcast.deliver, to_groups, [
            (reply_channel, text) for (reply_channel, wire), texts in _replies(batch, outcomes).items() for text in texts])


def _batches(submissions, bound):
    """
    Lists of submissions of about ``bound`` messages: what a layer gives in one
    round trip may be many times that, and a room is locked as long as a batch takes.
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
    A list of `Outcome`s for each submission of the batch.

    A batch that the database refuses as wrong is tried again submission by
    submission, so that one bad message does not take the others with it.
    """
    try:
        outcomes = iter(_store_with_patience(batch))
        return [[next(outcomes) for _ in submission.entries] for submission in batch]
    except (OperationalError, InterfaceError):
        logger.exception("The database took none of %d submissions: their senders are asked to try again.", len(batch))
        return [_postpone(submission) for submission in batch]
    except DatabaseError:
        if len(batch) > 1:
            logger.warning("A batch of %d submissions was refused: storing them one by one.", len(batch))
            return [_store([submission])[0] for submission in batch]
        logger.exception("The database refused a submission for room %s.", batch[0].room)
        return [_refuse(batch[0], protocol.SERVER_ERROR, None)]


def _store_with_patience(batch):
    for pause in PAUSES:
        try:
            return store(_rows(batch))
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database did not take a batch (%s): trying again.", error)
            _drop_broken_connection()
            time.sleep(pause)
    return store(_rows(batch))


def _rows(batch):
    # Who must not wait for the database knows no key of a room.
    keys = {name: own_room(*name).pk for name in {submission.room for submission in batch if not submission.has_key}}
    return [row for submission in batch for row in submission.rows(keys.get(submission.room, submission.room))]


def _drop_broken_connection():
    # A connection whose server went away stays broken; a new one is opened by the next query.
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        connection.close()


def _postpone(submission):
    if submission.reply_channel is not None:
        return _refuse(submission, protocol.BUSY, RETRY_AFTER)
    # Nobody is there who could be asked to send it again: it waits at the queue's end. Where
    # that is full, this raises, and a durable channel has it still.
    submission.send()
    return []


def _refuse(submission, code, retry_after):
    detail = "The message could not be stored."
    return [
        Outcome(None, False, FrameError(code, detail, [id], retry_after))
        for id in submission.ids
    ]


def _fresh_by_room(outcomes):
    """{room's primary key: its new rows}, in ``seq`` order because the batch was stored in its order."""
    rooms = OrderedDict()
    for outcome in (outcome for several in outcomes for outcome in several):
        if outcome.fresh:
            rooms.setdefault(outcome.message.room_id, []).append(outcome.message)
    return rooms


def _replies(batch, outcomes):
    """{(reply channel, wire): frames}: one ack for each sender, however many of its frames are in the batch."""
    acks, failures = OrderedDict(), OrderedDict()
    for submission, several in zip(batch, outcomes):
        if submission.reply_channel is None:
            for outcome in several:
                if outcome.error is not None:
                    logger.error("A message of %s is not taken, and nobody is there to be told: %s", submission.source,
                                 outcome.error)
            continue
        who = (submission.reply_channel, submission.wire)
        for outcome in several:
            if outcome.error is not None:
                failures.setdefault(who, []).append(outcome.error)
            elif submission.wire == WIRE_JSON:
                acks.setdefault(who, []).append((outcome.message.client_id, outcome.message.seq))

    replies = OrderedDict((who, [server_frames.ack(pairs)]) for who, pairs in acks.items())
    for who, errors in failures.items():
        replies.setdefault(who, []).extend(broadcast.error_texts(errors, who[1]))
    return replies


def _logged(function, *args):
    try:
        return function(*args)
    except Exception:
        logger.exception("Stored, but not told by %s%r: readers catch up by themselves.", function.__name__, args[:1])
        return None
