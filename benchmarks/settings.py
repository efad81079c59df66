"""Settings of the measuring process: the example project's, with the stock layer as a second one, "stock"."""
from __future__ import unicode_literals

import copy

from project import settings as project
from project.settings import *  # noqa: F401, F403

INSTALLED_APPS = project.INSTALLED_APPS + ["benchmarks.naive"]

CHANNEL_LAYERS = copy.deepcopy(project.CHANNEL_LAYERS)

from benchmarks.naive.settings import CHANNEL_LAYERS as NAIVE_LAYERS  # noqa: E402 (it changes the project's own)

CHANNEL_LAYERS["stock"] = NAIVE_LAYERS["default"]
