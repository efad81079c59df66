"""Fixtures that every test may use; `tests.sockets` has the socket that they drive."""
from __future__ import unicode_literals

import pytest
from asgiref.inmemory import ChannelLayer
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from channels.asgi import ChannelLayerWrapper
from django.core.cache import cache
from django.db.models.signals import post_migrate

from chartroom.models import Room


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
    """Nobody here asks for a permission's row, and each test that commits would have all of them made again."""
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def lobby(db):
    return Room.objects.create(namespace="chat", name="lobby")
