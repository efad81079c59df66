# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from chartroom.pages import uploads

# What occupied a process for ever by CVE-2022-23833.
ENDLESS = (
    "--%(b)s\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAA\r\n--%(b)s--\r\n" % {"b": BOUNDARY}).encode("ascii")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def no_uploads(settings):
    settings.CHARTROOM_UPLOAD_PATHS = []


@pytest.mark.parametrize("path", ["/", "/chat/lobby/", "/nothing/at/all/", "/accounts/login/", "/admin/login/"])
@pytest.mark.parametrize("content_type", [MULTIPART_CONTENT, "MULTIPART/Form-Data; boundary=x", " multipart/mixed; boundary=x"])
def test_a_multipart_body_is_refused_unread(client, path, content_type, monkeypatch):
    monkeypatch.setattr("django.http.multipartparser.MultiPartParser.parse", lambda self: 1 / 0)
    client.cookies["csrftoken"] = "a" * 64
    response = client.generic("POST", path, ENDLESS, content_type=content_type)
    assert response.status_code == 415 and response["Connection"] == "close"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "DELETE"])
def test_with_any_method(client, method):
    assert client.generic(method, "/", ENDLESS, content_type=MULTIPART_CONTENT).status_code == 415


def test_a_form_is_accepted_and_one_that_is_too_long_is_refused(client, db):
    assert client.post("/chat/lobby/", "name=Bo", content_type=FORM).status_code == 302
    long = client.post("/chat/lobby/", "name=" + "x" * uploads.MAX_BODY, content_type=FORM)
    assert long.status_code == 413


def test_paths_of_the_settings_accept_files(rf, settings):
    settings.CHARTROOM_UPLOAD_PATHS = ["^/admin/photos/"]
    refuse = uploads.RefuseUploads(lambda request: "served")
    assert refuse(rf.post("/admin/photos/add/", {"a": "b"})) == "served"
    assert refuse(rf.post("/admin/other/", {"a": "b"})).status_code == 415


def test_a_path_is_one_line_of_the_log(client, caplog):
    client.generic("POST", "/x%0aERROR forged", ENDLESS, content_type=MULTIPART_CONTENT)
    assert len(caplog.records) == 1 and "\n" not in caplog.records[0].getMessage()
