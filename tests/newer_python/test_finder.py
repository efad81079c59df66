from __future__ import unicode_literals

import sys

import pytest
import six

from newer_python import finder
from newer_python.mends import Mend

pytestmark = pytest.mark.skipif(six.PY2, reason="Python 2 has no such finders, and needs none")


@pytest.fixture
def mend(tmpdir, monkeypatch):
    """Installs mends for modules of a folder; returns the names of those that were mended, in order."""
    monkeypatch.syspath_prepend(str(tmpdir))
    # Another's finder is there already, and this one has no business with it.
    monkeypatch.setattr(sys, "meta_path", [each for each in sys.meta_path if not isinstance(each, finder.Finder)])
    mended = []

    def install(*names):
        for name in names:
            tmpdir.join(name + ".py").write("value = 1\n")
            monkeypatch.delitem(sys.modules, str(name), raising=False)
        finder.install([Mend((3, 8), name, lambda module: mended.append(module.__name__)) for name in names])
        return mended
    return install


def test_a_module_is_mended_when_it_has_been_imported(mend):
    mended = mend("mended_later")
    assert mended == []
    import mended_later
    assert mended == ["mended_later"]
    assert mended_later.value == 1


def test_one_that_was_there_before_is_mended_at_once(mend, tmpdir):
    tmpdir.join("mended_now.py").write("value = 1\n")
    import mended_now  # noqa: F401
    mended = []
    finder.install([Mend((3, 8), "mended_now", lambda module: mended.append(module.__name__))])
    assert mended == ["mended_now"]


def test_one_module_may_have_several(mend):
    mended = mend("mended_twice", "mended_twice")
    import mended_twice  # noqa: F401
    assert mended == ["mended_twice"] * 2


def test_others_are_left_alone(mend, tmpdir):
    mended = mend("mended_alone")
    tmpdir.join("no_business.py").write("value = 2\n")
    import no_business
    assert (no_business.value, mended) == (2, [])


def test_a_module_that_is_not_there_stays_missing(mend, tmpdir):
    mend("mended_away")
    tmpdir.join("mended_away.py").remove()
    with pytest.raises(ImportError):
        import mended_away  # noqa: F401


def test_a_second_time_does_nothing(mend):
    mend("mended_once")
    before = sys.meta_path[:]
    mend("mended_no_more")
    assert sys.meta_path == before


def test_without_mends_there_is_no_finder(mend):
    before = sys.meta_path[:]
    mend()
    assert sys.meta_path == before


def test_a_finder_of_the_old_kind_is_passed_over(mend, monkeypatch):
    sys.meta_path.insert(0, object())
    mended = mend("mended_behind")
    spec = sys.meta_path[0].find_spec("mended_behind")
    assert spec.name == "mended_behind"
    assert mended == []
