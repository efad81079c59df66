"""The response is 503, with a time to retry, if the database is unavailable, and 500 for other exceptions."""
from __future__ import unicode_literals

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError


@pytest.fixture
def answer_to(client, lobby, monkeypatch):
    """Return a function that requests a page whose view raises the error."""
    def get(error, address="/chat/lobby/"):
        def fail(*args, **kwargs):
            raise error
        monkeypatch.setattr("chartroom.people.permissions.check_enter", fail)
        # Otherwise Django's test client raises the exception.
        monkeypatch.setattr(client, "store_exc_info", lambda **kwargs: None)
        return client.get(address)
    return get


@pytest.mark.parametrize("error", [
    OperationalError("database or disk is full"), OperationalError("database is locked"), InterfaceError("connection already closed"),
])
@pytest.mark.parametrize("address", ["/chat/lobby/", "/chat/lobby/messages/"])
def test_database_errors(answer_to, error, address):
    response = answer_to(error, address)
    assert response.status_code == 503 and response["Retry-After"] == "5"


@pytest.mark.parametrize("error", [ZeroDivisionError(), ProgrammingError("no such table")])
def test_other_exceptions(answer_to, error):
    assert answer_to(error).status_code == 500
