# coding: utf-8
"""Each published vulnerability: with its patch in this process, and without it in another process."""
from __future__ import unicode_literals

import logging
import os
import subprocess
import sys
import textwrap
import time

import pytest

import security_backports
from security_backports.patches import PATCHES, escaped
from tests.integration.stack import ROOT

CSRF = "csrftoken=" + "a" * 64


def multipart(*parts):
    """Return the body of ``(headers, content)`` pairs, and its content type."""
    body = b"".join(
        b"--x\r\n" + headers.encode("latin-1") + b"\r\n\r\n" + content + b"\r\n" for headers, content in parts) + b"--x--\r\n"
    return body, "multipart/form-data; boundary=x"


ENDLESS = multipart((
    'Content-Disposition: form-data; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64', b"AAA"))


def run(program, within):
    """Return ``(exit status, output)``; the status is None if the program was killed after ``within`` seconds."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=ROOT, DJANGO_SETTINGS_MODULE="tests.settings"))
    deadline = time.time() + within
    while process.poll() is None and time.time() < deadline:
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        process.communicate()
        return None, ""
    return process.returncode, process.communicate()[0].decode("utf-8")


PARSE = """
    import newer_python
    %s
    import django
    django.setup()
    from django.test import RequestFactory
    body, kind = %r
    try:
        RequestFactory().post("/", body, content_type=kind).POST
        print("parsed")
    except Exception as error:
        print(type(error).__name__)
"""


class TestIncompletePart:

    @pytest.mark.parametrize("address", ["/chat/lobby/", "/nothing/there/", "/admin/login/", "/hooks/x/"])
    def test_is_refused_at_every_url(self, db, client, address):
        body, kind = ENDLESS
        client.cookies.load(CSRF)
        client.raise_request_exception = False
        started = time.time()
        status = client.post(address, body, content_type=kind).status_code
        assert status in (400, 403, 404, 413, 415) and time.time() - started < 5

    def test_parsing_ends_only_with_the_patch(self):
        status, output = run(PARSE % ("import security_backports", ENDLESS), within=30)
        assert status == 0 and "MultiPartParserError" in output
        status, output = run(PARSE % ("", ENDLESS), within=6)
        assert status is None

    @pytest.mark.parametrize("content", [b"", b"AAAA", b"AAAA\r\nBBBB", b"AA AA", b"QUFB" * 30000, b"AA=="])
    def test_a_complete_one_is_parsed(self, rf, content):
        body, kind = multipart((
            'Content-Disposition: form-data; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64', content))
        request = rf.post("/", body, content_type=kind)
        assert not request.POST and set(request.FILES) <= {"f"}

    @pytest.mark.parametrize("content", [b"A", b"AA", b"AAA", b"AAAA A", b"    A"])
    def test_an_incomplete_one_is_an_error(self, rf, content):
        from django.http.multipartparser import MultiPartParserError
        body, kind = multipart((
            'Content-Disposition: form-data; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64', content))
        with pytest.raises(MultiPartParserError):
            rf.post("/", body, content_type=kind).POST


def test_a_content_type_that_is_not_ascii_is_an_error_of_the_request(rf):
    from django.core.handlers.wsgi import WSGIRequest
    from django.http.multipartparser import MultiPartParserError
    environ = rf.post("/", b"x", content_type="multipart/form-data; boundary=b").environ
    # As a WSGI server passes it: bytes on Python 2.7, and Latin-1 on 3.
    environ[str("CONTENT_TYPE")] = b"multipart/form-data; bounda\xff\xfery=b" if str is bytes else "multipart/form-data; bounda\xff\xfery=b"
    with pytest.raises(MultiPartParserError):
        WSGIRequest(environ).POST


class TestManyParts:

    FILE = 'Content-Disposition: form-data; name="f%d"; filename="a"'
    FIELD = 'Content-Disposition: form-data; name="f%d"'

    @pytest.mark.parametrize("part, most", [(FILE, 100), (FIELD, 1000)])
    def test_are_bounded(self, rf, part, most):
        from django.core.exceptions import SuspiciousOperation
        body, kind = multipart(*[(part % number, b"") for number in range(most)])
        rf.post("/", body, content_type=kind).POST
        body, kind = multipart(*[(part % number, b"") for number in range(most + 1)])
        with pytest.raises(SuspiciousOperation):
            rf.post("/", body, content_type=kind).POST

    def test_are_refused_at_once(self, rf):
        from django.core.exceptions import SuspiciousOperation
        body, kind = multipart(*[(self.FILE % number, b"") for number in range(40000)])
        started = time.time()
        with pytest.raises(SuspiciousOperation):
            rf.post("/", body, content_type=kind).POST
        assert time.time() - started < 2

    def test_the_limit_is_a_setting(self, rf, settings):
        settings.DATA_UPLOAD_MAX_NUMBER_FILES = None
        body, kind = multipart(*[(self.FILE % number, b"x") for number in range(200)])
        assert len(rf.post("/", body, content_type=kind).FILES) == 200


class TestLogLine:

    @pytest.mark.parametrize("address", ["/x%0aERROR forged", "/x%0d%0aERROR", "/x%1b[31m", "/x%c2%85y", "/x%e2%80%a8y"])
    def test_is_a_single_line(self, client, db, caplog, address):
        with caplog.at_level(logging.WARNING, logger="django.request"):
            logging.getLogger("django.request").addHandler(caplog.handler)
            try:
                client.get(address)
            finally:
                logging.getLogger("django.request").removeHandler(caplog.handler)
        lines = {record.getMessage() for record in caplog.records}
        assert lines and all(len(line.splitlines()) == 1 and "\x1b" not in line for line in lines)

    def test_has_the_escaped_characters(self):
        assert escaped("/a\nb\x1b聊天 é") == "/a\\nb\\x1b聊天 é"


def test_each_patch_has_its_test():
    assert [patch.cve for patch in PATCHES] == ["CVE-2022-23833", "CVE-2023-24580", "no CVE", "CVE-2025-48432"]


def test_it_is_applied_once():
    before = len(logging.getLogger("django.request").filters)
    security_backports.apply()
    assert len(logging.getLogger("django.request").filters) == before


def test_the_command_lists_them():
    status, output = run("import newer_python, runpy; runpy.run_module('security_backports', run_name='__main__')", within=30)
    assert status == 0 and all(patch.cve in output for patch in PATCHES) and "patched" in output
