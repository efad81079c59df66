"""
Middleware that refuses multipart bodies before they are parsed, wherever no page accepts a file.

Django parses the body of each POST, also to an address that does not exist, when its CSRF middleware reads
the token. Its parser of multipart bodies (RFC 7578) has had most of the holes by which one request
occupies a process. No page of chartroom or of Django's admin needs it, unless a form has a file field.
"""
from __future__ import unicode_literals

import logging

from django.http import HttpResponse

from chartroom.conf import conf

logger = logging.getLogger(__name__)

MAX_BODY = 2621440  # bytes of any other body: the default of Django 1.10's DATA_UPLOAD_MAX_MEMORY_SIZE, which 1.8 does not have

PAYLOAD_TOO_LARGE = 413  # RFC 7231, 6.5.11
UNSUPPORTED_MEDIA_TYPE = 415  # RFC 7231, 6.5.13


class RefuseUploads(object):
    """
    Put it before the CSRF middleware in ``MIDDLEWARE`` or ``MIDDLEWARE_CLASSES``. The paths of `CHARTROOM_UPLOAD_PATHS`
    accept multipart bodies, and bodies of any size.
    """

    def __init__(self, get_response=None):
        self.get_response = get_response

    def __call__(self, request):
        return self.process_request(request) or self.get_response(request)

    def process_request(self, request):
        is_multipart = request.META.get("CONTENT_TYPE", "").strip().lower().startswith("multipart/")
        if not is_multipart and _length(request) <= MAX_BODY:
            return None
        if any(pattern.search(request.path_info) for pattern in conf.UPLOAD_PATHS):
            return None
        if is_multipart:
            return _refuse(request, UNSUPPORTED_MEDIA_TYPE, "Multipart bodies are not accepted here.\n")
        return _refuse(request, PAYLOAD_TOO_LARGE, "At most %d bytes are accepted here.\n" % MAX_BODY)


def _length(request):
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # The WSGI server has refused it, or passes on no body.


def _refuse(request, status, why):
    logger.warning("Refused a request to %s with %d.", request.path_info.encode("unicode_escape").decode("ascii")[:200], status)
    response = HttpResponse(why, status=status, content_type="text/plain; charset=utf-8")
    # What is left of the body must not be read as the next request.
    response["Connection"] = "close"
    return response
