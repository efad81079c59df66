"""Fixtures for all tests; `tests.room_socket` has the socket."""
from __future__ import unicode_literals

import os

import pytest
from asgiref.inmemory import ChannelLayer
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from channels.asgi import ChannelLayerWrapper
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.utils import translation

from chartroom.models import Room
from chartroom.rooms import epochs


def pytest_collection_modifyitems(config, items):
    """
    In a run of all environments, only those that ``scripts/run-tests`` selects run the tests that start processes,
    and one of them runs those that do not depend on the Python. A run of a single environment has all tests.
    """
    for marker, variable in (("processes", "CHARTROOM_TEST_PROCESSES"), ("once", "CHARTROOM_TEST_ONCE")):
        rows = os.environ.get(variable)
        if rows is None or os.environ.get("TOX_ENV_NAME") in rows.split():
            continue
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(marker)])
        items[:] = [item for item in items if not item.get_closest_marker(marker)]


@pytest.fixture
def layer():
    """An empty in-memory channel layer with the project's routing."""
    fresh = ChannelLayerWrapper(
        ChannelLayer(capacity=1000), DEFAULT_CHANNEL_LAYER, "project.routing.channel_routing")
    old = channel_layers.set(DEFAULT_CHANNEL_LAYER, fresh)
    yield fresh
    channel_layers.set(DEFAULT_CHANNEL_LAYER, old)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """No test needs the rows of permissions, which would be created again after each test that commits."""
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    epochs.forget()


@pytest.fixture(autouse=True)
def own_language():
    """A request in Chinese leaves that language active in the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def lobby(db):
    return Room.objects.create(namespace="chat", name="lobby")
