"""
Middleware that adds security headers to every response, including those of the log-in page and
the admin: the headers that Mozilla's HTTP Observatory checks.

Headers that a view has set are not changed.
"""
from __future__ import unicode_literals

import django
from django.utils.six.moves import http_cookies

# Python's cookies support the attribute since version 3.8 (RFC 6265bis, section 4.1.2.7).
http_cookies.Morsel._reserved.setdefault(str("samesite"), str("SameSite"))

HEADERS = (
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
POLICY = (
    "default-src 'none'; script-src 'self'%s; style-src 'self'%s; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
INLINE = " 'unsafe-inline'"
# The admin's pages have style attributes. Since Django 1.10, their scripts are in separate files.
ADMIN_POLICY = POLICY % (INLINE if django.VERSION < (1, 10) else "", INLINE)
PAGE_POLICY = POLICY % ("", "")


class SecurityHeaders(object):
    """
    Put it first in ``MIDDLEWARE`` (Django 1.10) or ``MIDDLEWARE_CLASSES``, so that responses of other middleware
    have the headers too. Adds `HEADERS`, a Content-Security-Policy, and ``SameSite=Lax`` for each cookie.
    """

    def __init__(self, get_response=None):
        self.get_response = get_response

    def __call__(self, request):
        return self.process_response(request, self.get_response(request))

    def process_response(self, request, response):
        for name, value in HEADERS + (("Content-Security-Policy", policy_for(request)),):
            if not response.has_header(name):
                response[name] = value
        for cookie in response.cookies.values():
            if not cookie.get("samesite"):
                cookie["samesite"] = "Lax"
        return response


def policy_for(request):
    match = getattr(request, "resolver_match", None)
    return ADMIN_POLICY if match is not None and match.app_name == "admin" else PAGE_POLICY
