"""
``python -m newer_python install``: every start of this Python then imports newer_python, for programs
that import no file of the project first (django-admin, gunicorn, Celery). Meant for a project's virtual
environment. ``uninstall`` reverts it.
"""
from __future__ import print_function, unicode_literals

import io
import os
import sys
import sysconfig

FILE = "newer_python.pth"  # read by Python's module `site` at each start
PARENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main(arguments):
    packages = sysconfig.get_path("purelib")
    path = os.path.join(packages, FILE)
    if arguments == ["install"]:
        # From a checkout, the file also adds the checkout to sys.path.
        lines = ["import newer_python"] if PARENT == packages else [PARENT, "import newer_python"]
        with io.open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        print("Every start of %s now imports newer_python (%s)." % (sys.executable, path))
    elif arguments == ["uninstall"]:
        if os.path.exists(path):
            os.remove(path)
        print("%s no longer imports newer_python at its start." % sys.executable)
    else:
        sys.exit("python -m newer_python install | uninstall")


if __name__ == "__main__":
    main(sys.argv[1:])
