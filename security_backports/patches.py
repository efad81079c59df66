"""
The patches, each with the CVE that it answers. Each is small, and acts as the published fix does; none is
applied to a Django that has the fix.
"""
from __future__ import unicode_literals

import functools
import logging
import sys
from collections import namedtuple

import django

AFFECTED = ((1, 8), (1, 9), (1, 10))

Patch = namedtuple("Patch", "cve title function needs_settings")
PATCHES = []

_applied = []


def patch(cve, title, needs_settings=False):
    """``needs_settings``: Django 1.8 reads the settings when it imports what the function imports."""
    def register(function):
        PATCHES.append(Patch(cve, title, function, needs_settings))
        return function
    return register


def apply():
    """
    Applies each patch once: those that need settings at the end of `django.setup`. Does nothing under a Django that is
    not one of `AFFECTED`.
    """
    if _applied or django.VERSION[:2] not in AFFECTED:
        return
    from django.apps.registry import Apps, apps
    _apply(needs_settings=False)
    if apps.ready:
        _apply(needs_settings=True)
        return
    populate = Apps.populate

    def populate_and_patch(self, *args, **kwargs):
        populate(self, *args, **kwargs)
        if self is apps and apps.ready:
            _apply(needs_settings=True)
    Apps.populate = populate_and_patch


def _apply(needs_settings):
    for entry in PATCHES:
        if entry.needs_settings == needs_settings and entry.cve not in _applied:
            _applied.append(entry.cve)
            entry.function()


def replace(old, new):
    """Puts a function into the place of another one in each module that has imported that."""
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(old.__name__) is old:
            setattr(module, old.__name__, new)


@patch("CVE-2018-14574", "The redirect that appends a slash to //example.com/x leads to another site")
def keep_the_redirect_to_a_slash_on_this_site():
    from django.middleware.common import CommonMiddleware
    with_slash = getattr(CommonMiddleware, "get_full_path_with_slash", None)
    if with_slash is None:
        # Django 1.8 redirects to a complete address, with its own host.
        return

    def with_one_slash_at_the_start(self, request):
        path = with_slash(self, request)
        return "/%2F" + path[2:] if path.startswith("//") else path
    CommonMiddleware.get_full_path_with_slash = with_one_slash_at_the_start


@patch("CVE-2019-3498", "The page for an unknown address shows any sentence that a link contains", needs_settings=True)
def quote_the_path_of_an_unknown_page():
    from django.utils.http import urlquote
    from django.views import defaults
    page_not_found = defaults.page_not_found

    @functools.wraps(page_not_found)
    def with_a_quoted_path(request, *args, **kwargs):
        path = request.path
        request.path = urlquote(path)
        try:
            return page_not_found(request, *args, **kwargs)
        finally:
            request.path = path
    replace(page_not_found, with_a_quoted_path)


@patch("CVE-2019-12781", "A request over HTTP counts as one over HTTPS if the proxy connects by HTTPS")
def take_the_scheme_from_the_proxy():
    from django.conf import settings
    from django.http import HttpRequest
    scheme = HttpRequest.scheme

    def scheme_of_the_client(self):
        own = scheme.fget(self)
        if settings.SECURE_PROXY_SSL_HEADER:
            header, secure = settings.SECURE_PROXY_SSL_HEADER
            value = self.META.get(header)
            if value is not None:
                return "https" if value == secure else "http"
        return own
    HttpRequest.scheme = property(scheme_of_the_client)


@patch("CVE-2021-23336", "A semicolon separates fields of a query, for Django but not for a cache in front of it")
def separate_fields_by_ampersands_only():
    from django.http import request

    def keeping_semicolons(parse):
        def parse_fields(query, *args, **kwargs):
            return parse(query.replace(str(";"), str("%3B")), *args, **kwargs)
        return parse_fields

    # Django 1.10 has its own function, and earlier versions use Python's.
    for name in ("parse_qsl", "limited_parse_qsl"):
        if hasattr(request, name):
            setattr(request, name, keeping_semicolons(getattr(request, name)))


