"""The Python environments to compare: those of tox in this checkout, and those given on the command line."""
from __future__ import unicode_literals

import glob
import json
import os
import subprocess
from collections import namedtuple

from benchmarks.processes import ROOT

MADE_BY_TOX = os.path.join(ROOT, ".tox", "py*-django110", "bin", "python")

# Imports every part of the stack that an environment may lack.
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
    Returns ``([Environment], [note on what is missing])``, oldest first, one for each
    release such as 3.6. ``named``: paths, which take precedence over those of tox.
    """
    found, notes = {}, []
    for path in list(named) + sorted(glob.glob(MADE_BY_TOX)):
        environment, why = _probe(os.path.abspath(path))
        if environment is None:
            notes.append("%s can't run the project and was left out: %s" % (path, why))
        else:
            found.setdefault(tuple(environment.order[:2]), environment)

    environments = [found[release] for release in sorted(found)]
    for title, is_found in (
        ("2.7", (2, 7) in found), ("3.6, the baseline", tuple(BASELINE) in found),
        ("3.11 or later", any(list(release) >= NEWER for release in found)),
    ):
        if not is_found:
            notes.append("No environment with Python %s was found: `make test` creates those whose Python is installed, "
                         "and --python PATH adds another that has requirements-legacy.txt installed." % title)
    return environments, notes


def is_baseline(environment):
    return environment.order[:2] == BASELINE


def _probe(path):
    """Returns ``(Environment, None)``, or ``(None, reason)`` where it can't run the project."""
    try:
        process = subprocess.Popen([path, "-c", PROBE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        return None, "%s" % error
    output, errors = process.communicate()
    if process.returncode:
        return None, errors.decode("utf-8", "replace").strip().split("\n")[-1]
    found = json.loads(output.decode("utf-8"))
    return Environment(path, found["version"], found["order"], found["twisted"], found["autobahn"]), None
