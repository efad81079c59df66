"""
A proxy between the browsers and the interface server, whose connections a test can cut.

It identifies users by their User-Agent, so that one can lose the connection
while the others stay connected.
"""
import re
import select
import socket
import threading

HEAD = 65536


class Proxy:
    def __init__(self, to_port):
        self.to_port = to_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.refused = set()
        self.frozen = set()
        self.deaf = set()
        self.lines = []  # (name, two sockets)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, name):
        """Close the connections of ``name``, and refuse new ones until `restore`."""
        self.refused.add(name)
        self.drop(name)

    def drop(self, name):
        """Close the connections of ``name``; new ones are accepted."""
        for owner, pair in list(self.lines):
            if owner == name:
                _shut(*pair)

    def freeze(self, name):
        """Forward nothing on the open connections of ``name``, without closing them, as if the network had failed."""
        self.frozen.update(id(pair) for owner, pair in self.lines if owner == name)

    def deafen(self, name):
        """As `freeze`, but only for what the server sends; what ``name`` sends is forwarded."""
        self.deaf.update(id(pair) for owner, pair in self.lines if owner == name)

    def restore(self, name):
        self.refused.discard(name)

    def close(self):
        self.listener.close()
        for _, pair in self.lines:
            _shut(*pair)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            head = b""
            while b"\r\n\r\n" not in head and len(head) < HEAD:
                received = client.recv(HEAD)
                if not received:
                    return
                head += received
            found = re.search(rb"User-Agent: .*\bperson/(\w+)", head)
            name = found.group(1).decode() if found else ""
            if name in self.refused:
                return
            server = socket.create_connection(("127.0.0.1", self.to_port))
            pair = (client, server)
            self.lines.append((name, pair))
            server.sendall(head)
            self._carry(pair)
        except OSError:
            pass
        finally:
            client.close()

    def _carry(self, pair):
        client, server = pair
        other = {client: server, server: client}
        try:
            while True:
                for ready in select.select(pair, [], [])[0]:
                    received = ready.recv(HEAD)
                    if not received:
                        return
                    if id(pair) in self.frozen or (ready is server and id(pair) in self.deaf):
                        continue
                    other[ready].sendall(received)
        except (OSError, ValueError):
            pass
        finally:
            _shut(*pair)


def _shut(*ends):
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()
