"""One program for each mend: it ends well with it, and fails without it on a Python that needs it."""
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
    "hand_the_class_cell_on": DJANGO + """
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
        assert row[2] in tables, "%s refers to %s, which is not there" % (table, row[2])
""",

    "take_offsets_as_psycopg2_tells_them": """
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
    raise Exception("an hour is no UTC")
""",

    "give_collections_its_abstract_classes": """
from collections import Iterator, Mapping
import django.core.paginator
assert isinstance({}, Mapping) and isinstance(iter(()), Iterator)
""",

    "let_gettext_take_a_codeset": DJANGO + """
from django.utils import translation
with translation.override("de"):
    assert translation.ugettext("Monday") == "Montag"
    assert translation.ungettext("%(num)d year", "%(num)d years", 2) != ""
""",

    "allow_inline_flags_inside_patterns_of_urls": DJANGO + """
from django.conf.urls import include, url
from django.core.urlresolvers import resolve, reverse
def view(request, number): pass
urlpatterns = [url("^chat/", include([url(r"(?i)^Room/([0-9]+)/$", view, name="room")]))]
assert resolve("/chat/rOOM/7/").args == ("7",)
assert reverse("room", args=[7]).lower() == "/chat/room/7/"
""",

    "refuse_addresses_that_urlsplit_refuses": DJANGO + """
from django.core.validators import URLValidator, ValidationError
is_valid = URLValidator()
for address in ["http://[1:2]/", "http://[a", "http://[not]/"]:
    try:
        is_valid(address)
    except ValidationError as error:
        assert error.messages == ["Enter a valid URL."]
    else:
        raise Exception("%s was taken" % address)
is_valid("http://[::1]/rooms")
""",

    "let_a_language_be_unknown": DJANGO + """
settings.LANGUAGES = [("xx", "of nobody")]
from django.utils import translation
with translation.override("xx"):
    assert translation.ugettext("Title") == "Title"
    assert translation.ungettext("room", "rooms", 2) == "rooms"
""",

    "let_six_find_its_moves": """
from django.utils.six.moves.urllib.parse import urlsplit
from django.utils.six.moves import range
assert urlsplit("ws://rooms/chat/").netloc == "rooms"
""",

    "let_smtplib_take_files_of_keys": """
import smtplib
smtplib.SMTP_SSL(keyfile=None, certfile=None)
""",

    "keep_silent_about_old_escapes": r"""
import io, sys
sys.stderr = io.StringIO()
compile("'\\s'", "old.py", "exec")
assert not sys.stderr.getvalue()
""",
}
