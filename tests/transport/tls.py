"""A private Redis behind TLS: a proxy, because not every redis-server is built with it."""
from __future__ import unicode_literals

import datetime
import io
import os
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def make_certificate(folder, host):
    """Writes a self-signed certificate for a host name, with its key; returns the path."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048, backend=default_backend())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256(), default_backend()))
    path = os.path.join(folder, host + ".pem")
    with io.open(path, "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    return path


class Proxy(object):
    """Accepts TLS on ``port`` and passes everything on to a port of this machine, until `stop`."""

    def __init__(self, to_port, certificate):
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate)
        self.to_port = to_port
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(20)
        self.port = self.listener.getsockname()[1]
        self._start(self._accept)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args)
        thread.daemon = True
        thread.start()

    def _accept(self):
        while True:
            try:
                plain = self.listener.accept()[0]
            except (EnvironmentError, socket.error):
                return
            self._start(self._serve, plain)

    def _serve(self, plain):
        try:
            client = self.context.wrap_socket(plain, server_side=True)
        except (EnvironmentError, socket.error, ssl.SSLError):
            plain.close()  # The client did not accept the certificate.
            return
        server = socket.create_connection(("127.0.0.1", self.to_port))
        self._start(self._pass_on, server, client)
        self._pass_on(client, server)

    def _pass_on(self, source, target):
        try:
            data = source.recv(65536)
            while data:
                target.sendall(data)
                data = source.recv(65536)
        except (EnvironmentError, socket.error):
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except (EnvironmentError, socket.error):
                pass
