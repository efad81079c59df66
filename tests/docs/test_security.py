"""Compares ``docs/security.md`` with `security_backports`, and its versions with the pinned ones."""
from __future__ import unicode_literals

import io
import os
import re

import pytest

from security_backports.holes import ABSENT, CLOSED, HOLES, LEFT, MENDED, is_affected, numbers, state_of, table
from security_backports.patches import PATCHES

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NUMBER = re.compile(r"CVE-\d{4}-\d{4,}\Z|GHSA(-[0-9a-z]{4}){3}\Z")


def read(*path):
    with io.open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def pinned():
    """``{package in lower case: versions}``, with the other versions of Django that are tested."""
    versions = {}
    for name, version in re.findall(r"\b([A-Za-z][\w.-]+)==([\w.]+)", read("requirements-legacy.txt") + read("tox.ini")):
        versions.setdefault(name.lower(), set()).add(version)
    return versions


PAGE = read("docs", "security.md")


def test_the_page_has_the_table():
    """To update it, paste what ``python -m security_backports --table`` prints."""
    assert table(HOLES) in PAGE


def test_every_patch_has_a_mended_row_and_every_mended_row_its_patch():
    assert [hole.cves for hole in HOLES if hole.state == MENDED] == [patch.cve for patch in PATCHES]


def test_every_number_is_listed_once():
    listed = [cve for hole in HOLES for cve in hole.cves.split()]
    assert len(set(listed)) == len(listed) > 100
    assert all(NUMBER.match(cve) for cve in listed)


@pytest.mark.parametrize("hole", HOLES, ids=[hole.cves.split()[0] for hole in HOLES])
def test_a_row_is_of_a_pinned_version(hole):
    versions = pinned()[hole.package.lower()]
    assert any(is_affected(hole, version) for version in versions) == (hole.state != ABSENT)
    assert hole.state in (MENDED, CLOSED, LEFT, ABSENT) and bool(hole.why) == (hole.state != MENDED)


def test_what_is_left_is_explained():
    section = PAGE.split("\n## What is left\n")[1].split("\n## ")[0]
    assert {hole.package for hole in HOLES if hole.state == LEFT} <= set(re.findall(r"[\w-]+", section))


@pytest.mark.parametrize("affected, version, expected", [
    ("<22.4", "22.4.0", False), ("<22.4", "20.3.0", True), (">=1.8,<1.11", "1.10.8", True), (">=1.8,<1.11", "1.11", False),
    (">=1.24,<2.6.0", "1.26.20", True), (">=3.1,<42", "3.0", False), ("<46.0.5", "44.0.3", True), ("", "1.0", False),
])
def test_versions_are_compared_by_number(affected, version, expected):
    assert is_affected(HOLES[0]._replace(affected=affected), version) is expected


def test_a_state_depends_on_what_is_installed():
    django, twisted = HOLES[0], [hole for hole in HOLES if hole.package == "Twisted" and hole.state == CLOSED][0]
    assert [state_of(django, version) for version in ("1.8.19", "1.10.8", "2.2.28", None)] == [ABSENT, MENDED, "not examined", "not installed"]
    assert [state_of(twisted, version) for version in ("20.3.0", "24.11.0")] == [CLOSED, ABSENT]
    assert numbers("22.4.0rc1") == (22, 4)


@pytest.mark.parametrize("page, heading", re.findall(r"\]\((\w[\w-]*\.md)(?:#([\w-]+))?\)", PAGE))
def test_links_lead_to_a_heading(page, heading):
    headings = [
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.+)$", read("docs", page), re.MULTILINE)]
    assert not heading or heading in headings
