"""Fixtures: a browser, the real processes, and users."""
import itertools
import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from scripts.ports import free_port
from tests.browser.person import Person
from tests.browser.proxy import Proxy
from tests.browser.stack import Stack

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]

expect.set_options(timeout=10000)


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        missing = "No Chromium found: install it (Debian: apt install chromium)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def line():
    """The proxy in front of the interface server; `stack` starts the server itself."""
    proxy = Proxy(free_port())
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def stack(line):
    # A limit that typing does not reach, and a script reaches at once.
    stack = Stack(line.to_port, ":%d" % line.port, RATE_LIMIT="10/s")
    yield stack
    stack.stop()


numbers = itertools.count(1)


@pytest.fixture
def room():
    """The name of a room that no other test uses."""
    return "room-%d" % next(numbers)


@pytest.fixture
def people(browser, stack):
    """Create a `Person` by name. At the end, fail if a console has errors or warnings."""
    yield from _people(browser, stack.base)


def _people(browser, base):
    everybody = []

    def make(name, **options):
        everybody.append(Person(browser, base, name, **options))
        return everybody[-1]

    yield make
    for person in everybody:
        person.context.close()
    assert {person.name: person.complaints for person in everybody if person.complaints} == {}


@pytest.fixture
def ada(people):
    return people("Ada")


@pytest.fixture
def bob(people):
    return people("Bob")


@pytest.fixture(scope="session")
def closed_stack():
    """A second stack, only for users with an account."""
    port = free_port()
    stack = Stack(port, ":%d" % port, GUESTS="0")
    stack.add_user("carol", "correct horse")
    yield stack
    stack.stop()


@pytest.fixture
def members(browser, closed_stack):
    yield from _people(browser, closed_stack.base)
