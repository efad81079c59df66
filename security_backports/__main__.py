"""``python -m security_backports``: the fixes, and whether this installation has them."""
from __future__ import print_function, unicode_literals

import django

from security_backports.patches import AFFECTED, PATCHES


def main():
    print("Django %s" % django.get_version())
    needs_them = django.VERSION[:2] in AFFECTED
    for patch in PATCHES:
        print("%-16s %-10s %s" % (patch.cve, "patched" if needs_them else "not needed", patch.title))


if __name__ == "__main__":
    main()
