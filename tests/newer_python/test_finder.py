from __future__ import unicode_literals

import sys

import pytest
import six

from newer_python import finder
from newer_python.patches import Patch

pytestmark = pytest.mark.skipif(six.PY2, reason="Python 2 has no such finders, and needs no patches")


@pytest.fixture
def patch(tmpdir, monkeypatch):
    """Installs patches for modules of a folder; returns a list to which each patched module's name is appended."""
    monkeypatch.syspath_prepend(str(tmpdir))
    # Without the finder that this process has already installed.
    monkeypatch.setattr(sys, "meta_path", [each for each in sys.meta_path if not isinstance(each, finder.Finder)])
    patched = []

    def install(*names):
        for name in names:
            tmpdir.join(name + ".py").write("value = 1\n")
            monkeypatch.delitem(sys.modules, str(name), raising=False)
        finder.install([Patch((3, 8), name, lambda module: patched.append(module.__name__)) for name in names])
        return patched
    return install


def test_a_module_is_patched_when_it_is_imported(patch):
    patched = patch("patched_later")
    assert patched == []
    import patched_later
    assert patched == ["patched_later"]
    assert patched_later.value == 1


def test_an_imported_module_is_patched_at_once(patch, tmpdir):
    tmpdir.join("patched_now.py").write("value = 1\n")
    import patched_now  # noqa: F401
    patched = []
    finder.install([Patch((3, 8), "patched_now", lambda module: patched.append(module.__name__))])
    assert patched == ["patched_now"]


def test_a_module_may_have_several_patches(patch):
    patched = patch("patched_twice", "patched_twice")
    import patched_twice  # noqa: F401
    assert patched == ["patched_twice"] * 2


def test_other_modules_are_not_changed(patch, tmpdir):
    patched = patch("patched_alone")
    tmpdir.join("not_patched.py").write("value = 2\n")
    import not_patched
    assert (not_patched.value, patched) == (2, [])


def test_a_missing_module_stays_missing(patch, tmpdir):
    patch("patched_away")
    tmpdir.join("patched_away.py").remove()
    with pytest.raises(ImportError):
        import patched_away  # noqa: F401


def test_a_second_time_does_nothing(patch):
    patch("patched_once")
    before = sys.meta_path[:]
    patch("patched_no_more")
    assert sys.meta_path == before


def test_without_patches_there_is_no_finder(patch):
    before = sys.meta_path[:]
    patch()
    assert sys.meta_path == before


def test_an_old_finder_without_find_spec_is_skipped(patch, monkeypatch):
    sys.meta_path.insert(0, object())
    patched = patch("patched_behind")
    spec = sys.meta_path[0].find_spec("patched_behind")
    assert spec.name == "patched_behind"
    assert patched == []
