"""Each patch is needed, and is enough."""
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
from newer_python.patches import PATCHES, refuse_an_unknown_django
from tests.newer_python.programs import PROGRAMS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(newer_python.__file__)))
NEEDED = sorted({patch.function.__name__ for patch in PATCHES if sys.version_info >= patch.since})

ALL = "import newer_python\n"
# The package without its __init__, and all patches but one.
ALL_BUT_ONE = """
import sys, types
package = sys.modules["newer_python"] = types.ModuleType("newer_python")
package.__path__ = ["newer_python"]
from newer_python import finder, patches
finder.install([p for p in patches.PATCHES if sys.version_info >= p.since and p.function.__name__ != "{}"])
"""


def run(program, **env):
    """Runs a program in a process of its own, in the checkout; returns its exit status and its output."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ, PYTHONWARNINGS="", **env),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8")
    return process.returncode, output


def urlsplit_rejects():
    """Whether this Python has the change, which came with a bugfix release of each version."""
    try:
        urlsplit("http://[1:2]/")
    except ValueError:
        return True
    return False


def test_each_has_a_program():
    names = {patch.function.__name__ for patch in PATCHES} - {refuse_an_unknown_django.__name__}
    assert names == set(PROGRAMS)


@pytest.mark.parametrize("name", [name for name in NEEDED if name in PROGRAMS])
def test_each_is_enough(name):
    assert run(ALL + PROGRAMS[name]) == (0, "")


# Patches that not every release of these Pythons or Djangos needs.
SOMETIMES = {
    "reject_urls_that_urlsplit_rejects": urlsplit_rejects(),
    "keep_foreign_keys_when_sqlite_renames": django.VERSION >= (1, 9),
}


@pytest.mark.parametrize("name", [name for name in NEEDED if name in PROGRAMS and SOMETIMES.get(name, True)])
def test_each_is_needed(name):
    status, output = run(ALL_BUT_ONE.format(name) + PROGRAMS[name])
    assert status != 0, output


def test_a_python_that_needs_no_patches_is_not_changed():
    status, output = run("""
import collections, gettext, importlib, re, smtplib, sys, warnings
def state():
    return [sys.meta_path[:], warnings.filters[:], vars(gettext).copy(), vars(smtplib).copy(), dir(collections)]
before = state()
import newer_python
assert (state() == before) == (sys.version_info < (3, 8))
""")
    assert status == 0, output


def test_no_python_before_3_8_needs_a_patch():
    assert min(patch.since for patch in PATCHES) == (3, 8)


@pytest.mark.skipif("refuse_an_unknown_django" not in NEEDED, reason="from Python 3.8 on")
@pytest.mark.parametrize("version", ["(1, 7, 11)", "(1, 11, 29)", "(2, 2, 28)", "(4, 2)"])
def test_an_unknown_django_is_refused(version, tmpdir):
    tmpdir.mkdir("django").join("__init__.py").write("VERSION = %s\n" % version)
    status, output = run(ALL + "import sys; sys.path.insert(0, %r); import django" % str(tmpdir))
    assert status == 1
    assert output.splitlines()[-1].startswith(
        "newer_python.patches.UnknownDjango: newer_python supports Django 1.8, 1.9 and 1.10, but this is")
    assert "remove newer_python" in output


# The client certificate that a mail server gets, on each Python.

class MailServer(object):
    """Accepts one TLS connection from a client with the certificate of the file."""

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
        self.certificate = None
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        plain, _ = self.listening.accept()
        with_tls = self.context.wrap_socket(plain, server_side=True)
        self.certificate = with_tls.getpeercert()
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


def test_a_mail_server_gets_the_certificate_of_the_settings(certificate):
    server = MailServer(certificate)
    connection = smtplib.SMTP_SSL("127.0.0.1", server.port, keyfile=certificate, certfile=certificate)
    connection.quit()
    server.thread.join()
    assert server.certificate["subject"] == ((("commonName", "chartroom"),),)
