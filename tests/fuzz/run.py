# coding: utf-8
"""
The driver: rounds of inputs of one kind, sent together, until the time is over.

All inputs depend on the seed and the number of their round alone. A round in which a fault is found is printed, and sent
again one input at a time, to find the one that is to blame.
"""
from __future__ import print_function, unicode_literals

import argparse
import itertools
import random
import sys
import threading
import time
from collections import Counter

from six.moves.queue import Queue

from tests.fuzz.generators import KINDS, generate
from tests.fuzz.senders import Target
from tests.fuzz.watch import MAX_CPU, Fault, Stranger, Watch

WITH_LIMITS = 0.15  # of the time is spent with the limits that a deployment has
AHEAD = 3  # rounds that are generated while others are sent
SHOWN = 300  # characters of an input


class Run(object):
    """``kinds``: the names of those to send; ``first``: the number of the first round."""

    def __init__(self, seed, kinds=None, first=0):
        self.seed = seed
        self.kinds = [kind for kind in sorted(kinds or KINDS) for _ in range(KINDS[kind][2])]
        self.number = first
        self._ahead = Queue(AHEAD)
        producer = threading.Thread(target=self._generate)
        producer.daemon = True
        producer.start()
        self.counts, self.seconds = Counter(), Counter()
        self.most_cpu = 0.0

    def for_seconds(self, seconds, limits):
        """Raises `Fault`."""
        target = Target(limits)
        try:
            watch, stranger = Watch(target.stack), Stranger(target.stack)
            stranger.start()
            deadline = time.time() + seconds
            while time.time() < deadline:
                self._round(target, watch, stranger)
            stranger.end()
            watch.check()
            return stranger
        finally:
            target.stop()

    def _generate(self):
        for number in itertools.count(self.number):
            try:
                self._ahead.put(self.inputs(number))
            except Exception as error:
                self._ahead.put((None, error))
                return

    def inputs(self, number):
        """``(kind, inputs)`` of a round."""
        kind = random.Random("%d %d" % (self.seed, number)).choice(self.kinds)
        return kind, generate(kind, "%d %d" % (self.seed, number))

    def _round(self, target, watch, stranger):
        number, self.number = self.number, self.number + 1
        began = time.time()
        kind, inputs = self._ahead.get()
        if kind is None:
            raise inputs
        try:
            if self._send(target, watch, stranger, kind, inputs) > MAX_CPU:
                # Together: each of them may have used a part only.
                for one in inputs:
                    used = self._send(target, watch, stranger, kind, [one])
                    self.most_cpu = max(self.most_cpu, used)
                    if used > MAX_CPU:
                        raise Fault("one input used %.1f s of CPU time: %s" % (used, shown(one)))
        except Exception as error:
            print("FAULT in round %d of seed %d, %s: %s" % (number, self.seed, kind, error))
            self._blame(target, watch, stranger, kind, inputs)
            raise
        self.counts[kind] += len(inputs)
        self.seconds[kind] += time.time() - began

    def _send(self, target, watch, stranger, kind, inputs):
        """Returns the most seconds of CPU time that a process used for the inputs."""
        before = watch.cpu()
        target.send(kind, inputs)
        after = watch.cpu()
        watch.check()
        stranger.check()
        return max(after[name] - before[name] for name in before)

    def _blame(self, target, watch, stranger, kind, inputs):
        target.start_again()
        for one in inputs:
            try:
                used = self._send(target, watch, stranger, kind, [one])
                time.sleep(0.05)
                watch.check()
                if used > MAX_CPU:
                    raise Fault("it used %.1f s of CPU time" % used)
            except Exception as error:
                print("The same again with this input alone: %s\n%s" % (shown(one), error))
                return
        print("Not repeated with one input alone. The inputs of the round:")
        for one in inputs:
            print("   ", shown(one))


def shown(one):
    text = repr(one)
    return text if len(text) <= SHOWN else "%s… (%d characters)" % (text[:SHOWN], len(text))


def main(args=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, help="a random one by default")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="may be repeated; all by default")
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to repeat a fault")
    options = parser.parse_args(args)
    seed = random.randrange(10 ** 6) if options.seed is None else options.seed
    print("Fuzzing for %d s with --seed %d" % (options.seconds, seed))
    sys.stdout.flush()

    run = Run(seed, options.kind, options.first)
    began = time.time()
    try:
        slowest = []
        for limits, share in ((False, 1 - WITH_LIMITS), (True, WITH_LIMITS)):
            before = sum(run.counts.values())
            started = time.time()
            stranger = run.for_seconds(share * options.seconds, limits)
            slowest.append(stranger.slowest)
            print("With%s limits: %.0f inputs per second; %d messages of a stranger, each acknowledged within %.2f s" % (
                "" if limits else "out", (sum(run.counts.values()) - before) / (time.time() - started), len(stranger.sent), stranger.slowest))
    except (Fault, AssertionError, OSError):
        print("To repeat it: python -m tests.fuzz --seed %d --first %d" % (seed, max(0, run.number - 1)))
        return 1
    finally:
        for kind in sorted(run.counts):
            print("%9d %-26s %6.0f per second" % (run.counts[kind], kind, run.counts[kind] / run.seconds[kind]))
        print("%9d inputs in %d rounds, %.0f per second" % (
            sum(run.counts.values()), run.number - options.first, sum(run.counts.values()) / (time.time() - began)))
    return 0
