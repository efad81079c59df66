"""The pages of rooms that are only read: newest on top, each kind in a dress of its own."""
from __future__ import unicode_literals


def page(request, namespace, name):
    raise NotImplementedError
