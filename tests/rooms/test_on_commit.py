from __future__ import unicode_literals

import pytest
from django.db import IntegrityError, connection, transaction

from chartroom.models import Room
from chartroom.rooms.on_commit import on_commit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def called():
    return []


class Stop(Exception):
    """Rolls back a block of a test."""


def failing(function):
    """Call the function in a block that is rolled back."""
    with pytest.raises(Stop):
        with transaction.atomic():
            function()
            raise Stop()


def test_without_a_transaction_it_is_called_at_once(called):
    on_commit(lambda: called.append(1))
    assert called == [1]


def test_in_a_transaction_it_waits_for_the_commit(called):
    with transaction.atomic():
        on_commit(lambda: called.append(1))
        with transaction.atomic():
            on_commit(lambda: called.append(2))
        assert called == []
    assert called == [1, 2]


def test_each_is_called_once(called):
    for number in range(2):
        with transaction.atomic():
            on_commit(lambda: called.append(number))
    assert called == [0, 1]


def test_a_rollback_discards_it(called):
    failing(lambda: on_commit(lambda: called.append(1)))
    with transaction.atomic():
        pass
    assert called == []


def test_rolling_back_a_savepoint_discards_only_its_own(called):
    with transaction.atomic():
        on_commit(lambda: called.append("before"))
        failing(lambda: on_commit(lambda: called.append("within")))
        on_commit(lambda: called.append("after"))
    assert called == ["before", "after"]


def test_rolling_back_a_savepoint_discards_those_of_inner_savepoints(called):
    def outer():
        with transaction.atomic():
            on_commit(lambda: called.append("inner"))
    with transaction.atomic():
        failing(outer)
    assert called == []


def test_rolling_back_a_block_without_a_savepoint_discards_all(called):
    with pytest.raises(Stop):
        with transaction.atomic():
            with transaction.atomic(savepoint=False):
                on_commit(lambda: called.append(1))
                raise Stop()
    assert called == []


def test_a_commit_that_the_database_refuses_discards_it(called):
    Room.objects.create(name="lobby")
    with pytest.raises(IntegrityError):
        with transaction.atomic():
            on_commit(lambda: called.append(1))
            Room.objects.create(name="lobby")
    with transaction.atomic():
        pass
    assert called == []


def test_it_sees_the_committed_rows_and_may_use_the_database(called):
    def look():
        called.append((connection.in_atomic_block, Room.objects.count()))
        with transaction.atomic():
            on_commit(lambda: called.append("its own"))
    with transaction.atomic():
        Room.objects.create(name="lobby")
        on_commit(look)
    assert called == [(False, 1), "its own"]
