"""
A line between the browsers and the interface server that a test can cut.

It tells people apart by their User-Agent, so that one loses the connection
while the others talk on.
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
        """Ends what ``name`` has, and lets no new line through until `restore`."""
        self.refused.add(name)
        self.drop(name)

    def drop(self, name):
        """Ends what ``name`` has; a new line is welcome."""
        for owner, pair in list(self.lines):
            if owner == name:
                _shut(*pair)

    def freeze(self, name):
        """Carries nothing more on the lines that ``name`` has, and closes nothing: a network that is gone."""
        self.frozen.update(id(pair) for owner, pair in self.lines if owner == name)

    def deafen(self, name):
        """As `freeze`, but only what the server sends; what ``name`` sends gets there."""
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
