"""TLS to Redis for Twisted, with the same options as `chartroom.transport.connections.Tls`."""
from __future__ import unicode_literals

import io
import re

from twisted.internet.endpoints import wrapClientTLS

from chartroom.transport.interface import conf

try:
    import service_identity  # Without it, Twisted would not check the name in the certificate.
    from twisted.internet import ssl
except ImportError:
    ssl = service_identity = None

CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def endpoint(plain, host, options):
    """Wraps the endpoint ``plain``; ``options`` are the arguments of a redis-py connection."""
    own = None
    if options.get("ssl_certfile"):
        own = ssl.PrivateCertificate.loadPEM(
            _read(options["ssl_certfile"]) + b"\n" + _read(options.get("ssl_keyfile") or options["ssl_certfile"]))
    if options.get("ssl_cert_reqs") == "none":
        return wrapClientTLS(own.options() if own else ssl.CertificateOptions(), plain)
    return wrapClientTLS(ssl.optionsForClientTLS("%s" % host, _trusted(options.get("ssl_ca_certs")), own), plain)


def check_installed():
    """Raises `conf.CannotServe` if Twisted can't use TLS."""
    if ssl is None:
        raise conf.CannotServe(
            "rundaphne needs pyOpenSSL and service_identity for TLS to Redis (rediss://): install both, or use a tunnel on "
            "this machine.")


def _trusted(path):
    """The root certificates in a file, or those of the operating system."""
    if not path:
        return ssl.platformTrust()
    return ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(found) for found in CERTIFICATE.findall(_read(path))])


def _read(path):
    with io.open(path, "rb") as file:
        return file.read()
