# coding: utf-8
"""A real MariaDB: the unit tests that depend on the database, migrations, and concurrent transactions."""
from __future__ import unicode_literals

import subprocess
import sys

import pytest

from tests.integration.databases import migrate
from tests.integration.rounds import rounds
from tests.integration.stack import ROOT, process_env
from tests.integration.test_rooms import assert_one_order, talk_at_once

pytestmark = pytest.mark.processes

# Those whose result depends on the database, without those that commit: to empty all tables takes most of a second.
UNIT_TESTS = [
    "tests/rooms/test_store.py", "tests/rooms/test_pipeline.py", "tests/rooms/test_history.py",
    "tests/test_consumers.py", "tests/test_models.py", "tests/test_database_checks.py",
    "tests/pages/test_views.py::TestRoomList", "tests/sources/timers/test_timers.py::TestPublished",
]
FRAMES = rounds(40)

# Two transactions that have read before they publish; the second begins before the first is committed.
PUBLISH_AFTER_READING = """
import threading
from django.db import connection, transaction
from chartroom.models import Room
from chartroom.publish import publish

publish("late", "first")
answer, has_read, has_committed = [], threading.Event(), threading.Event()

def second():
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL %s")
    with transaction.atomic():
        list(Room.objects.all())
        has_read.set()
        has_committed.wait(10)
        answer.append(publish("late", "third").seq)
        answer.append(publish("made meanwhile".replace(" ", "-"), "second").seq)
    connection.close()

thread = threading.Thread(target=second)
thread.start()
has_read.wait(10)
publish("late", "second")
publish("made-meanwhile", "first")
has_committed.set()
thread.join(20)
"""

# Batches of several processes for the same rooms, whose rows each process has in another order.
STORE_IN_MANY_ROOMS = """
import random
from chartroom.models import ChatMessage, Room
from chartroom.rooms import pipeline
from chartroom.rooms.submissions import Submission
from chartroom.rooms.store import own_room

rooms = [own_room("chat", "many%%d" %% number).pk for number in range(4)]
for round in range(%(rounds)d):
    random.shuffle(rooms)
    # Each message is in the batches of all processes, as a retry.
    pipeline._store([Submission(room, "socket", "user:1", "Ann", [("%%d" %% round, "x"), ("%(name)s.%%d" %% round, "x")]) for room in rooms])
answer = True
"""


# The tables as they were before the migration 0006, with one message.
BEFORE_BYTE_BY_BYTE = """
from django.db import connection
from chartroom.models import ChatMessage, Room
from chartroom.publish import publish
ChatMessage.objects.all().delete()
Room.objects.all().delete()
with connection.cursor() as cursor:
    for table in connection.introspection.table_names():
        if table.startswith("chartroom"):
            cursor.execute("ALTER TABLE %%s CONVERT TO CHARACTER SET %s" %% table)
publish("cafe", "first", id="a")
"""
WITH_BYTE_BY_BYTE = """
from django.core.checks import run_checks
from chartroom.publish import publish
messages = [("cafe", "a", "first"), ("cafe", "A", "\\U0001f600"), ("CAFE", "a", "x")]
print("%s %s" % (run_checks(tags=["chartroom"]), [publish(room, text, id=id).seq for room, id, text in messages]))
"""


