"""Free ports on loopback, for servers that run next to others."""
from __future__ import unicode_literals

import socket

held = []  # sockets that are bound to the ports in use


def free_port():
    """
    Return a port that no other process is assigned while this process lives, because a socket of
    this process stays bound to it. On Linux, a server can still listen on it with SO_REUSEADDR,
    which servers set.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind(("127.0.0.1", 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.append(holder)
    return holder.getsockname()[1]
