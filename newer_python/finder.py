"""An import hook that patches modules when they are imported; other finders find them."""
from __future__ import unicode_literals

import sys


class Finder(object):
    """A finder for ``sys.meta_path`` (PEP 451). ``patches``: a list of `newer_python.patches.Patch`."""

    def __init__(self, patches):
        self.by_module = {}
        for patch in patches:
            self.by_module.setdefault(patch.module, []).append(patch)

    def find_spec(self, name, path=None, target=None):
        patches = self.by_module.get(name)
        if patches is None:
            return None
        # Up to 3.11 there may be old finders without find_spec; Python asks them if these find nothing.
        others = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        for finder in others:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return patched_after_import(spec, patches)
        return None


def patched_after_import(spec, patches):
    run = spec.loader.exec_module

    def exec_module(module):
        run(module)
        for patch in patches:
            patch.function(module)
    spec.loader.exec_module = exec_module
    return spec


def install(patches):
    """
    Patches imported modules at once, and others when they are imported. Does nothing a
    second time, or without patches.
    """
    if not patches or any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    for patch in patches:
        if patch.module in sys.modules:
            patch.function(sys.modules[patch.module])
    sys.meta_path.insert(0, Finder([patch for patch in patches if patch.module not in sys.modules]))
