"""The example project's settings. With ``LIMITS=0`` also without the rate limit of a webhook, which no variable switches off."""
from __future__ import unicode_literals

from project.environment import flag
from project.settings import *  # noqa: F401

if not flag("LIMITS", True):
    CHARTROOM_HOOK_RATE_LIMIT = "0"
