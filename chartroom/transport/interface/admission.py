"""
When a socket's next frame may go to a worker.

A socket is read no faster than its frames are dealt with: a bounded number of
them is under way, and then it is held, and TCP slows down its client. So what
one socket sends delays that socket alone.

A frame is *under way* from `websocket.receive` until the worker that took it has
dealt with it (see `chartroom.transport.reports`). A worker that does not report
that, a stock one under another layer or one that was killed, costs the socket
`LEASE` seconds.

Sockets that were not held lately are *sparse*: people, whose frame goes at once.
The others are *bulk*: they take turns, a frame each, and share a pace and a few
places in the queue of the workers, so that a person's frame waits behind those few
and not behind one frame of each of a hundred. (The two lists of fq_codel, RFC 8290,
section 4.2, over sockets instead of flows.)

No I/O here: ``clock`` has Twisted's ``seconds`` and ``callLater``.
"""
from __future__ import unicode_literals

from collections import deque

from chartroom.transport.interface.pace import Bucket, Buckets

LEASE = 1.0  # seconds after which a frame counts as dealt with
QUIET = 1.0  # seconds without being held, after which a socket is sparse again
SPARSE_PACE = 20.0, 40  # frames a second, and at once, beyond which a socket is bulk without being held
LOOK = 0.25  # seconds between two looks for frames whose lease is over


class Flow(object):
    """
    One socket's frames. ``send`` puts its next frame on its way; ``hold`` and
    ``release`` stop and resume its reading. Each is called without arguments.
    """

    def __init__(self, address, pace, now, send, hold, release):
        self.address = address
        self.send = send
        self.hold = hold
        self.release = release
        self.pace = pace and Bucket(float(pace[0]) / pace[1], 2 * pace[0] // pace[1] or 1, now)
        self.sparse = Bucket(SPARSE_PACE[0], SPARSE_PACE[1], now)
        self.under_way = deque()  # (when it went, whether it has one of the shared places)
        self.is_waiting = False
        self.held_at = None
        self.is_queued = False
        self.is_timed = False
        self.is_closed = False

    def is_sparse(self, now):
        return (self.held_at is None or now - self.held_at > QUIET) and not self.sparse.delay(now)


class Admission(object):
    """
    ``in_flight``: frames of one socket under way; ``bulk_in_flight``: frames of all
    bulk sockets together; ``per_socket``, ``per_address`` and ``bulk_pace``, of all bulk
    sockets together: ``(count, seconds)`` or None.
    """

    def __init__(self, clock, in_flight, bulk_in_flight, per_socket, per_address, bulk_pace=None):
        self.clock = clock
        self.in_flight = in_flight
        self.bulk_in_flight = bulk_in_flight
        self.per_socket = per_socket
        self.addresses = Buckets(per_address)
        self._bulk_pace = bulk_pace and Bucket(float(bulk_pace[0]) / bulk_pace[1], bulk_in_flight, clock.seconds())
        self._is_filling_later = False
        self.held = 0  # counted: how often a socket was
        self._bulk_under_way = 0
        self._bulk = deque()  # flows that wait for a shared place
        self._busy = set()  # flows with frames under way

    def flow(self, address, send, hold, release):
        return Flow(address, self.per_socket, self.clock.seconds(), send, hold, release)

    def arrived(self, flow):
        """A frame of the flow is there. It goes now, by ``flow.send``, or the flow is held until it can."""
        flow.is_waiting = True
        if not self._let_go(flow):
            flow.held_at = self.clock.seconds()
            self.held += 1
            flow.hold()

    def spent(self, flow):
        """A frame was dealt with without a worker (a ping of RFC 6455, say): it counts for the pace alone."""
        now = self.clock.seconds()
        self._take_tokens(flow, now)
        delay = self._delay(flow, now)
        if delay:
            flow.held_at = now
            self.held += 1
            flow.hold()
            self._retry_in(delay, flow)

    def done(self, flow):
        """The flow's oldest frame was dealt with, or refused."""
        if flow.under_way:
            _, is_bulk = flow.under_way.popleft()
            self._bulk_under_way -= is_bulk
        if not flow.under_way:
            self._busy.discard(flow)
        self._next(flow)

    def closed(self, flow):
        flow.is_closed = True
        flow.is_waiting = False
        while flow.under_way:
            self._bulk_under_way -= flow.under_way.popleft()[1]
        self._busy.discard(flow)
        self._fill()

    def look(self):
        """Called every `LOOK` seconds: takes frames whose lease is over for dealt with."""
        now = self.clock.seconds()
        for flow in list(self._busy):
            while flow.under_way and now - flow.under_way[0][0] > LEASE:
                self.done(flow)
        self.addresses.forget_idle(now)

    def _next(self, flow):
        if flow.is_waiting and not flow.is_queued:
            self._retry(flow)
        self._fill()

    def _retry_in(self, delay, flow):
        if not flow.is_timed:
            flow.is_timed = True
            self.clock.callLater(delay, self._timed_out, flow)

    def _timed_out(self, flow):
        flow.is_timed = False
        self._retry(flow)

    def _retry(self, flow):
        if flow.is_closed:
            return
        if not flow.is_waiting:
            # Held for its pace alone.
            self._release(flow)
        elif not flow.is_queued and self._let_go(flow):
            self._release(flow)

    def _release(self, flow):
        flow.held_at = self.clock.seconds()
        flow.release()

    def _let_go(self, flow):
        """Sends the flow's frame, or says when it is looked at again: by a call later, in its turn, or at `done`."""
        now = self.clock.seconds()
        delay = self._delay(flow, now)
        if delay:
            self._retry_in(delay, flow)
            return False
        if len(flow.under_way) >= self.in_flight:
            return False
        is_bulk = not flow.is_sparse(now)
        if is_bulk and (self._bulk or not self._has_place(now)):
            flow.is_queued = True
            self._bulk.append(flow)
            return False
        self._go(flow, is_bulk, now)
        return True

    def _go(self, flow, is_bulk, now):
        self._take_tokens(flow, now)
        if is_bulk and self._bulk_pace:
            self._bulk_pace.take(now)
        flow.is_waiting = False
        flow.under_way.append((now, is_bulk))
        self._bulk_under_way += is_bulk
        self._busy.add(flow)
        flow.send()

    def _fill(self):
        """The shared places that are free go to the flows that wait for one, in turn."""
        self._is_filling_later = False
        while self._bulk and self._has_place(self.clock.seconds()):
            flow = self._bulk.popleft()
            flow.is_queued = False
            if flow.is_closed:
                continue
            # Its turn came later than its pace, and it was not queued with too many under way.
            self._go(flow, True, self.clock.seconds())
            self._release(flow)

    def _has_place(self, now):
        """Whether a bulk frame may go now. Where only the pace is in its way, looks again when that is over."""
        if self._bulk_under_way >= self.bulk_in_flight:
            return False
        delay = self._bulk_pace.delay(now) if self._bulk_pace else 0.0
        if delay and not self._is_filling_later:
            self._is_filling_later = True
            self.clock.callLater(delay, self._fill)
        return not delay

    def _delay(self, flow, now):
        return max(flow.pace.delay(now) if flow.pace else 0.0, self.addresses.delay(flow.address, now))

    def _take_tokens(self, flow, now):
        flow.sparse.take(now)
        if flow.pace:
            flow.pace.take(now)
        self.addresses.take(flow.address, now)