@patch("CVE-2021-44420", "An address with a line break at its end reaches a page that a proxy protects")
def match_addresses_to_their_end():
    """To a regular expression, ``$`` is also the place before a line break at the end."""
    from django.conf.urls import RegexURLPattern
    resolve = RegexURLPattern.resolve

    def resolve_to_the_end(self, path):
        if path.endswith("\n") and self.regex.pattern.endswith("$"):
            match = self.regex.search(path)
            if match is not None and match.end() < len(path):
                return None
        return resolve(self, path)
    RegexURLPattern.resolve = resolve_to_the_end


@patch("CVE-2022-23833", "An upload in base64 that ends early keeps a process busy for ever")
def end_a_base64_part_that_ends_early():
    """
    The parser asks for the rest of a group of four characters until it has it, and at the end of
    its stream is given nothing, again and again.
    """
    from django.http import multipartparser
    read = multipartparser.LazyStream.read

    def bounded_read(self, size=None):
        data = read(self, size)
        if size and not data:
            # One empty answer is the end of a stream; whoever asks again has not understood it.
            self.empty_reads = getattr(self, "empty_reads", 0) + 1
            if self.empty_reads > 1:
                raise multipartparser.MultiPartParserError("A part in base64 ends within a group of four characters.")
        return data
    multipartparser.LazyStream.read = bounded_read


@patch("CVE-2023-24580", "Any number of parts of a form is parsed")
def bound_the_parts_of_a_form():
    """
    Settings: DATA_UPLOAD_MAX_NUMBER_FILES, 100 by default, as in the Django that has it; and
    DATA_UPLOAD_MAX_NUMBER_FIELDS, which Django has from 1.10 on, 1000 by default.
    """
    from django.conf import settings
    from django.core.exceptions import SuspiciousOperation
    from django.http import multipartparser
    each_part = multipartparser.Parser.__iter__

    def bounded_iter(self):
        most = {
            multipartparser.FILE: ("DATA_UPLOAD_MAX_NUMBER_FILES", getattr(settings, "DATA_UPLOAD_MAX_NUMBER_FILES", 100)),
            multipartparser.FIELD: ("DATA_UPLOAD_MAX_NUMBER_FIELDS", getattr(settings, "DATA_UPLOAD_MAX_NUMBER_FIELDS", 1000)),
        }
        counts = dict.fromkeys(most, 0)
        for part in each_part(self):
            kind = part[0]
            if kind in most:
                counts[kind] += 1
                name, bound = most[kind]
                if bound is not None and counts[kind] > bound:
                    raise SuspiciousOperation("The form has more parts than settings.%s allows." % name)
            yield part
    multipartparser.Parser.__iter__ = bounded_iter


@patch("CVE-2023-36053", "Validating an address with thousands of labels takes long")
def bound_addresses_before_they_are_matched():
    from django.core import validators
    from django.core.exceptions import ValidationError
    from django.utils.encoding import force_text

    def bounded(validate, most):
        def validate_bounded(self, value):
            if len(force_text(value)) > most:
                raise ValidationError(self.message, code=self.code)
            return validate(self, value)
        return validate_bounded

    # RFC 3696, errata 1690, and the longest URL that browsers agree on.
    for validator, most in ((validators.EmailValidator, 320), (validators.URLValidator, 2048)):
        validator.__call__ = bounded(validator.__call__, most)


@patch("CVE-2024-39329", "The time that a log-in takes shows which users have no usable password", needs_settings=True)
def hash_a_password_for_users_without_one():
    from django.contrib.auth import hashers
    from django.utils.crypto import get_random_string
    check_password = hashers.check_password

    @functools.wraps(check_password)
    def check_in_the_same_time(password, encoded, *args, **kwargs):
        if password is None or not hashers.is_password_usable(encoded):
            hashers.make_password(get_random_string(40))
            return False
        return check_password(password, encoded, *args, **kwargs)
    replace(check_password, check_in_the_same_time)


