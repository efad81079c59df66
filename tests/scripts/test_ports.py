from __future__ import unicode_literals

import socket

import pytest

from scripts.ports import free_port


def test_a_port_is_assigned_once_and_can_be_listened_on():
    port = free_port()
    connecting = socket.socket()
    with pytest.raises(socket.error):  # bound, but not listening
        connecting.connect(("127.0.0.1", port))
    with pytest.raises(socket.error):  # without SO_REUSEADDR, it can not be bound
        socket.socket().bind(("127.0.0.1", port))
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(1)
    server.close()
