"""The example project's, with a short heartbeat, and a permission for the first file alone."""
from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403

CHARTROOM_HEARTBEAT = 1
CHARTROOM_TAIL_PERMISSION = "tests.integration.tail_settings.may"


def may(user, number):
    return number == 1
