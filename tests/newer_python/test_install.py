"""``python -m newer_python install``, into a folder that a process then uses as its site-packages."""
from __future__ import unicode_literals

import subprocess
import sys
import sysconfig

import pytest

from newer_python import __main__ as command

PROGRAM = "import site, sys; site.addsitedir(%r); print('newer_python' in sys.modules)"


@pytest.fixture
def packages(tmpdir, monkeypatch):
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmpdir))
    return tmpdir


def is_imported_at_start(packages):
    output = subprocess.check_output([sys.executable, "-c", PROGRAM % str(packages)], cwd=str(packages), universal_newlines=True)
    return output.strip() == "True"


def test_each_start_imports_it_until_it_is_uninstalled(packages, capsys):
    assert not is_imported_at_start(packages)
    command.main(["install"])
    assert sys.executable in capsys.readouterr().out
    assert is_imported_at_start(packages)
    command.main(["uninstall"])
    assert not is_imported_at_start(packages)


def test_each_command_may_be_repeated(packages):
    command.main(["install"])
    command.main(["install"])
    assert is_imported_at_start(packages)
    command.main(["uninstall"])
    command.main(["uninstall"])
    assert packages.listdir() == []


def test_installed_in_site_packages_it_names_no_folder(packages, monkeypatch):
    monkeypatch.setattr(command, "PARENT", str(packages))
    command.main(["install"])
    assert packages.join(command.FILE).read() == "import newer_python\n"


@pytest.mark.parametrize("arguments", [[], ["remove"], ["install", "all"]])
def test_other_arguments_print_the_usage(packages, arguments):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert "install | uninstall" in str(end.value)
    assert packages.listdir() == []
