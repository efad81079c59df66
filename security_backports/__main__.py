"""``python -m security_backports``: the published vulnerabilities, and what becomes of each in this installation."""
from __future__ import print_function, unicode_literals

import sys

from security_backports.holes import HOLES, installed, state_of, table


def main(arguments):
    if arguments == ["--table"]:
        print(table(HOLES), end="")
        return
    print("mended: by this package. closed: not reachable in chartroom, for the reason below it. left: see the reason.")
    for hole in HOLES:
        version = installed(hole.package)
        state = state_of(hole, version)
        for cve in hole.cves.split():
            print("%-20s %-24s %-13s %s" % (cve, " ".join([hole.package, version or ""]).strip(), state, hole.what))
            if hole.why and state == hole.state:
                print("%-59s %s" % ("", hole.why))


if __name__ == "__main__":
    main(sys.argv[1:])
