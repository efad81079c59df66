"""
Middleware that gives every response the headers of a page that defends itself: those of
Mozilla's HTTP Observatory, for the log-in and the admin as well as for chartroom's own pages.

A header that a view has set stays as it is.
"""
from __future__ import unicode_literals

import django
from django.utils.six.moves import http_cookies

# Python's cookies know the attribute from 3.8 on (RFC 6265bis, section 4.1.2.7).
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
# The admin's pages set styles in attributes; their scripts are files of their own from Django 1.10 on.
ADMIN_POLICY = POLICY % (INLINE if django.VERSION < (1, 10) else "", INLINE)
PAGE_POLICY = POLICY % ("", "")


class SecurityHeaders(object):
    """
    First in ``MIDDLEWARE`` (Django 1.10) or ``MIDDLEWARE_CLASSES``, so that what other middleware answers
    has the headers too. Adds `HEADERS`, a Content-Security-Policy, and ``SameSite=Lax`` to each cookie.
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
