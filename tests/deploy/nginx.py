"""The nginx of Debian with the files of ``deploy/nginx/``."""
from __future__ import unicode_literals

import os
import ssl
import subprocess

from six.moves import http_client

from tests.deploy.files import HOST, program
from tests.integration.stack import answers, wait_until
from tests.transport.tls import make_certificate

MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log info;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    access_log {folder}/nginx-access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/http.conf;
    {site}
}}
"""
# Another site, below which chartroom is.
OTHER_SITE = """
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name other.example.org;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location / {{ return 200 "another site"; }}
        include {folder}/subpath.conf;
    }}
"""


class Nginx(object):
    """Checks the configuration and starts; ``copies``: `Copies`."""

    def __init__(self, copies, is_below=False):
        self.copies = copies
        self.program = program("nginx")
        os.rename(make_certificate(copies.folder, HOST), copies.path("certificate.pem"))
        copies.copy("http.conf", "nginx", "http.conf")
        copies.copy("chartroom-proxy.conf", "nginx", "proxy.conf")
        copies.copy("site.conf", "nginx", "site.conf")
        copies.copy("subpath.conf", "nginx", "subpath.conf")
        site = "include %s;" % copies.path("site.conf")
        if is_below:
            site = OTHER_SITE.format(port=copies.port("43"), certificate=copies.path("certificate.pem"), folder=copies.folder)
        # Debian's own user can't read the folders of a test.
        user = "user root;" if os.getuid() == 0 else ""
        self.config = copies.write("nginx.conf", MAIN.format(user=user, folder=copies.folder, site=site))
        self.port = copies.port("43")
        checked = subprocess.Popen(
            [self.program, "-t", "-c", self.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.check = checked.communicate()[0].decode("utf-8")
        assert checked.returncode == 0, self.check
        self.process = subprocess.Popen([self.program, "-c", self.config], close_fds=True)
        wait_until(lambda: answers(self.port), what="nginx")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def context(self):
        context = ssl.create_default_context(cafile=self.copies.path("certificate.pem"))
        # Python 3.13 requires extensions that the certificate lacks.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        return context

    def connection(self, source="127.0.0.1"):
        return Verified("127.0.0.1", self.port, context=self.context(), timeout=10, source_address=(source, 0))

    def ask(self, path, method="GET", headers=(), body=None, source="127.0.0.1", host=HOST):
        """The response, with its body as ``text``."""
        connection = self.connection(source)
        connection.request(method, path, body, dict({"Host": host}, **dict(headers)))
        response = connection.getresponse()
        response.text = response.read().decode("utf-8")
        connection.close()
        return response


class Verified(http_client.HTTPSConnection):
    """Connects to an address, and verifies the certificate for `HOST`."""

    def connect(self):
        http_client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=HOST)
