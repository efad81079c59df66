"""The Lua scripts of ``lua/``, by their names."""
from __future__ import unicode_literals

import io
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lua")


def source(name):
    with io.open(os.path.join(FOLDER, name + ".lua"), encoding="utf-8") as file:
        return file.read()
