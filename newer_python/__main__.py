"""
``python -m newer_python install``: from then on each start of this Python mends, for programs
that import no file of the project first (django-admin, gunicorn, Celery). Meant for a virtual
environment, which is the project's own. ``uninstall`` takes it back.
"""
from __future__ import print_function, unicode_literals

import io
import os
import sys
import sysconfig

FILE = "newer_python.pth"  # read by Python's own module site at each start
PARENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main(arguments):
    packages = sysconfig.get_path("purelib")
    path = os.path.join(packages, FILE)
    if arguments == ["install"]:
        # Where it is run from a checkout, each start has to know that too.
        lines = ["import newer_python"] if PARENT == packages else [PARENT, "import newer_python"]
        with io.open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        print("Each start of %s mends from now on, by %s." % (sys.executable, path))
    elif arguments == ["uninstall"]:
        if os.path.exists(path):
            os.remove(path)
        print("%s starts as it was." % sys.executable)
    else:
        sys.exit("python -m newer_python install | uninstall")


if __name__ == "__main__":
    main(sys.argv[1:])
