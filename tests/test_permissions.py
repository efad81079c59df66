from __future__ import unicode_literals


def nobody_may(identity, namespace, name, action):
    return False


def readers_only(identity, namespace, name, action):
    return action == "read"
