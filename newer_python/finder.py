"""Mends modules when they have been imported: a finder in front of all others, which lets them find."""
from __future__ import unicode_literals

import sys


class Finder(object):
    """A finder of ``sys.meta_path`` (PEP 451). ``mends``: a list of `newer_python.mends.Mend`."""

    def __init__(self, mends):
        self.by_module = {}
        for mend in mends:
            self.by_module.setdefault(mend.module, []).append(mend)

    def find_spec(self, name, path=None, target=None):
        mends = self.by_module.get(name)
        if mends is None:
            return None
        # Up to 3.11 there may be finders of the old kind, which Python asks when these have nothing.
        others = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        for finder in others:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return mended_after_import(spec, mends)
        return None


def mended_after_import(spec, mends):
    run = spec.loader.exec_module

    def exec_module(module):
        run(module)
        for mend in mends:
            mend.function(module)
    spec.loader.exec_module = exec_module
    return spec


def install(mends):
    """At once where a module was imported before; a second time, or with no mends, does nothing."""
    if not mends or any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    for mend in mends:
        if mend.module in sys.modules:
            mend.function(sys.modules[mend.module])
    sys.meta_path.insert(0, Finder([mend for mend in mends if mend.module not in sys.modules]))
