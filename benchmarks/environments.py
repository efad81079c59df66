"""The Pythons that are compared: environments of this checkout's tox, and those that are named."""
from __future__ import unicode_literals

import glob
import json
import os
import subprocess
from collections import namedtuple

from benchmarks.processes import ROOT

MADE_BY_TOX = os.path.join(ROOT, ".tox", "py*-django110", "bin", "python")

# Whatever of the stack may be missing is imported.
PROBE = """
import newer_python
import json, platform, sys
import autobahn, daphne, django, twisted
from chartroom.transport import layers
print(json.dumps({
    "version": platform.python_version(), "order": sys.version_info[:3], "twisted": twisted.__version__,
    "autobahn": autobahn.__version__}))
"""

BASELINE = [3, 6]
NEWER = [3, 11]

Environment = namedtuple("Environment", "python version order twisted autobahn")


def find(named):
    """
    ``([Environment], [what is missing, and what to do])``, the oldest first, one for
    each release such as 3.6; ``named``: paths, before those of tox.
    """
    found, notes = {}, []
    for path in list(named) + sorted(glob.glob(MADE_BY_TOX)):
        environment, why = _probe(os.path.abspath(path))
        if environment is None:
            notes.append("%s can't run the project, and was left out: %s" % (path, why))
        else:
            found.setdefault(tuple(environment.order[:2]), environment)

    environments = [found[release] for release in sorted(found)]
    for title, is_there in (
        ("2.7", (2, 7) in found), ("3.6, which the others are compared with", tuple(BASELINE) in found),
        ("3.11 or later", any(list(release) >= NEWER for release in found)),
    ):
        if not is_there:
            notes.append("There is no environment with Python %s: `make test` makes those whose Python it finds, "
                         "and --python PATH names another, with requirements-legacy.txt in it." % title)
    return environments, notes


def is_baseline(environment):
    return environment.order[:2] == BASELINE


def _probe(path):
    """``(Environment, None)``, or ``(None, why not)``."""
    try:
        process = subprocess.Popen([path, "-c", PROBE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        return None, "%s" % error
    said, complained = process.communicate()
    if process.returncode:
        return None, complained.decode("utf-8", "replace").strip().split("\n")[-1]
    told = json.loads(said.decode("utf-8"))
    return Environment(path, told["version"], told["order"], told["twisted"], told["autobahn"]), None
