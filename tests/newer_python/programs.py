"""One program per patch: it succeeds with the patch, and fails without it on a Python that needs it."""
from __future__ import unicode_literals

DJANGO = """
import django
from django.conf import settings
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, ROOT_URLCONF="__main__",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.admin"], SECRET_KEY="x")
django.setup()
"""

PROGRAMS = {
    "pass_the_class_cell_on": DJANGO + """
from django.db import models
class Base(models.Model):
    class Meta:
        app_label = "admin"
        abstract = True
    def name(self):
        return "base"
class Room(Base):
    class Meta:
        app_label = "admin"
    def name(self):
        return super().name() + " and room"
assert Room().name() == "base and room"
""",

    "keep_foreign_keys_when_sqlite_renames": DJANGO + """
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
cursor = connection.cursor()
cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
tables = {row[0] for row in cursor.fetchall()}
for table in tables:
    cursor.execute("PRAGMA foreign_key_list(%s)" % connection.ops.quote_name(table))
    for row in cursor.fetchall():
        assert row[2] in tables, "%s refers to %s, which does not exist" % (table, row[2])
""",

    "accept_offsets_of_psycopg2_as_timedeltas": """
import datetime
try:
    from django.db.backends.postgresql.utils import utc_tzinfo_factory
except ImportError:  # Django 1.8
    from django.db.backends.postgresql_psycopg2.utils import utc_tzinfo_factory
assert utc_tzinfo_factory(0) is utc_tzinfo_factory(datetime.timedelta(0))
try:
    utc_tzinfo_factory(datetime.timedelta(hours=1))
except AssertionError:
    pass
else:
    raise Exception("an offset of an hour is not UTC")
""",

    "restore_abstract_classes_in_collections": """
from collections import Iterator, Mapping
import django.core.paginator
assert isinstance({}, Mapping) and isinstance(iter(()), Iterator)
""",

    "accept_codeset_in_gettext": DJANGO + """
from django.utils import translation
with translation.override("de"):
    assert translation.ugettext("Monday") == "Montag"
    assert translation.ungettext("%(num)d year", "%(num)d years", 2) != ""
""",

    "allow_inline_flags_inside_url_patterns": DJANGO + """
from django.conf.urls import include, url
from django.core.urlresolvers import resolve, reverse
def view(request, number): pass
urlpatterns = [url("^chat/", include([url(r"(?i)^Room/([0-9]+)/$", view, name="room")]))]
assert resolve("/chat/rOOM/7/").args == ("7",)
assert reverse("room", args=[7]).lower() == "/chat/room/7/"
""",

    "reject_urls_that_urlsplit_rejects": DJANGO + """
from django.core.validators import URLValidator, ValidationError
is_valid = URLValidator()
for address in ["http://[1:2]/", "http://[a", "http://[not]/"]:
    try:
        is_valid(address)
    except ValidationError as error:
        assert error.messages == ["Enter a valid URL."]
    else:
        raise Exception("%s was accepted" % address)
is_valid("http://[::1]/rooms")
""",

    "accept_languages_without_a_catalogue": DJANGO + """
settings.LANGUAGES = [("xx", "unknown")]
from django.utils import translation
with translation.override("xx"):
    assert translation.ugettext("Title") == "Title"
    assert translation.ungettext("room", "rooms", 2) == "rooms"
""",

    "add_find_spec_to_six_moves": """
from django.utils.six.moves.urllib.parse import urlsplit
from django.utils.six.moves import range
assert urlsplit("ws://rooms/chat/").netloc == "rooms"
""",

    "accept_key_files_in_smtplib": """
import smtplib
smtplib.SMTP_SSL(keyfile=None, certfile=None)
""",

    "ignore_warnings_about_invalid_escapes": r"""
import io, sys
sys.stderr = io.StringIO()
compile("'\\s'", "old.py", "exec")
assert not sys.stderr.getvalue()
""",
}
