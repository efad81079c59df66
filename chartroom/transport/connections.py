"""
redis-py's connections, with what redis-py 2.10.6 does not have: the user names of Redis 6, TLS
that checks the server, also on Python 3.12 and later; and an error of its own for a wrong password.
"""
from __future__ import unicode_literals

import ssl

import redis
from redis.exceptions import AuthenticationError, ResponseError

# Redis older than 6 answers it to AUTH with a user name.
NO_USERS = "wrong number of arguments"


class AccessRefused(AuthenticationError):
    """Redis wants another user name or password. (For redis-py it is a connection error, so a later one is tried again.)"""


def auth(username, password):
    """The ``AUTH`` command, or None if there is nothing to log in with."""
    if username:
        return "AUTH", username, password or ""
    return ("AUTH", password) if password else None


class Introducing(object):
    """A mixin: the first commands of a connection."""

    def __init__(self, username=None, **options):
        super(Introducing, self).__init__(**options)
        self.username = username

    def on_connect(self):
        self._parser.on_connect(self)
        if auth(self.username, self.password):
            self._log_in()
        if self.db:
            self._ask("SELECT", self.db)

    def _log_in(self):
        try:
            try:
                self._ask(*auth(self.username, self.password))
            except ResponseError as error:
                if not self.username or NO_USERS not in str(error):
                    raise
                self._ask(*auth(None, self.password))
        except ResponseError as error:
            raise AccessRefused("%s" % error)

    def _ask(self, *words):
        self.send_command(*words)
        return self.read_response()

    def read_response(self):
        try:
            return super(Introducing, self).read_response()
        except ResponseError as error:
            if str(error).startswith("NOAUTH"):
                raise AccessRefused("%s" % error)
            raise


class Tcp(Introducing, redis.Connection):
    pass


class Unix(Introducing, redis.UnixDomainSocketConnection):
    pass


class Tls(Introducing, redis.SSLConnection):
    """Checks the server's certificate and its name, unless ``ssl_cert_reqs`` is ``none``; redis-py checks nothing by default."""

    def __init__(self, ssl_keyfile=None, ssl_certfile=None, ssl_cert_reqs=None, ssl_ca_certs=None, **options):
        super(Tls, self).__init__(**options)
        self._context = ssl.create_default_context(cafile=ssl_ca_certs)
        if ssl_cert_reqs == "none":
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE
        if ssl_certfile:
            self._context.load_cert_chain(ssl_certfile, ssl_keyfile)

    def _connect(self):
        connected = redis.Connection._connect(self)
        try:
            return self._context.wrap_socket(connected, server_hostname=self.host)
        except ssl.CertificateError as error:  # Not a socket's error before Python 3.7.
            connected.close()
            raise redis.ConnectionError("%s: %s" % (self.host, error))