# C0, DEL and C1, and the separators of lines and paragraphs: what a terminal or a reader of lines acts on.
CONTROLS = frozenset(range(0x20)) | frozenset(range(0x7f, 0xa0)) | frozenset([0x2028, 0x2029])


class OneLine(logging.Filter):
    """Shows control characters in a record's arguments as escapes, so that none of them begins a line of its own."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(escaped(value) for value in record.args)
        return True


def escaped(value):
    if not isinstance(value, type("")):
        return value
    return "".join(
        character.encode("unicode_escape").decode("ascii") if ord(character) in CONTROLS else character for character in value)


@patch("CVE-2025-48432", "An address with a line break writes lines of its own into the log")
def keep_a_request_on_its_line():
    for name in ("django.request", "django.security"):
        logging.getLogger(name).addFilter(OneLine())


MAX_LANGUAGE_CODE = 500  # characters


@patch("CVE-2026-15337", "Long language codes that set_language receives fill a process's memory")
def bound_language_codes_that_are_checked():
    from django.utils.translation import trans_real
    check = trans_real.check_for_language

    def check_short_codes(lang_code):
        return len(lang_code or "") <= MAX_LANGUAGE_CODE and check(lang_code)
    _replace_cached(check, check_short_codes)


@patch("CVE-2026-33033", "Spaces in an upload in base64 keep a process busy for minutes")
def skip_spaces_in_a_base64_part():
    """Without them, the parser reads at most three single characters of each chunk."""
    from django.http import multipartparser
    each_part = multipartparser.Parser.__iter__

    def without_spaces(stream):
        for chunk in stream:
            packed = b"".join(chunk.split())
            if packed:
                yield packed

    def iter_without_spaces(self):
        for kind, headers, stream in each_part(self):
            encoding = headers.get("content-transfer-encoding")
            if kind == multipartparser.FILE and encoding is not None and encoding[0].strip() == "base64":
                stream = multipartparser.LazyStream(without_spaces(stream))
            yield kind, headers, stream
    multipartparser.Parser.__iter__ = iter_without_spaces


@patch("CVE-2026-77050", "Long language codes of cookies and Accept-Language fill a process's memory")
def bound_language_codes_that_are_requested():
    from django.utils.translation import trans_real
    variant = trans_real.get_supported_language_variant

    def variant_of_short_codes(lang_code, *args, **kwargs):
        if len(lang_code or "") > MAX_LANGUAGE_CODE:
            raise LookupError(lang_code[:MAX_LANGUAGE_CODE])
        return variant(lang_code, *args, **kwargs)
    _replace_cached(variant, variant_of_short_codes)


def _replace_cached(old, new):
    """`replace` for a function that has a cache, which Django clears when settings change."""
    from django.utils import translation
    functools.update_wrapper(new, old, assigned=("__module__", "__name__", "__doc__"), updated=())
    new.cache_clear, new.cache_info = old.cache_clear, old.cache_info
    replace(old, new)
    # Django keeps what it has once looked up there.
    vars(translation._trans).pop(old.__name__, None)


MAX_CONTENT_TYPE = 1024  # characters, as of a part's headers


@patch("CVE-2026-84429", "Parsing a Content-Type with thousands of semicolons takes long")
def bound_the_content_type():
    """
    Characters outside of ASCII become question marks: Django 1.8 to 1.10 answer them with 500 and log a traceback, where
    later versions answer with 400.
    """
    from django.core.handlers.wsgi import WSGIRequest
    from django.utils.encoding import force_str, force_text
    init = WSGIRequest.__init__

    def init_with_a_short_content_type(self, environ):
        content_type = environ.get("CONTENT_TYPE", "")[:MAX_CONTENT_TYPE]
        if content_type:
            ascii = force_text(content_type, "ascii", errors="replace").encode("ascii", "replace")
            environ[str("CONTENT_TYPE")] = force_str(ascii, "ascii")
        init(self, environ)
    WSGIRequest.__init__ = init_with_a_short_content_type
