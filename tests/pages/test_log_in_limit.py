"""Attempts to log in are limited per address and per name, on each page with a log-in form."""
from __future__ import unicode_literals

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture(autouse=True)
def limits(settings):
    names = "MIDDLEWARE_CLASSES" if hasattr(settings, "MIDDLEWARE_CLASSES") and not settings.MIDDLEWARE else "MIDDLEWARE"
    if "chartroom.pages.log_in_limit.LimitLogIns" not in getattr(settings, names):
        setattr(settings, names, list(getattr(settings, names)) + ["chartroom.pages.log_in_limit.LimitLogIns"])
    settings.CHARTROOM_LOGINS_PER_ADDRESS = "3/h"
    settings.CHARTROOM_LOGINS_PER_NAME = "5/h"


@pytest.fixture
def ann(db):
    return get_user_model().objects.create_superuser("ann", "ann@example.org", "right")


def attempt(client, password, page="/accounts/login/", username="ann", address="192.0.2.1"):
    return client.post(page, {"username": username, "password": password}, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_wrong_passwords_of_one_address_are_refused_after_a_few(client, ann, page):
    assert [attempt(client, "wrong", page) for _ in range(4)] == [200, 200, 200, 429]
    assert attempt(client, "right", page) == 429
    assert attempt(client, "right", page, address="192.0.2.2") == 302


def test_the_pages_share_one_count(client, ann):
    for page in ("/accounts/login/", "/admin/login/") * 2:
        status = attempt(client, "wrong", page)
    assert status == 429


def test_of_one_name_from_many_addresses(client, ann):
    statuses = [attempt(client, "wrong", address="192.0.2.%d" % number) for number in range(6)]
    assert statuses == [200] * 5 + [429]
    assert attempt(client, "wrong", username="ANN ", address="192.0.2.9") == 429
    assert attempt(client, "wrong", username="bob", address="192.0.2.9") == 200


def test_successful_attempts_do_not_count(client, ann):
    assert [attempt(client, "right") for _ in range(8)] == [302] * 8


def test_a_refusal_has_a_time_to_retry(client, ann):
    for _ in range(3):
        attempt(client, "wrong")
    response = client.post("/accounts/login/", {"username": "ann", "password": "x"}, REMOTE_ADDR="192.0.2.1")
    assert 0 < int(response["Retry-After"]) <= 3601 and "seconds" in response.content.decode("utf-8")


def test_opening_the_page_does_not_count(client, ann):
    assert {client.get("/accounts/login/", REMOTE_ADDR="192.0.2.1").status_code for _ in range(8)} == {200}


def test_an_ipv6_client_is_limited_by_its_network(client, ann):
    statuses = [attempt(client, "wrong", username="u%d" % number, address="2001:db8::%d" % number) for number in range(1, 5)]
    assert statuses == [200] * 3 + [429]


def test_without_a_limit_nothing_is_refused(client, ann, settings):
    settings.CHARTROOM_LOGINS_PER_ADDRESS = settings.CHARTROOM_LOGINS_PER_NAME = "0"
    assert {attempt(client, "wrong") for _ in range(10)} == {200}
