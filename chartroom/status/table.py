# coding: utf-8
"""A report and its problems as text for a terminal."""
from __future__ import unicode_literals

from chartroom.status.judgement import LEVELS, level

MEGABYTE = 1024.0 * 1024
NONE = "-"


def render(report, problems):
    """The whole text, with a newline at its end."""
    sections = [
        ("", [("%s" % LEVELS[level(problems)]).upper()]),
        ("", ["  %s: %s" % (LEVELS[problem.level], problem.detail) for problem in problems]),
        ("Redis", columns(["server", "latency ms", "version", "memory MB", "maxmemory MB", "policy"], [_server(each) for each in report["servers"]])),
        ("Database", columns(["latency ms", "messages in 1 min", "in 1 h"], [_database(report["database"])])),
        ("Processes", columns(
            ["kind", "host", "pid", "version", "uptime s", "heartbeat s ago", "sockets", "handling", "receives from"],
            [_process(each) for each in report["processes"]])),
        ("Channels", columns(
            ["channel", "waiting", "capacity", "oldest s", "in flight", "dead letters"], [_channel(each) for each in report["channels"]])),
        ("In flight", columns(["worker", "channel", "entries", "for s"], [_in_flight(each, report) for each in report["in_flight"]])),
        ("Counters", columns(["counter", "number"], sorted(report["counters"].items()))),
    ]
    lines = []
    for title, rows in sections:
        if rows:
            lines += ["", title] if title else []
            lines += rows
    return "\n".join(lines) + "\n"


def columns(heads, rows):
    """Lines with the values below their heads; [] without rows."""
    if not rows:
        return []
    cells = [heads] + [[NONE if value is None else "%s" % value for value in row] for row in rows]
    widths = [max(len(row[number]) for row in cells) for number in range(len(heads))]
    return [("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))).rstrip() for row in cells]


def _server(server):
    if server["error"]:
        return [server["address"], "does not answer"] + [None] * 4
    return [
        server["address"], server["latency_ms"], server["redis_version"], "%.1f" % (server["used_memory"] / MEGABYTE),
        "%.1f" % (server["maxmemory"] / MEGABYTE) if server["maxmemory"] else "no limit", server["maxmemory_policy"]]


def _database(database):
    return ["does not answer" if database["error"] else database["latency_ms"], database["last_minute"], database["last_hour"]]


def _process(process):
    handling = process.get("handling")
    return [
        process["kind"], process["host"], process["pid"], process["version"], "%d" % process["uptime"], process["heartbeat_age"],
        process.get("sockets"), "%s for %d s" % (handling, process["handling_for"]) if handling else None,
        " ".join(process.get("channels", ())) or None]


def _channel(channel):
    return [
        channel["name"] + (" (durable)" if channel["durable"] else ""), channel["depth"], channel["capacity"], channel["age"],
        channel["in_flight"], channel["dead_letters"]]


def _in_flight(entries, report):
    seconds = [
        process["handling_for"] for process in report["processes"]
        if process["name"] == entries["worker"] and process.get("handling") == entries["channel"]]
    return [entries["worker"], entries["channel"], entries["entries"], seconds[0] if seconds else None]
