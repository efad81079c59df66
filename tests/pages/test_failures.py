"""A page that the database lets down is a 503, which a client may ask for again; anything else is a 500."""
from __future__ import unicode_literals

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError


@pytest.fixture
def answer_to(client, lobby, monkeypatch):
    """Gets a page whose view raises the error, as a browser sees it."""
    def get(error, address="/chat/lobby/"):
        def fail(*args, **kwargs):
            raise error
        monkeypatch.setattr("chartroom.people.permissions.check_enter", fail)
        # Django's client would raise it here.
        monkeypatch.setattr(client, "store_exc_info", lambda **kwargs: None)
        return client.get(address)
    return get


@pytest.mark.parametrize("error", [
    OperationalError("database or disk is full"), OperationalError("database is locked"), InterfaceError("connection already closed"),
])
@pytest.mark.parametrize("address", ["/chat/lobby/", "/chat/lobby/messages/"])
def test_of_the_database(answer_to, error, address):
    response = answer_to(error, address)
    assert response.status_code == 503 and response["Retry-After"] == "5"


@pytest.mark.parametrize("error", [ZeroDivisionError(), ProgrammingError("no such table")])
def test_of_our_own(answer_to, error):
    assert answer_to(error).status_code == 500
