"""Every response, including those of other apps, has the headers that Mozilla's HTTP Observatory checks."""
from __future__ import unicode_literals

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse

from chartroom.pages import headers

PAGES = ["/", "/chat/", "/chat/lobby/", "/accounts/login/", "/accounts/logout/", "/admin/login/", "/admin/", "/nothing/there/",
         "/static/chartroom/frame/style.css", "/chat/lobby/messages/"]


@pytest.mark.parametrize("address", PAGES)
def test_every_response_has_them(client, lobby, address):
    response = client.get(address)
    for name, value in headers.HEADERS:
        assert response[name] == value, name
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("address", PAGES[:5])
def test_no_page_of_chartroom_allows_inline_scripts_or_styles(client, lobby, address):
    assert "unsafe" not in client.get(address)["Content-Security-Policy"]


def test_the_admin_allows_style_attributes(admin_client):
    policy = admin_client.get("/admin/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy and "script-src 'self'" in policy


def test_a_header_of_the_view_is_not_changed(rf):
    def view(request):
        response = HttpResponse()
        response["Referrer-Policy"] = "no-referrer"
        response["Content-Security-Policy"] = "default-src 'self'"
        return response

    response = headers.SecurityHeaders(view)(rf.get("/"))
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Content-Security-Policy"] == "default-src 'self'"


def test_every_cookie_has_samesite(client, lobby):
    get_user_model().objects.create_user("ann", password="secret")
    client.get("/chat/lobby/")
    response = client.post("/accounts/login/", {"username": "ann", "password": "secret"})
    assert {"sessionid", "csrftoken"} <= set(response.cookies)
    for cookie in response.cookies.values():
        assert "SameSite=Lax" in cookie.OutputString()
    assert "httponly" in response.cookies["sessionid"].OutputString().lower()


def test_a_cookies_own_samesite_is_not_changed(rf):
    def view(request):
        response = HttpResponse()
        response.set_cookie("a", "1")
        response.cookies["a"]["samesite"] = "Strict"
        return response

    assert "SameSite=Strict" in headers.SecurityHeaders(view)(rf.get("/")).cookies["a"].OutputString()


def test_it_works_as_middleware_of_django_1_8(rf):
    response = headers.SecurityHeaders().process_response(rf.get("/"), HttpResponse())
    assert response["Referrer-Policy"] == "same-origin"
