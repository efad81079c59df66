"""Ports on loopback, for servers that are started beside others."""
from __future__ import unicode_literals

import socket

held = []  # sockets, of ports that were given out


def free_port():
    """
    A port that nobody else is given while this process lives: it stays bound here. Whoever says
    SO_REUSEADDR, as every server does, can listen on it all the same, on Linux.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind(("127.0.0.1", 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.append(holder)
    return holder.getsockname()[1]
