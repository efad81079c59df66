# coding: utf-8
"""Each published vulnerability: with its patch in this process, and without it in another process."""
from __future__ import unicode_literals

import base64
import logging
import os
import resource
import signal
import subprocess
import sys
import textwrap

import django
import pytest
from django.contrib.auth import authenticate, hashers
from django.contrib.auth.models import User
from django.core import validators
from django.core.exceptions import ValidationError
from django.core.urlresolvers import Resolver404, resolve
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import trans_real

import security_backports
from security_backports.holes import HOLES, table
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
    """
    Return ``(exit status, output)``; the status is None if the program needed more than ``within`` seconds of CPU. Not
    of time, which on a busy machine is that of others too.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=ROOT, DJANGO_SETTINGS_MODULE="tests.settings"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (within, within + 1)))
    output = process.communicate()[0].decode("utf-8")
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return None, ""
    return process.returncode, output


def cpu_seconds():
    """Of this process."""
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


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
        started = cpu_seconds()
        status = client.post(address, body, content_type=kind).status_code
        assert status in (400, 403, 404, 413, 415) and cpu_seconds() - started < 5

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
        started = cpu_seconds()
        with pytest.raises(SuspiciousOperation):
            rf.post("/", body, content_type=kind).POST
        assert cpu_seconds() - started < 2

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


class TestRedirectToASlash:

    PROGRAM = """
        import newer_python
        %s
        import django
        django.setup()
        from django.conf.urls import url
        from django.http import HttpResponse
        from django.test import Client
        urlpatterns = [url(r"^[\\s\\S]+/$", lambda request: HttpResponse())]
        import sys
        from django.test.utils import override_settings
        with override_settings(ROOT_URLCONF=sys.modules[__name__], ALLOWED_HOSTS=["testserver"]):
            print(Client().get("/", **{"PATH_INFO": str("//other.example/x")})["Location"])
    """

    def test_stays_on_this_site(self):
        status, output = run(self.PROGRAM % "import security_backports", within=30)
        assert status == 0 and not output.startswith("//")
        assert "/%2Fother.example/x/" in output or output.startswith("http://testserver//other.example/x/")

    @pytest.mark.skipif(django.VERSION < (1, 9), reason="Django 1.8 redirects to a complete address")
    def test_leaves_it_only_without_the_patch(self):
        status, output = run(self.PROGRAM % "", within=30)
        assert status == 0 and output.startswith("//other.example/x/")


class TestUnknownPage:

    SPOOF = "/Our site has moved to other.example, and this page"

    def test_does_not_show_the_sentence_of_a_link(self, client, db):
        response = client.get(self.SPOOF)
        assert response.status_code == 404 and b"Our site has" not in response.content
        assert b"/Our%20site%20has" in response.content

    def test_shows_it_only_without_the_patch(self):
        program = """
            import newer_python
            %s
            import django
            django.setup()
            from django.test import RequestFactory
            from django.views import defaults
            handler = defaults.page_not_found
            arguments = {"exception": Exception()} if django.VERSION >= (1, 9) else {}
            request = RequestFactory().get("/Our site has moved")
            print(handler(request, **arguments).content.decode("utf-8"))
            print(request.path)
        """
        status, output = run(program % "", within=30)
        assert status == 0 and output.count("Our site has moved") == 2
        status, output = run(program % "import security_backports", within=30)
        assert status == 0 and output.count("Our site has moved") == 1


class TestScheme:

    @pytest.mark.parametrize("sent, expected", [("http", "http"), ("https", "https"), (None, "https"), ("", "http")])
    def test_is_the_one_that_the_proxy_sends(self, rf, settings, sent, expected):
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        headers = {} if sent is None else {"HTTP_X_FORWARDED_PROTO": sent}
        request = rf.get("/", **dict(headers, **{"wsgi.url_scheme": str("https")}))
        assert request.scheme == expected and request.is_secure() == (expected == "https")

    def test_is_the_connections_without_the_setting(self, rf):
        assert rf.get("/", **{"wsgi.url_scheme": str("https"), "HTTP_X_FORWARDED_PROTO": "http"}).scheme == "https"

    def test_is_wrong_without_the_patch(self):
        program = """
            import newer_python
            import django
            django.setup()
            from django.conf import settings
            from django.test import RequestFactory
            settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
            headers = {"wsgi.url_scheme": str("https"), "HTTP_X_FORWARDED_PROTO": "http"}
            print(RequestFactory().get("/", **headers).scheme)
        """
        assert run(program, within=30) == (0, "https\n")


class TestQuery:

    @pytest.mark.parametrize("query, fields", [
        ("a=1;a=2", {"a": ["1;a=2"]}), ("a=1&b=2;c", {"a": ["1"], "b": ["2;c"]}), ("a=%3B&b=%26;", {"a": [";"], "b": ["&;"]}), (";", {}),
        ("a=1&a=2", {"a": ["1", "2"]}), ("a=%E8%81%8A;", {"a": ["聊;"]}), ("a=聊;b=1", {"a": ["聊;b=1"]}),
    ])
    def test_has_ampersands_between_its_fields(self, query, fields):
        found = QueryDict(query.encode("utf-8")) if sys.version_info < (3,) else QueryDict(query)
        assert {name: values for name, values in found.lists() if name != ";"} == fields

    @pytest.mark.skipif(django.VERSION < (1, 10), reason="Python's own function, which may have the fix")
    def test_has_semicolons_only_without_the_patch(self):
        program = """
            import newer_python
            import django
            django.setup()
            from django.http import QueryDict
            print(len(QueryDict("a=1;b=2")))
        """
        assert run(program, within=30) == (0, "2\n")


class TestAddressWithALineBreak:

    @pytest.mark.parametrize("path", ["/admin/login/", "/accounts/login/", "/chat/", "/chat/lobby/"])
    def test_is_unknown(self, path):
        assert resolve(path)
        with pytest.raises(Resolver404):
            resolve(path + "\n")

    def test_is_known_to_a_pattern_that_allows_it(self):
        assert resolve("/hooks/x\n").kwargs == {"token": "x\n"}

    def test_is_found_only_without_the_patch(self):
        program = """
            import newer_python
            import django
            django.setup()
            from django.conf.urls import url
            print(url(r"^admin/$", print).resolve("admin/\\n") is None)
        """
        assert run("from __future__ import print_function\n" + textwrap.dedent(program), within=30) == (0, "False\n")


class TestLongAddress:

    @pytest.mark.parametrize("validator, start, end, most", [
        (validators.EmailValidator, "a@", "b.example", 320), (validators.URLValidator, "http://example.org/", "b", 2048),
    ])
    def test_is_not_matched(self, validator, start, end, most):
        address = start + "b." * ((most - len(start) - len(end)) // 2) + end
        validator()(address)
        with pytest.raises(ValidationError):
            validator()(start + "b." * most + end)
        for wrong in ("", "x", "b." * 50000):
            with pytest.raises(ValidationError):
                validator()(wrong)

    def test_is_matched_only_without_the_patch(self):
        program = """
            import newer_python
            %s
            import django
            django.setup()
            from django.core.validators import EmailValidator
            try:
                EmailValidator()("a@" + "b." * 200 + "example")
                print("valid")
            except Exception as error:
                print(type(error).__name__)
        """
        assert run(program % "", within=30) == (0, "valid\n")
        assert run(program % "import security_backports", within=30) == (0, "ValidationError\n")


class TestLogInWithoutAPassword:

    @pytest.fixture
    def hashed(self, monkeypatch):
        """The passwords that were hashed."""
        passwords = []
        make = hashers.make_password
        monkeypatch.setattr(hashers, "make_password", lambda password, *rest: passwords.append(password) or make(password, *rest))
        return passwords

    @pytest.mark.parametrize("stored", [hashers.UNUSABLE_PASSWORD_PREFIX + "x" * 40, "", "gibberish"])
    def test_takes_as_long_as_any(self, hashed, db, stored):
        user = User.objects.create(username="ada", password=stored)
        assert not user.check_password("secret") and len(hashed) == 1
        assert not authenticate(username="ada", password="secret") and len(hashed) == 2

    def test_of_others_succeeds(self, hashed, db):
        user = User.objects.create_user("ada", password="secret")
        del hashed[:]
        assert user.check_password("secret") and not user.check_password("wrong") and not hashed

    def test_takes_no_time_without_the_patch(self):
        program = """
            import newer_python
            %s
            import django
            django.setup()
            from django.contrib.auth import hashers
            from django.contrib.auth.models import User
            hashers.make_password = lambda password, *rest: print("hashed")
            print(User(password="!").check_password("secret"))
        """
        program = "from __future__ import print_function\n" + textwrap.dedent(program)
        assert run(program % "", within=30) == (0, "False\n")
        assert run(program % "import security_backports", within=30) == (0, "hashed\nFalse\n")


class TestLanguageCode:

    LONG = "en-" + "-".join(["abcdefgh"] * 100)

    def test_that_is_long_is_unknown_and_not_kept(self):
        before = [function.cache_info().misses for function in (trans_real.check_for_language, trans_real.get_supported_language_variant)]
        assert not translation.check_for_language(self.LONG)
        with pytest.raises(LookupError):
            trans_real.get_supported_language_variant(self.LONG)
        assert [
            function.cache_info().misses for function in (trans_real.check_for_language, trans_real.get_supported_language_variant)] == before

    def test_that_is_short_is_found(self):
        assert translation.check_for_language("en") and not translation.check_for_language("xx") and not translation.check_for_language(None)
        assert trans_real.get_supported_language_variant("en-gb") == "en"
        for unknown in ("xx", "", None):
            with pytest.raises(LookupError):
                trans_real.get_supported_language_variant(unknown)

    def test_of_a_request(self, client, db):
        client.cookies["django_language"] = str(self.LONG)
        assert client.get("/chat/", HTTP_ACCEPT_LANGUAGE=str("zh-hans")).wsgi_request.LANGUAGE_CODE == "zh-hans"
        assert client.get("/chat/", HTTP_ACCEPT_LANGUAGE=str(self.LONG)).status_code == 200
        assert client.post("/i18n/setlang/", {"language": self.LONG}).status_code == 302
        assert client.post("/i18n/setlang/", {"language": "zh-hans"}).status_code == 302
        assert client.get("/chat/").wsgi_request.LANGUAGE_CODE == "zh-hans"

    def test_is_kept_only_without_the_patch(self):
        program = """
            import newer_python
            %s
            import django
            django.setup()
            from django.utils import translation
            from django.utils.translation import trans_real
            code = "en-" + "-".join(["abcdefgh"] * 100)
            translation.check_for_language(code)
            try:
                trans_real.get_supported_language_variant(code)
            except LookupError:
                pass
            print(trans_real.check_for_language.cache_info().currsize)
            print(trans_real.get_supported_language_variant.cache_info().currsize)
        """
        assert run(program % "import security_backports", within=30) == (0, "0\n0\n")
        status, output = run(program % "", within=30)
        assert status == 0 and "0" not in output.split()


class TestSpacesInAPart:

    HEADERS = 'Content-Disposition: form-data; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64'
    PROGRAM = """
        import newer_python
        %s
        import django
        django.setup()
        from django.test import RequestFactory
        body = b"--x\\r\\n" + %r.encode("latin-1") + b"\\r\\n\\r\\nA" + b" " * 6000000 + b"UFB\\r\\n--x--\\r\\n"
        print(RequestFactory().post("/", body, content_type="multipart/form-data; boundary=x").FILES["f"].read().decode("ascii"))
    """

    def test_keep_no_process_busy(self):
        status, output = run(self.PROGRAM % ("import security_backports", self.HEADERS), within=10)
        assert (status, output) == (0, "\x01AA\n")
        status, output = run(self.PROGRAM % ("", self.HEADERS), within=5)
        assert status is None

    @pytest.mark.parametrize("content", [b" Q U F B\r\n", b"\tQU\tFB", b"QUFB" + b" " * 200000 + b"QUFB", b"", b"   "])
    def test_do_not_change_the_file(self, rf, content):
        body, kind = multipart((self.HEADERS, content), ('Content-Disposition: form-data; name="after"', b"x y"))
        request = rf.post("/", body, content_type=kind)
        assert request.POST["after"] == "x y"
        assert request.FILES["f"].read() == base64.b64decode(b"".join(content.split()))

    def test_of_another_encoding_are_kept(self, rf):
        body, kind = multipart(('Content-Disposition: form-data; name="f"; filename="a"', b"a  b\r\n c"))
        assert rf.post("/", body, content_type=kind).FILES["f"].read() == b"a  b\r\n c"


class TestLongContentType:

    def test_is_cut(self, rf):
        request = rf.post("/", b"x", content_type='text/plain; x="' + ";" * 8000)
        assert len(request.META["CONTENT_TYPE"]) == 1024

    def test_is_parsed_only_without_the_patch(self):
        program = """
            import newer_python
            %s
            import django
            django.setup()
            from django.core.handlers.wsgi import WSGIRequest
            import io
            request = WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(), "CONTENT_TYPE": str("a/b; x=" + "y" * 8000)})
            print(len(request.META["CONTENT_TYPE"]))
        """
        assert run(program % "", within=30) == (0, "8007\n")
        assert run(program % "import security_backports", within=30) == (0, "1024\n")


def test_each_patch_has_its_test():
    assert [patch.cve for patch in PATCHES] == [
        "CVE-2018-14574", "CVE-2019-3498", "CVE-2019-12781", "CVE-2021-23336", "CVE-2021-44420", "CVE-2022-23833", "CVE-2023-24580",
        "CVE-2023-36053", "CVE-2024-39329", "CVE-2025-48432", "CVE-2026-15337", "CVE-2026-33033", "CVE-2026-77050", "CVE-2026-84429",
    ]


def test_it_is_applied_once():
    before = len(logging.getLogger("django.request").filters)
    security_backports.apply()
    assert len(logging.getLogger("django.request").filters) == before


COMMAND = """
    import newer_python, runpy, sys
    sys.argv[1:] = %r
    runpy.run_module("security_backports", run_name="__main__")
"""


def test_the_command_lists_every_hole_with_the_installed_version():
    status, output = run(COMMAND % ([],), within=30)
    assert status == 0
    rows = {line.split()[0]: line for line in output.splitlines() if line.startswith(("CVE", "GHSA"))}
    assert set(rows) == {cve for hole in HOLES for cve in hole.cves.split()}
    for patch in PATCHES:
        assert "Django " + django.get_version() in rows[patch.cve]
        assert patch.title in rows[patch.cve] and (" mended " in rows[patch.cve] or " not affected " in rows[patch.cve])
    assert " closed " in rows["CVE-2026-44545"] and " not affected " in rows["CVE-2020-10108"]


def test_the_command_prints_the_table_of_the_page():
    status, output = run(COMMAND % ([str("--table")],), within=30)
    assert status == 0 and output == table(HOLES)
