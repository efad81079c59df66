"""
The patches: what each newer Python, or a library that it needs, has removed or changed, and which
part of Django needs it. Each function gets the module that it patches, just imported.
"""
from __future__ import unicode_literals

import functools
import re
import warnings  # noqa: F401 (must be imported, or Python's compiler uses unpatched filters)
from collections import namedtuple
from importlib import import_module

# ``since``: the first Python that needs it; ``module``: the name of the module that ``function`` patches.
Patch = namedtuple("Patch", "since module function")
PATCHES = []

KNOWN = ((1, 8), (1, 9), (1, 10))


class UnknownDjango(ImportError):
    """A Django version for which the patches were not tested."""


def patches(module, since):
    def register(function):
        PATCHES.append(Patch(since, module, function))
        return function
    return register


@patches("django", (3, 8))
def refuse_an_unknown_django(django):
    if django.VERSION[:2] not in KNOWN:
        raise UnknownDjango(
            "newer_python supports Django 1.8, 1.9 and 1.10, but this is Django %s. "
            "From 2.2 on Django needs no patches: remove newer_python (`python -m newer_python uninstall`)."
            % ".".join(str(part) for part in django.VERSION[:3]))


@patches("django.db.models.base", (3, 8))
def pass_the_class_cell_on(base):
    """
    3.8: a metaclass must pass ``__classcell__`` to ``type.__new__``, or a model with a method
    that uses ``super()`` can't be defined (bpo-23722). ModelBase creates its class without it.
    """
    make = base.ModelBase.__new__

    def __new__(cls, name, bases, attrs):
        attrs = dict(attrs)
        cell = attrs.pop("__classcell__", None)
        made = make(cls, name, bases, attrs)
        if cell is not None:
            cell.cell_contents = made
        return made
    base.ModelBase.__new__ = staticmethod(__new__)


@patches("django.db.backends.sqlite3.base", (3, 8))
def keep_foreign_keys_when_sqlite_renames(base):
    """
    SQLite 3.26, and so every Python from 3.8 on: renaming a table also changes the foreign keys of
    other tables. sqlite3/schema.py of 1.9 and 1.10 renames each table that it changes, and drops it:
    foreign keys to it then refer to a missing table.
    """
    connect = base.DatabaseWrapper.get_new_connection

    @functools.wraps(connect)
    def get_new_connection(self, parameters):
        connection = connect(self, parameters)
        connection.execute("PRAGMA legacy_alter_table = ON")  # ignored by older versions of SQLite
        return connection
    base.DatabaseWrapper.get_new_connection = get_new_connection


@patches("django.db.backends.postgresql_psycopg2.utils", (3, 9))
@patches("django.db.backends.postgresql.utils", (3, 9))
def accept_offsets_of_psycopg2_as_timedeltas(utils):
    """
    psycopg2 2.9, the first that is built for 3.10 and later: a time zone's offset is a timedelta
    rather than a number of minutes. utils.py compares it with 0. In 1.8 it is in postgresql_psycopg2.
    """
    # 1.9 and 1.10 have an empty module of the old name too.
    if hasattr(utils, "utc_tzinfo_factory"):
        of_minutes = utils.utc_tzinfo_factory
        utils.utc_tzinfo_factory = lambda offset: of_minutes(getattr(offset, "total_seconds", lambda: offset)())


@patches("collections", (3, 10))
def restore_abstract_classes_in_collections(collections):
    """3.10: they are only in collections.abc. Used by django/core/paginator.py, db/models/sql/query.py and others."""
    abc = import_module("collections.abc")
    for name in abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(abc, name))


@patches("gettext", (3, 11))
def accept_codeset_in_gettext(gettext):
    """
    3.11: ``codeset`` and ``set_output_charset`` were removed. Used by
    django/utils/translation/trans_real.py: DjangoTranslation.
    """
    translation = gettext.translation

    @functools.wraps(translation)
    def without_codeset(domain, localedir=None, languages=None, class_=None, fallback=False, codeset=None):
        return translation(domain, localedir, languages, class_, fallback)
    gettext.translation = without_codeset
    gettext.NullTranslations.set_output_charset = lambda self, charset: None


INLINE_FLAGS = re.compile(r"(?<!\\)\(\?([aiLmsux]+)\)")


class Patterns(object):
    """The part of the module re that Django's resolvers use; inline flags may be anywhere in a pattern."""

    def __getattr__(self, name):
        return getattr(re, name)

    def compile(self, pattern, flags=0):
        for letter in "".join(INLINE_FLAGS.findall(pattern)):
            flags |= getattr(re, letter.upper())
        return re.compile(INLINE_FLAGS.sub("", pattern), flags)

    def search(self, pattern, text, flags=0):
        return self.compile(pattern, flags).search(text)


@patches("django.core.validators", (3, 9))
def reject_urls_that_urlsplit_rejects(validators):
    """
    3.9.21, 3.10.16, 3.11.4: urlsplit() raises for ``http://[1:2]/``. core/validators.py does
    not catch that, where a validator must raise ValidationError.
    """
    call = validators.URLValidator.__call__

    @functools.wraps(call)
    def __call__(self, value):
        try:
            return call(self, value)
        except ValueError:
            raise validators.ValidationError(self.message, code=self.code)
    validators.URLValidator.__call__ = __call__


@patches("django.core.urlresolvers", (3, 11))
@patches("django.urls.resolvers", (3, 11))
def allow_inline_flags_inside_url_patterns(resolvers):
    """
    3.11: a flag such as ``(?i)`` must be at the start of a pattern. reverse() puts the site's prefix
    before it, and an included pattern follows its parent's. In 1.8 and 1.9: urlresolvers.
    """
    if hasattr(resolvers, "re"):
        resolvers.re = Patterns()


@patches("django.utils.six", (3, 12))
def add_find_spec_to_six_moves(six):
    """3.12: a finder without ``find_spec`` is not used any more. Affects Django's own copy of six 1.9 or 1.10."""
    importer = type(six._importer)
    spec_from_loader = import_module("importlib.util").spec_from_loader
    importer.find_spec = lambda self, name, path=None, target=None: (
        spec_from_loader(name, self) if name in self.known_modules else None)
    importer.create_module = lambda self, spec: self.load_module(spec.name)
    importer.exec_module = lambda self, module: None


@patches("gettext", (3, 11))
def accept_languages_without_a_catalogue(gettext):
    """3.11: gettext() needs each catalogue's plural; Django's catalogue of a language without a file has none."""
    gettext.GNUTranslations.plural = staticmethod(lambda n: int(n != 1))


@patches("smtplib", (3, 12))
def accept_key_files_in_smtplib(smtplib):
    """3.12: ``keyfile`` and ``certfile`` were removed. django/core/mail/backends/smtp.py passes both, mostly as None."""
    def with_context(function):
        @functools.wraps(function)
        def inner(*args, **options):
            key, certificate = options.pop("keyfile", None), options.pop("certfile", None)
            if certificate:
                # As smtplib did up to 3.11, without verification.
                options["context"] = import_module("ssl")._create_stdlib_context()
                options["context"].load_cert_chain(certificate, key)
            return function(*args, **options)
        return inner
    smtplib.SMTP.starttls = with_context(smtplib.SMTP.starttls)
    smtplib.SMTP_SSL.__init__ = with_context(smtplib.SMTP_SSL.__init__)


@patches("warnings", (3, 12))
def ignore_warnings_about_invalid_escapes(module):
    """3.12 warns of each ``"\\s"`` in a source that it compiles: hundreds, which a user can't act on."""
    # At the end of the filters, so that -W can still enable such warnings.
    module.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning, append=True)
