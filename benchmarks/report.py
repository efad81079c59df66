# coding: utf-8
"""Runs the measurements on each database, and makes one report of them in Markdown."""
from __future__ import unicode_literals

from benchmarks import DATABASES, hooks, idle, machine, pipeline, pythons, sockets
from benchmarks.databases import TITLES, Database
from benchmarks.figures import median, milliseconds, percentile, spread, table, times
from benchmarks.processes import Failed

NOT_MEASURED = "–"
LAYER_ALONE = "the layer alone, one receive a submission"


def make(chosen, redis_url, folder, progress):
    """Returns the report; a measurement that fails becomes a note in it, and the others are still made."""
    names = [chosen.database] if chosen.database else list(DATABASES)
    if chosen.only in ("sockets", "pythons"):
        names = names[:1]
    start = machine.now(), machine.load(), machine.sync_seconds(folder)
    described, rates, delays, deliveries, notes, many, compared = [], {}, {}, {}, list(chosen.missing), None, None
    for name in names:
        database = None
        try:
            progress("%s: starting" % TITLES[name])
            database = Database(name, folder)
            database.prepare()
            described.append(database.described())
            if "pipeline" in chosen.measurements:
                rates[name] = _rates(pipeline.Bench(database, redis_url, folder, chosen.messages, progress), chosen.rounds)
            if "idle" in chosen.measurements:
                delays[name] = _delays(database, folder, chosen.idle_messages, progress)
            if "hooks" in chosen.measurements:
                deliveries[name] = hooks.Deliveries(
                    database, redis_url, folder, chosen.deliveries, progress).run(chosen.rounds)
            # On one database only: it is not what limits many sockets.
            if "sockets" in chosen.measurements and name == names[0]:
                many = sockets.Sockets(database, redis_url, folder, chosen.quick, progress).run()
                notes.extend(many.notes)
            if chosen.environments:
                compared = pythons.Pythons(
                    chosen.environments, database, redis_url, folder, chosen.quick, progress).run()
                notes.extend(compared.notes)
        except Failed as failure:
            progress("%s: %s" % (TITLES[name], failure))
            notes.append("%s was not measured completely: %s" % (TITLES[name], failure))
        finally:
            if database:
                database.close()

    parts = [
        "%s. %s." % (start[0], machine.described(redis_url)),
        "%s. A write of 4 KB with its fsync takes %s here. Load average: %s at the start, %s at the end." % (
            "; ".join(described) or "No database", milliseconds(start[2]), start[1], machine.load()),
    ]
    if "pipeline" in chosen.measurements:
        parts.append("Messages stored a second from a full queue of %s, one worker; %s, and × the naive consumer:" % (
            "{:,}".format(chosen.messages), _rounds(chosen)))
        parts.append(_rates_table(names, rates))
    if "idle" in chosen.measurements:
        parts.append("Latency of an idle message, %d messages, and × the stock stack's echo:" % chosen.idle_messages)
        parts.append(_delays_table(names, delays))
    if "hooks" in chosen.measurements:
        title = "Deliveries answered a second by gunicorn with %d workers, %s of them, %d at a time; %s, and × the bare view:"
        parts.append(title % (
            hooks.WORKERS, "{:,}".format(chosen.deliveries), hooks.SENDERS, _rounds(chosen)))
        parts.append(_deliveries_table(names, deliveries))
    if many:
        parts.append("Many sockets, on %s; × is chartroom's by the stock stack's:" % TITLES[names[0]])
        parts.append(many.table())
    if compared:
        parts.append("The same work on each Python, less is better; %s, and × Python 3.6's. %s; %s." % (
            _rounds(compared), TITLES[names[0]], compared.described()))
        parts.append(compared.table())
    return "\n\n".join(parts + notes)


def _rounds(made):
    return "once" if made.rounds == 1 else "median (least–most) of %d" % made.rounds


def _rates(bench, rounds):
    """
    Returns ``{title: [rates]}``. Each round measures everything once, so that a minute in
    which the machine was busy does not affect a single row only.
    """
    rates = {}
    for _ in range(rounds):
        for shape in (pipeline.NOBODY_READS, pipeline.FIFTY_READ):
            rates.setdefault("naive consumer, " + shape.title, []).append(bench.naive(shape))
        for shape in pipeline.SHAPES:
            rates.setdefault(shape.title, []).append(bench.chartroom(shape))
        rates.setdefault(LAYER_ALONE, []).append(bench.layer())
    return rates


def _delays(database, folder, count, progress):
    """Returns ``{path of a message: [seconds]}``."""
    stock = idle.echo_by_stock(database.env, folder, count)
    progress("%s, echo of an idle frame by the stock stack: p50 %s" % (database.title, milliseconds(percentile(stock, 50))))
    ours = idle.echo_by_chartroom(database.env, folder, count)
    progress("%s, echo of an idle frame by rundaphne: p50 %s" % (database.title, milliseconds(percentile(ours, 50))))
    ways = idle.chartroom(database, folder, count)
    progress("%s, idle message to its reader: p50 %s" % (database.title, milliseconds(percentile(ways["reader"], 50))))
    return {"stock": stock, "echo": ours, "reader": ways["reader"], "ack": ways["ack"]}


def _rates_table(names, rates):
    head = ["messages/s"]
    for name in names:
        head.extend([TITLES[name], "×"])
    rows = []
    baselines = [("naive consumer, " + shape.title, shape) for shape in (pipeline.NOBODY_READS, pipeline.FIFTY_READ)]
    measurements = baselines + [(shape.title, shape) for shape in pipeline.SHAPES]
    for title, shape in measurements + [(LAYER_ALONE, pipeline.NOBODY_READS)]:
        row = [title]
        for name in names:
            measured = rates.get(name)
            if not measured:
                row.extend([NOT_MEASURED, NOT_MEASURED])
                continue
            baseline = baselines[1 if shape.members else 0][0]
            row.extend([spread(measured[title]), times(median(measured[title]), median(measured[baseline]))])
        rows.append(row)
    return table(head, rows)


def _deliveries_table(names, deliveries):
    head = ["answers/s"]
    for name in names:
        head.extend([TITLES[name], "×"])
    rows = []
    for kind in hooks.KINDS:
        row = [kind]
        for name in names:
            measured = deliveries.get(name)
            row.extend(
                [spread(measured[kind]), times(median(measured[kind]), median(measured[hooks.BARE]))]
                if measured else [NOT_MEASURED, NOT_MEASURED])
        rows.append(row)
    return table(head, rows)


def _delays_table(names, delays):
    titles = [
        ("stock", "bare echo, stock stack"), ("echo", "bare echo, chartroom's transport"),
        ("ack", "send to ack (stored)"), ("reader", "send to the reader's frame"),
    ]
    head = ["", "p50", "×", "p99", "×"]
    rows = []
    for name in names:
        for way, title in titles:
            row = ["%s: %s" % (TITLES[name], title)]
            measured = delays.get(name)
            for percent in (50, 99):
                if not measured:
                    row.extend([NOT_MEASURED, NOT_MEASURED])
                    continue
                value, baseline = percentile(measured[way], percent), percentile(measured["stock"], percent)
                row.extend([milliseconds(value), times(value, baseline)])
            rows.append(row)
    return table(head, rows)
