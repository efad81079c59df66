from __future__ import unicode_literals

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chartroom.status import metrics, report
from tests.status.reports import good

TOKEN = "0123456789abcdef"


def samples(found):
    """``{(name, label, ...): number}``"""
    text = metrics.render(found).decode("utf-8")
    return {
        (sample.name,) + tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples}


def test_a_good_report():
    found = samples(good())
    assert found["chartroom_problems", "critical"] == found["chartroom_problems", "warning"] == 0
    assert found["chartroom_redis_up", "127.0.0.1:6379/0"] == found["chartroom_database_up",] == 1
    assert found["chartroom_redis_latency_seconds", "127.0.0.1:6379/0"] == 0.0001
    assert found["chartroom_messages", "1m"] == 4 and found["chartroom_messages", "1h"] == 90
    assert found["chartroom_sockets", "example", "interface", "daphne.response.run.x!", "0.1.0"] == 17
    assert found["chartroom_workers", "websocket.connect"] == 1
    assert found["chartroom_queue_entries", "chat-messages"] == 0
    assert found["chartroom_layer_refused_total",] == 2
    # Where there is no number, there is no sample.
    assert not [key for key in found if key[0] == "chartroom_queue_oldest_seconds"]


def test_a_report_with_problems():
    spoiled = good()
    spoiled["servers"][0] = dict.fromkeys(spoiled["servers"][0], None)
    spoiled["servers"][0].update(address="127.0.0.1:6379/0", error="ConnectionError: refused")
    spoiled["database"] = {"error": "OperationalError", "latency_ms": None, "last_minute": None, "last_hour": None}
    spoiled["channels"][1].update(depth=5, age=3.5, dead_letters=2)
    spoiled["processes"][1].update(handling="chat-messages", handling_for=12.5)
    found = samples(spoiled)
    assert (found["chartroom_problems", "critical"], found["chartroom_problems", "warning"]) == (2, 1)
    assert found["chartroom_redis_up", "127.0.0.1:6379/0"] == found["chartroom_database_up",] == 0
    assert ("chartroom_messages", "1m") not in found
    assert found["chartroom_queue_oldest_seconds", "websocket.connect"] == 3.5
    assert found["chartroom_dead_letters", "websocket.connect"] == 2
    assert found["chartroom_handling_seconds", "example", "worker", "pipeline", "0.1.0"] == 12.5


@pytest.fixture
def ask(rf, settings, monkeypatch):
    """``ask(header)``: the view's response with a good report."""
    settings.CHARTROOM_METRICS_TOKEN = TOKEN
    monkeypatch.setattr(report, "read", good)

    def get(header=None):
        return metrics.metrics(rf.get("/metrics/", **({} if header is None else {str("HTTP_AUTHORIZATION"): header})))
    return get


def test_the_view(ask):
    response = ask("Bearer " + TOKEN)
    assert response.status_code == 200 and b"chartroom_redis_up" in response.content
    assert response["Content-Type"].startswith("text/plain") and response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", [None, "", TOKEN, "Bearer", "Bearer ", "Bearer " + TOKEN[:-1], "bearer " + TOKEN, "Basic " + TOKEN, "Bearer \xe9"])
def test_without_the_token(ask, header):
    response = ask(header)
    assert response.status_code == 401 and response["WWW-Authenticate"] == "Bearer" and b"chartroom_" not in response.content


@pytest.mark.parametrize("header", [None, "Bearer "])
def test_without_a_token_in_the_settings_it_does_not_exist(ask, settings, header):
    settings.CHARTROOM_METRICS_TOKEN = ""
    with pytest.raises(metrics.Http404):
        ask(header)


def test_a_layer_without_a_status(ask, layer, monkeypatch):
    monkeypatch.undo()
    assert ask("Bearer " + TOKEN).status_code == 503
