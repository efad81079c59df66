"""Each mend: that it is needed, and that it is enough."""
from __future__ import unicode_literals

import datetime
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import threading

import django
import pytest
from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from six.moves.urllib.parse import urlsplit

import newer_python
from newer_python.mends import MENDS, refuse_an_unknown_django
from tests.newer_python.programs import PROGRAMS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(newer_python.__file__)))
NEEDED = sorted({mend.function.__name__ for mend in MENDS if sys.version_info >= mend.since})

ALL = "import newer_python\n"
# The package without what it does when it is imported.
ALL_BUT_ONE = """
import sys, types
package = sys.modules["newer_python"] = types.ModuleType("newer_python")
package.__path__ = ["newer_python"]
from newer_python import finder, mends
finder.install([m for m in mends.MENDS if sys.version_info >= m.since and m.function.__name__ != "{}"])
"""


def run(program, **env):
    """Its exit status and what it said, in a process of its own in the checkout."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ, PYTHONWARNINGS="", **env),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8")
    return process.returncode, output


def urlsplit_refuses():
    """It came with a bugfix release of each Python: this one may be older."""
    try:
        urlsplit("http://[1:2]/")
    except ValueError:
        return True
    return False


def test_each_has_a_program_that_needs_it():
    names = {mend.function.__name__ for mend in MENDS} - {refuse_an_unknown_django.__name__}
    assert names == set(PROGRAMS)


@pytest.mark.parametrize("name", [name for name in NEEDED if name in PROGRAMS])
def test_each_is_enough(name):
    assert run(ALL + PROGRAMS[name]) == (0, "")


# What not every release of these Pythons or Djangos needs.
SOMETIMES = {
    "refuse_addresses_that_urlsplit_refuses": urlsplit_refuses(),
    "keep_foreign_keys_when_sqlite_renames": django.VERSION >= (1, 9),
}


@pytest.mark.parametrize("name", [name for name in NEEDED if name in PROGRAMS and SOMETIMES.get(name, True)])
def test_each_is_needed(name):
    status, output = run(ALL_BUT_ONE.format(name) + PROGRAMS[name])
    assert status != 0, output


def test_a_python_that_needs_nothing_gets_nothing():
    status, output = run("""
import collections, gettext, importlib, re, smtplib, sys, warnings
def state():
    return [sys.meta_path[:], warnings.filters[:], vars(gettext).copy(), vars(smtplib).copy(), dir(collections)]
before = state()
import newer_python
assert (state() == before) == (sys.version_info < (3, 8))
""")
    assert status == 0, output


def test_no_python_before_3_8_needs_any():
    assert min(mend.since for mend in MENDS) == (3, 8)


@pytest.mark.skipif("refuse_an_unknown_django" not in NEEDED, reason="from Python 3.8 on")
@pytest.mark.parametrize("version", ["(1, 7, 11)", "(1, 11, 29)", "(2, 2, 28)", "(4, 2)"])
def test_a_django_that_it_does_not_know_is_refused(version, tmpdir):
    tmpdir.mkdir("django").join("__init__.py").write("VERSION = %s\n" % version)
    status, output = run(ALL + "import sys; sys.path.insert(0, %r); import django" % str(tmpdir))
    assert status == 1
    assert output.splitlines()[-1].startswith("newer_python.mends.UnknownDjango: newer_python mends Django 1.8, 1.9 and 1.10, and this is")
    assert "take newer_python out" in output


# What a mail server gets to see, on each Python.

class MailServer(object):
    """Takes one connection over TLS from whoever shows the certificate of the file."""

    def __init__(self, path):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS if hasattr(ssl, "PROTOCOL_TLS") else ssl.PROTOCOL_SSLv23)
        context.load_cert_chain(path)
        context.load_verify_locations(path)
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(1)
        self.port = self.listening.getsockname()[1]
        self.shown = None
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        plain, _ = self.listening.accept()
        with_tls = self.context.wrap_socket(plain, server_side=True)
        self.shown = with_tls.getpeercert()
        with_tls.sendall(b"220 mail\r\n")
        with_tls.recv(100)
        with_tls.sendall(b"221 bye\r\n")
        with_tls.close()


@pytest.fixture
def certificate(tmpdir):
    """The path of a file with a key and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048, backend=default_backend())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "chartroom")])
    now = datetime.datetime(2016, 1, 1)
    signed = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(
        1).not_valid_before(now).not_valid_after(now.replace(year=2049)).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256(), default_backend())
    path = tmpdir.join("mail.pem")
    path.write_binary(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM))
    return str(path)


def test_a_mail_server_is_shown_the_certificate_of_the_settings(certificate):
    server = MailServer(certificate)
    connection = smtplib.SMTP_SSL("127.0.0.1", server.port, keyfile=certificate, certfile=certificate)
    connection.quit()
    server.thread.join()
    assert server.shown["subject"] == ((("commonName", "chartroom"),),)
