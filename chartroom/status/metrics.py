# coding: utf-8
"""
What ``chartroomstatus`` knows, for Prometheus, to include: ``url(r"^metrics/", include("chartroom.status.metrics"))``.

Requires ``prometheus_client`` (``pip install chartroom[metrics]``), and ``CHARTROOM_METRICS_TOKEN``, which Prometheus
sends as a bearer token: rooms' traffic and host names are no business of strangers.
"""
from __future__ import unicode_literals

from django.conf.urls import url
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_bytes
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from chartroom.conf import conf
from chartroom.status import report
from chartroom.status.judgement import LEVELS, OK, Thresholds, judge

PREFIX = "chartroom_"


@require_safe
@transaction.non_atomic_requests
def metrics(request):
    """404 without `CHARTROOM_METRICS_TOKEN`, 401 without that token in the request, 503 on a layer without a status."""
    if not conf.METRICS_TOKEN:
        raise Http404("CHARTROOM_METRICS_TOKEN is not set.")
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if not constant_time_compare(force_bytes(given), force_bytes("Bearer " + conf.METRICS_TOKEN)):
        response = HttpResponse("A bearer token is required.\n", content_type="text/plain", status=401)
        response["WWW-Authenticate"] = "Bearer"
        return response
    try:
        found = report.read()
    except report.NoStatus as error:
        return HttpResponse("%s\n" % error, content_type="text/plain", status=503)
    response = HttpResponse(render(found), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def render(found):
    """The text format (bytes) of a report."""
    registry = CollectorRegistry()
    registry.register(Collector(found))
    return generate_latest(registry)


class Collector(object):

    def __init__(self, found):
        self.found = found

    def collect(self):
        for part in (self._problems, self._servers, self._database, self._processes, self._channels, self._counters):
            for family in part():
                yield family

    def _problems(self):
        problems = judge(self.found, Thresholds())
        yield gauge("problems", "Problems by chartroomstatus with its default thresholds.", ["level"], [
            ([LEVELS[level]], len([problem for problem in problems if problem.level == level])) for level in LEVELS if level != OK])

    def _servers(self):
        servers = self.found["servers"]
        for name, text, value in (
            ("redis_up", "Whether a Redis server answers.", lambda server: not server["error"]),
            ("redis_latency_seconds", "The time of a PING.", lambda server: seconds(server["latency_ms"])),
            ("redis_used_memory_bytes", "Memory of Redis.", lambda server: server["used_memory"]),
            ("redis_maxmemory_bytes", "Its limit; 0: none.", lambda server: server["maxmemory"]),
        ):
            yield gauge(name, text, ["server"], [([server["address"]], value(server)) for server in servers])

    def _database(self):
        database = self.found["database"]
        yield gauge("database_up", "Whether the database answers.", [], [([], not database["error"])])
        yield gauge("database_latency_seconds", "The time of SELECT 1.", [], [([], seconds(database["latency_ms"]))])
        yield gauge("messages", "Messages that were stored within a time, up to %d." % report.MOST_COUNTED, ["within"], [
            (["1m"], database["last_minute"]), (["1h"], database["last_hour"])])

    def _processes(self):
        processes = self.found["processes"]
        # Two containers may have the same host name and pid, and a sample must not be there twice.
        names = ["kind", "host", "process", "version"]
        each = [([process["kind"], process["host"], process["name"], process["version"]], process) for process in processes]
        yield gauge("process_uptime_seconds", "Of each interface server and worker that is alive.", names, [
            (labels, process["uptime"]) for labels, process in each])
        yield gauge("sockets", "Open sockets of an interface server.", names, [(labels, process.get("sockets")) for labels, process in each])
        yield gauge("handling_seconds", "How long a worker has been handling its message; 0: none.", names, [
            (labels, process["handling_for"] or 0) for labels, process in each if "handling_for" in process])
        received = sorted({channel for process in processes for channel in process.get("channels", ())})
        yield gauge("workers", "Workers that receive from a channel.", ["channel"], [
            ([channel], len([process for process in processes if channel in process.get("channels", ())])) for channel in received])

    def _channels(self):
        for name, text, key in (
            ("queue_entries", "Entries that wait.", "depth"), ("queue_capacity_entries", "Entries that may wait.", "capacity"),
            ("queue_oldest_seconds", "How long the oldest entry has waited; not for durable channels.", "age"),
            ("in_flight_entries", "Entries that workers have taken and not settled.", "in_flight"),
            ("dead_letters", "Entries that failed too often.", "dead_letters"),
        ):
            yield gauge(name, text, ["channel"], [([channel["name"]], channel[key]) for channel in self.found["channels"]])

    def _counters(self):
        for name, number in sorted(self.found["counters"].items()):
            short = name[:-len("_count")] if name.endswith("_count") else name
            family = CounterMetricFamily(PREFIX + "layer_" + short, "The layer's statistic %s." % name)
            family.add_metric([], number)
            yield family


def gauge(name, text, labels, samples):
    """``samples``: ``[(values of the labels, number)]``; None is left out."""
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for values, number in samples:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def seconds(milliseconds):
    return None if milliseconds is None else milliseconds / 1000.0


urlpatterns = [url(r"^\Z", metrics, name="metrics")]
