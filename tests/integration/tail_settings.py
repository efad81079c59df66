"""The example project's settings, with short times and a permission by user name."""
from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403
from project.settings import INSTALLED_APPS

INSTALLED_APPS = INSTALLED_APPS + ["tests.integration.hurried.Hurried"]
CHARTROOM_HEARTBEAT = 2
CHARTROOM_TAIL_PERMISSION = "tests.integration.tail_settings.may"


def may(user, number):
    """Every user may watch all files, except that eve may not watch the first."""
    return user.username != "eve" or number != 1
