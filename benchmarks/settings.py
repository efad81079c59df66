"""For the process that measures: the example project's settings, and beside its layer the stock one, as "stock"."""
from __future__ import unicode_literals

import copy

from project import settings as project
from project.settings import *  # noqa: F401, F403

INSTALLED_APPS = project.INSTALLED_APPS + ["benchmarks.naive"]

CHANNEL_LAYERS = copy.deepcopy(project.CHANNEL_LAYERS)

from benchmarks.naive.settings import CHANNEL_LAYERS as NAIVE_LAYERS  # noqa: E402, changes the project's own

CHANNEL_LAYERS["stock"] = NAIVE_LAYERS["default"]
