"""Middleware that limits attempts to log in, per address and per user name."""
from __future__ import unicode_literals

import logging

from django.contrib.admin.sites import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth import views as auth_views
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpResponse
from django.utils.translation import ugettext as _

from chartroom.conf import conf
from chartroom.people import addresses, ratelimit

logger = logging.getLogger(__name__)

TOO_MANY_REQUESTS = 429  # RFC 6585


class LimitLogIns(object):
    """
    Put it after the session middleware in ``MIDDLEWARE`` or ``MIDDLEWARE_CLASSES``. It covers Django's
    log-in view, the admin's, and views of a project that are marked with `is_log_in`.

    Each attempt is counted, and removed from the count if it succeeds: see `CHARTROOM_LOGINS_PER_ADDRESS`.
    """

    def __init__(self, get_response=None):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method != "POST" or not _is_log_in_view(view):
            return None
        request.chartroom_log_in_counts = counts_of(request)
        for who, limit in request.chartroom_log_in_counts:
            granted, retry_after = ratelimit.take(who, 1, limit)
            if not granted:
                logger.warning("Refused a %s: too many attempts.", who.partition(":")[0])
                return too_many(retry_after)
        return None


def counts_of(request):
    """Return the limits that an attempt counts for, ``[(key, limit)]``."""
    name = request.POST.get(get_user_model().USERNAME_FIELD) or request.POST.get("username", "")
    address = addresses.of_request(request)
    return [
        ("log-in of an address:" + address, conf.LOGINS_PER_ADDRESS if address else None),
        ("log-in of a name:" + name.strip().lower()[:254], conf.LOGINS_PER_NAME),
    ]


def is_log_in(view):
    """Mark a project's own log-in view; also usable as a decorator."""
    view.is_chartroom_log_in = True
    return view


def _is_log_in_view(view):
    if getattr(view, "is_chartroom_log_in", False) or view is auth_views.login:
        return True
    # The admin wraps its methods in functions, which can only be recognized by name.
    return getattr(view, "__name__", "") == "login" and getattr(view, "__module__", "") == AdminSite.__module__


def too_many(retry_after):
    response = HttpResponse(
        _("Too many attempts to log in. Try again in %d seconds.") % (retry_after + 1),
        status=TOO_MANY_REQUESTS, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = "%d" % (retry_after + 1)
    return response


@receiver(user_logged_in, dispatch_uid="chartroom.pages.log_in_limit")
def give_back(sender, request=None, **kwargs):
    for who, limit in getattr(request, "chartroom_log_in_counts", ()):
        ratelimit.give_back(who, 1, limit)