@pytest.fixture(scope="module")
def run(mariadb_url, tmpdir_factory):
    """Runs Python code in the project, in a process of its own with the migrated database."""
    def start(code, url=mariadb_url):
        return subprocess.Popen(
            [sys.executable, "-c",
             "from __future__ import unicode_literals\nimport newer_python, security_backports, django; django.setup()\n" + code],
            cwd=ROOT, env=env_of(url, tmpdir_factory), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return start


def env_of(url, tmpdir_factory):
    return process_env(STATE_DIR=str(tmpdir_factory.mktemp("state")), DATABASE_URL=url)


def output_of(process):
    output = process.communicate()[0].decode("utf-8")
    assert process.returncode == 0, output
    return output.strip()


def test_the_unit_tests(mariadb_server):
    env = process_env("tests.settings", CHARTROOM_TEST_DATABASE_URL=mariadb_server.url_of("units"))
    env.pop("TOX_ENV_NAME", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-m", "not processes"] + UNIT_TESTS,
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert " passed" in output_of(process)


def test_two_pipeline_workers_keep_one_order(stack, mariadb_url):
    running = stack(database_url=mariadb_url, socket_workers=2, pipeline_workers=2)
    tabs = [running.connect("/chat/order/"), running.connect("/chat/order/")]
    talk_at_once(tabs, FRAMES)
    assert_one_order(tabs, 2 * 3 * FRAMES)


def test_names_and_ids_that_differ_in_case_accents_or_spaces(stack, mariadb_url):
    running = stack(database_url=mariadb_url)
    rooms = [running.connect(path) for path in ("/chat/Cafe/", "/chat/cafe/", "/chat/caf%C3%A9/")]
    ids = ["abc", "ABC", "abc ", "äbc"]
    for client in rooms:
        client.send_and_wait(*[(id, "text of %s 😀" % id) for id in ids])
        client.send_and_wait(*[(id, "text of %s 😀" % id) for id in ids])
        assert client.read_all().texts == [("text of %s 😀" % id) for id in ids]
    assert len({client.welcome["room"] for client in rooms}) == 3


def test_the_database_goes_away_and_comes_back(stack, mariadb, mariadb_url):
    running = stack(database_url=mariadb_url)
    ann = running.connect("/chat/away/")
    ann.send_and_wait(("a", "before"))
    mariadb.stop()
    ann.send_messages(("b", "during"))
    ann.until(lambda: ann.errors)
    assert ann.errors[0]["code"] == "busy" and ann.errors[0]["id"] == "b"

    mariadb.start()
    ann.send_and_wait(("b", "during"), ("c", "after"))
    assert ann.read_all().texts == ["before", "during", "after"]


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_numbers_in_transactions_that_began_earlier(run, level):
    code = PUBLISH_AFTER_READING.replace("%s", level)
    code = "from chartroom.models import Room; Room.objects.filter(name__in=['late', 'made-meanwhile']).delete()\n" + code
    assert output_of(run(code + "print(answer)")) == "[3, 2]"


def test_concurrent_batches_of_several_rooms(run):
    """Deadlocks, if there are any, are retried; no number is skipped, and nothing is stored twice."""
    count = rounds(60)
    writers = [run(STORE_IN_MANY_ROOMS % {"rounds": count, "name": name}) for name in "ab"]
    for writer in writers:
        output_of(writer)
    counted = output_of(run("""
from chartroom.models import Room
for room in Room.objects.filter(name__startswith="many"):
    seqs = list(room.messages.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, room.last_seq + 1)), seqs
    print(len(seqs))
"""))
    assert counted.split() == ["%d" % (3 * count)] * 4


class TestMigrations:

    @pytest.mark.parametrize("charset", ["utf8", "latin1"])
    def test_refuse_a_database_that_can_not_store_emoji_before_they_create_a_table(self, mariadb_server, run, charset):
        url = mariadb_server.create_database("of_" + charset, charset)
        with_checks = run("from django.core.management import execute_from_command_line as run; run(['manage.py', 'migrate'])", url)
        without = run("from django.core.management import call_command; call_command('migrate', 'chartroom')", url)
        for process in (with_checks, without):
            output = process.communicate()[0].decode("utf-8")
            assert process.returncode and "ALTER DATABASE `of_%s` CHARACTER SET utf8mb4" % charset in output, output
        assert output_of(run(
            "from django.db import connection; print([name for name in connection.introspection.table_names() if 'chartroom' in name])",
            url)) == "[]"

    def test_convert_tables_that_exist_and_keep_their_rows(self, mariadb_server, run, tmpdir_factory):
        url = mariadb_server.create_database("old")
        env = env_of(url, tmpdir_factory)

        def manage(*arguments):
            return subprocess.check_output(
                [sys.executable, "manage.py"] + list(arguments), cwd=ROOT, env=env, stderr=subprocess.STDOUT).decode("utf-8")

        migrate(ROOT, env)
        for charset in ("utf8mb4", "utf8"):
            manage("migrate", "--verbosity=0", "chartroom", "0005")
            output_of(run(BEFORE_BYTE_BY_BYTE % charset, url))
            assert "chartroom.W021" in manage("check")
            manage("migrate", "--verbosity=0", "chartroom")
            assert output_of(run(WITH_BYTE_BY_BYTE, url)) == "[] [1, 2, 1]"
