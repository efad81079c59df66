"""
What each newer Python (and, for two, what comes with it) took away or changed, and what of
Django needs it. Each function gets the module that it mends, just imported.
"""
from __future__ import unicode_literals

import functools
import re
import warnings  # noqa: F401 (imported by now, or Python's compiler goes by filters that nobody has mended)
from collections import namedtuple
from importlib import import_module

# ``since``: the first Python that needs it; ``module``: its name; ``function``: called with it.
Mend = namedtuple("Mend", "since module function")
MENDS = []

KNOWN = ((1, 8), (1, 9), (1, 10))


class UnknownDjango(ImportError):
    """A Django that nothing here was tried with."""


def mends(module, since):
    def register(function):
        MENDS.append(Mend(since, module, function))
        return function
    return register


@mends("django", (3, 8))
def refuse_an_unknown_django(django):
    if django.VERSION[:2] not in KNOWN:
        raise UnknownDjango(
            "newer_python mends Django 1.8, 1.9 and 1.10, and this is Django %s. "
            "From 2.2 on it needs no mending: take newer_python out (`python -m newer_python uninstall`)."
            % ".".join(str(part) for part in django.VERSION[:3]))


@mends("django.db.models.base", (3, 8))
def hand_the_class_cell_on(base):
    """
    3.8: a metaclass has to hand ``__classcell__`` to ``type.__new__``, or a model with a method
    that says ``super()`` can't be made (bpo-23722). ModelBase makes its class without it.
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


@mends("django.db.backends.sqlite3.base", (3, 8))
def keep_foreign_keys_when_sqlite_renames(base):
    """
    SQLite 3.26, so all that a Python from 3.8 on comes with: renaming a table turns the foreign
    keys of others with it. sqlite3/schema.py of 1.9 and 1.10 renames each table that it changes,
    and drops it: what referred to it then refers to nothing.
    """
    connect = base.DatabaseWrapper.get_new_connection

    @functools.wraps(connect)
    def get_new_connection(self, parameters):
        connection = connect(self, parameters)
        connection.execute("PRAGMA legacy_alter_table = ON")  # an older SQLite does not mind
        return connection
    base.DatabaseWrapper.get_new_connection = get_new_connection


@mends("django.db.backends.postgresql_psycopg2.utils", (3, 9))
@mends("django.db.backends.postgresql.utils", (3, 9))
def take_offsets_as_psycopg2_tells_them(utils):
    """
    psycopg2 2.9, the first that is built for 3.10 and later: a time zone's offset is a timedelta,
    and no number of minutes. utils.py compares it with 0. 1.8 has it in postgresql_psycopg2.
    """
    # 1.9 and 1.10 have a module of the old name too, with nothing in it.
    if hasattr(utils, "utc_tzinfo_factory"):
        of_minutes = utils.utc_tzinfo_factory
        utils.utc_tzinfo_factory = lambda offset: of_minutes(getattr(offset, "total_seconds", lambda: offset)())


@mends("collections", (3, 10))
def give_collections_its_abstract_classes(collections):
    """3.10: they are in collections.abc alone. django/core/paginator.py, db/models/sql/query.py and others."""
    abc = import_module("collections.abc")
    for name in abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(abc, name))


@mends("gettext", (3, 11))
def let_gettext_take_a_codeset(gettext):
    """3.11: ``codeset`` and ``set_output_charset`` are gone. django/utils/translation/trans_real.py: DjangoTranslation."""
    translation = gettext.translation

    @functools.wraps(translation)
    def without_codeset(domain, localedir=None, languages=None, class_=None, fallback=False, codeset=None):
        return translation(domain, localedir, languages, class_, fallback)
    gettext.translation = without_codeset
    gettext.NullTranslations.set_output_charset = lambda self, charset: None


INLINE_FLAGS = re.compile(r"(?<!\\)\(\?([aiLmsux]+)\)")


class Patterns(object):
    """What of the module re django's resolvers use; an inline flag may stand anywhere in a pattern."""

    def __getattr__(self, name):
        return getattr(re, name)

    def compile(self, pattern, flags=0):
        for letter in "".join(INLINE_FLAGS.findall(pattern)):
            flags |= getattr(re, letter.upper())
        return re.compile(INLINE_FLAGS.sub("", pattern), flags)

    def search(self, pattern, text, flags=0):
        return self.compile(pattern, flags).search(text)


@mends("django.core.validators", (3, 9))
def refuse_addresses_that_urlsplit_refuses(validators):
    """
    3.9.21, 3.10.16, 3.11.4: urlsplit() raises for ``http://[1:2]/``. core/validators.py lets that
    through, where a validator says that it is invalid.
    """
    call = validators.URLValidator.__call__

    @functools.wraps(call)
    def __call__(self, value):
        try:
            return call(self, value)
        except ValueError:
            raise validators.ValidationError(self.message, code=self.code)
    validators.URLValidator.__call__ = __call__


@mends("django.core.urlresolvers", (3, 11))
@mends("django.urls.resolvers", (3, 11))
def allow_inline_flags_inside_patterns_of_urls(resolvers):
    """
    3.11: a flag such as ``(?i)`` has to stand at a pattern's start. reverse() puts the prefix of
    the site before it, and an included pattern follows its parent's. 1.8 and 1.9: urlresolvers.
    """
    if hasattr(resolvers, "re"):
        resolvers.re = Patterns()


@mends("django.utils.six", (3, 12))
def let_six_find_its_moves(six):
    """3.12: a finder without ``find_spec`` is not asked any more. Django's own copy of six 1.9 or 1.10."""
    importer = type(six._importer)
    spec_from_loader = import_module("importlib.util").spec_from_loader
    importer.find_spec = lambda self, name, path=None, target=None: (
        spec_from_loader(name, self) if name in self.known_modules else None)
    importer.create_module = lambda self, spec: self.load_module(spec.name)
    importer.exec_module = lambda self, module: None


@mends("gettext", (3, 11))
def let_a_language_be_unknown(gettext):
    """3.11: gettext() asks each catalogue for its plural. django's of a language that has no file has none."""
    gettext.GNUTranslations.plural = staticmethod(lambda n: int(n != 1))


@mends("smtplib", (3, 12))
def let_smtplib_take_files_of_keys(smtplib):
    """3.12: ``keyfile`` and ``certfile`` are gone. django/core/mail/backends/smtp.py gives both, mostly None."""
    def with_context(function):
        @functools.wraps(function)
        def inner(*args, **options):
            key, certificate = options.pop("keyfile", None), options.pop("certfile", None)
            if certificate:
                # What smtplib did itself up to 3.11: nothing is verified that was not then.
                options["context"] = import_module("ssl")._create_stdlib_context()
                options["context"].load_cert_chain(certificate, key)
            return function(*args, **options)
        return inner
    smtplib.SMTP.starttls = with_context(smtplib.SMTP.starttls)
    smtplib.SMTP_SSL.__init__ = with_context(smtplib.SMTP_SSL.__init__)


@mends("warnings", (3, 12))
def keep_silent_about_old_escapes(module):
    """3.12 warns of each ``"\\s"`` in a source that it compiles: hundreds, and nobody who starts a program can act on it."""
    # At the end of the filters: who asks for such warnings with -W gets them.
    module.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning, append=True)
