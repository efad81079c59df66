# coding: utf-8
"""What the pages need of the project: its middleware, templates and URLs."""
from __future__ import unicode_literals

import django
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.urlresolvers import NoReverseMatch, Resolver404, resolve
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.module_loading import import_string

from chartroom.conf import conf

# Django 1.10 reads the first of these that is set.
MIDDLEWARE = ("MIDDLEWARE", "MIDDLEWARE_CLASSES") if django.VERSION >= (1, 10) else ("MIDDLEWARE_CLASSES",)
REQUIRED_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
PROTECTING_MIDDLEWARE = ("chartroom.pages.headers.SecurityHeaders", "chartroom.pages.uploads.RefuseUploads")
DJANGO_TEMPLATES = "django.template.backends.django.DjangoTemplates"
REQUEST = "django.template.context_processors.request"


@register("chartroom")
def check_middleware(app_configs, **kwargs):
    missing = _missing(REQUIRED_MIDDLEWARE)
    if not missing:
        return []
    return [Error(
        "Every page of a room would fail: %s has no %s." % (_middleware_setting(), " and no ".join(map(_short, missing))),
        hint="Add %s, in this order." % " and ".join('"%s"' % path for path in missing),
        id="chartroom.E009",
    )]


@register("chartroom", deploy=True)
def check_protecting_middleware(app_configs, **kwargs):
    missing = _missing(PROTECTING_MIDDLEWARE)
    if not missing:
        return []
    return [Warning(
        "%s has no %s, which protect the project's pages: by security headers, and from large or multipart bodies."
        % (_middleware_setting(), " and no ".join(map(_short, missing))),
        hint="Add %s at the top." % " and ".join('"%s"' % path for path in missing),
        id="chartroom.W010",
    )]


@register("chartroom")
def check_templates(app_configs, **kwargs):
    engines = [engine for engine in settings.TEMPLATES if engine.get("BACKEND") == DJANGO_TEMPLATES]
    # Without TEMPLATES, Django 1.8 and 1.9 read the older setting.
    processors = [engine.get("OPTIONS", {}).get("context_processors", ()) for engine in engines] or [
        getattr(settings, "TEMPLATE_CONTEXT_PROCESSORS", ())]
    if any(REQUEST in names or "django.core.context_processors.request" in names for names in processors):
        return []
    return [Warning(
        "The templates have no context processor for the request: the pages' links to log in and out would not lead back.",
        hint='In TEMPLATES, add "%s" to the "context_processors" of the engine %s.' % (REQUEST, DJANGO_TEMPLATES),
        id="chartroom.W011",
    )]


@register("chartroom")
def check_login_url(app_configs, **kwargs):
    """Guests who must log in are redirected to it. An address of another host can't be checked."""
    try:
        if conf.GUESTS and not conf.TAIL_FILES:
            return []
    except ImproperlyConfigured:
        return []  # chartroom.E001 reports it.
    if _resolves(settings.LOGIN_URL):
        return []
    return [Warning(
        "LOGIN_URL is %r, which is no page of this project, but the rooms or log files require a log-in." % settings.LOGIN_URL,
        hint='Set LOGIN_URL to the name or the path of the log-in page, and add that page to ROOT_URLCONF, for example '
             'url("^login/$", django.contrib.auth.views.login, name="login").',
        id="chartroom.W012",
    )]


def _resolves(login_url):
    # For a project whose addresses begin with the language.
    with translation.override(settings.LANGUAGE_CODE):
        try:
            path = resolve_url(login_url)
            if path.startswith("/") and not path.startswith("//"):
                resolve(path.split("?")[0].split("#")[0])
        except (NoReverseMatch, Resolver404):
            return False
    return True


def _middleware_setting():
    return next((name for name in MIDDLEWARE if getattr(settings, name, None) is not None), MIDDLEWARE[-1])


def _missing(paths):
    """Those of the paths that are not installed, neither themselves nor as a subclass in the project."""
    installed = getattr(settings, _middleware_setting(), None) or ()
    missing = [path for path in paths if path not in installed]
    classes = [_class(path) for path in installed] if missing else []
    return [path for path in missing if not any(issubclass(found, _class(path)) for found in classes)]


def _class(path):
    """`object` for a path that can't be imported, which Django reports, and for a function."""
    try:
        found = import_string(path)
    except ImportError:
        return object
    return found if isinstance(found, type) else object


def _short(path):
    return path.rpartition(".")[2]
