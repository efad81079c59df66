"""
``live`` and ``ready`` for a load balancer or a process manager, to include:
``url(r"^health/", include("chartroom.pages.health"))``.

Both read no session and tell strangers no more than the names of what fails.
"""
from __future__ import unicode_literals

import logging

from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.conf.urls import url
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.utils import Error as DatabaseError
from django.http import JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

REDIS_WITHIN = 1  # second for each server


@require_safe
@transaction.non_atomic_requests
def live(request):
    """200: this process answers."""
    return answer([])


@require_safe
@transaction.non_atomic_requests
def ready(request):
    """200 if the database and each Redis server answer, otherwise 503."""
    failing = []
    if not database_answers():
        failing.append("database")
    if not redis_answers():
        failing.append("redis")
    return answer(failing)


def answer(failing):
    response = JsonResponse({"ok": not failing, "failing": failing}, status=503 if failing else 200)
    response["Cache-Control"] = "no-store"
    return response


def database_answers():
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        logger.error("Not ready: the database does not answer: %s", error)
        return False
    return True


def redis_answers():
    """Only for the layers of chartroom.transport; any other has no server that could be asked."""
    layer = getattr(channel_layers[DEFAULT_CHANNEL_LAYER], "channel_layer", None)
    status = getattr(layer, "status", None)
    failures = status.failures(REDIS_WITHIN) if status else []
    if failures:
        logger.error("Not ready: Redis does not answer within %d s: %s", REDIS_WITHIN, ", ".join(failures))
    return not failures


urlpatterns = [
    url(r"^live\Z", live, name="health-live"),
    url(r"^ready\Z", ready, name="health-ready"),
]
