# coding: utf-8
"""The contents of an installation, its requirements and migrations."""
from __future__ import unicode_literals

import os
import shutil
import subprocess
import sys

import pkg_resources
import pytest
from django.core.management import call_command
from django.utils.six import StringIO
from packaging.requirements import Requirement
from six.moves import configparser

import chartroom
from chartroom import transport

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(chartroom.__file__)))
PACKAGED = ("chartroom", "newer_python", "security_backports", "setup.py", "setup.cfg", "MANIFEST.in", "README.md", "LICENSE")
INSTALLED = (".py", ".html", ".js", ".css", ".svg", ".png", ".mo")


def files_of(folder):
    """The relative paths of all files that must be installed."""
    return sorted(
        os.path.relpath(os.path.join(path, file), folder)
        for path, folders, files in os.walk(folder) for file in files if file.endswith(INSTALLED)
    )


@pytest.fixture(scope="module")
def installed(tmpdir_factory):
    """The folder where pip has installed the source archive of a copy, without network and dependencies."""
    checkout, target = tmpdir_factory.mktemp("checkout").join("copy"), tmpdir_factory.mktemp("target")
    shutil.copytree(ROOT, str(checkout), ignore=lambda folder, names: [
        name for name in names if folder == ROOT and name not in PACKAGED or name == "__pycache__"])
    run(["setup.py", "--quiet", "sdist"], checkout)
    [archive] = checkout.join("dist").listdir()
    run(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation",
         "--target", str(target), str(archive)], checkout)
    return target


def run(arguments, folder):
    process = subprocess.Popen(
        [sys.executable] + arguments, cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8")
    assert process.returncode == 0, output


@pytest.mark.parametrize("package", ["chartroom", "newer_python", "security_backports"])
def test_every_file_is_installed(package, installed):
    arrived = files_of(str(installed.join(package)))
    assert arrived == files_of(os.path.join(ROOT, package))


@pytest.mark.parametrize("path", [
    "templates/chartroom/room.html", "static/chartroom/room/room.js", "static/chartroom/frame/style.css",
    "migrations/0001_rooms.py", "management/commands/protocoljs.py",
])
def test_other_files_than_modules_are_installed(installed, path):
    assert installed.join("chartroom", *path.split("/")).check(file=True)


def test_nothing_else_is_installed(installed):
    assert {entry.basename.split("-")[0] for entry in installed.listdir()} <= {"chartroom", "newer_python", "security_backports", "bin"}


def test_it_is_complete_without_the_checkout(installed, tmpdir):
    """Django finds the app, its templates and its static files in the installed copy."""
    script = tmpdir.join("script.py")
    script.write_text("""
from __future__ import unicode_literals
import newer_python
import sys
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles", "channels", "chartroom"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "chartroom.routing.rooms"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, SECRET_KEY="x", STATIC_URL="/static/",
    SILENCED_SYSTEM_CHECKS=["chartroom.W003"],
)
django.setup()
import chartroom, chartroom.pages.views, chartroom.routing
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template.loader import get_template
get_template("chartroom/room.html")
assert finders.find("chartroom/room/room.js"), "no static files"
call_command("migrate", verbosity=0)
print(chartroom.__file__)
""", "utf-8")
    output = subprocess.check_output(
        [sys.executable, str(script)], cwd=str(tmpdir), env=dict(os.environ, PYTHONPATH=str(installed), PYTHONWARNINGS="ignore"))
    assert output.decode("utf-8").strip().startswith(str(installed))


def test_the_pins_meet_the_requirements():
    """The tested versions are ones that pip may install with it."""
    parser = configparser.RawConfigParser()
    parser.read(os.path.join(ROOT, "setup.cfg"))
    requirements = [Requirement(str(line)) for line in (
        parser.get("options", "install_requires") + parser.get("options.extras_require", "metrics")).strip().splitlines()]
    applicable = [each for each in requirements if each.marker is None or each.marker.evaluate()]
    assert len(applicable) > 10
    for requirement in applicable:
        version = pkg_resources.get_distribution(requirement.name).version
        assert requirement.specifier.contains(version), "%s is pinned, but %s is required" % (version, requirement)


def test_no_migration_is_missing(db):
    written = StringIO()
    call_command("makemigrations", "chartroom", dry_run=True, stdout=written)
    assert written.getvalue().strip() == "No changes detected in app 'chartroom'"


def test_the_version_is_the_same_everywhere():
    with open(os.path.join(ROOT, "setup.cfg")) as file:
        assert "version = attr: chartroom.__version__" in file.read()
    assert chartroom.__version__.count(".") == 2
    # The transport imports nothing of chartroom.
    assert transport.VERSION == chartroom.__version__
