"""Compares the files of ``deploy/`` with each other and with the code, and verifies the systemd units."""
from __future__ import unicode_literals

import io
import os
import re
import subprocess

import pytest
from django.utils.six import StringIO
from six.moves import configparser

from chartroom.conf import conf
from chartroom.sources.feeds import follower
from chartroom.transport import overtime
from chartroom.transport.interface.conf import DEFAULTS, DRAINED_WITHIN
from tests.deploy.files import DEPLOY, Copies, program, text_of

WITH_ENVIRONMENT = "/srv/chartroom/deploy/with-environment "
KINDS = ["feeds", "interface", "pages", "pipeline", "sockets", "tail", "timers"]
DISCONNECTS_WITHIN = 2  # seconds of `rundaphne` after DRAINED_WITHIN, for a Redis that hangs


def parsed(text):
    parser = configparser.RawConfigParser()
    parser.optionxform = lambda name: name
    getattr(parser, "read_file", getattr(parser, "readfp", None))(StringIO(text))
    return parser


def programs():
    """{kind: {option: value}} of supervisor.conf"""
    parser = parsed(text_of("supervisor.conf"))
    return {section.partition("chartroom-")[2]: dict(parser.items(section)) for section in parser.sections()}


def unit(name):
    """{key: [values]} of a unit"""
    found = {}
    for line in text_of("systemd", name).splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def unit_of(kind):
    name = "chartroom-%s@.service" % kind
    return unit(name if os.path.exists(os.path.join(DEPLOY, "systemd", name)) else "chartroom-%s.service" % kind)


def test_the_kinds_of_processes_are_the_same():
    units = {re.match(r"chartroom-(\w+)@?\.service$", name).group(1)
             for name in os.listdir(os.path.join(DEPLOY, "systemd")) if name.endswith(".service")}
    assert sorted(programs()) == sorted(units) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_supervisor_and_systemd_agree(kind):
    program, service = programs()[kind], unit_of(kind)
    command = program["command"]
    assert command.startswith(WITH_ENVIRONMENT)
    assert service["ExecStart"] == [command[len(WITH_ENVIRONMENT):].replace("%(process_num)d", "%i")]
    assert service["TimeoutStopSec"] == [program["stopwaitsecs"]]
    assert service["User"] == [program["user"]] == ["chartroom"]
    assert service["WorkingDirectory"] == [program["directory"]]
    assert service["KillSignal"] == ["SIG" + program["stopsignal"]] == ["SIGTERM"]
    assert service["UMask"] == ["0" + program["umask"]]
    assert service["Restart"] == ["always"] and program["autorestart"] == "true"
    # SIGTERM is for the main process alone, and SIGKILL for all.
    assert service["KillMode"] == ["mixed"] and (program["stopasgroup"], program["killasgroup"]) == ("false", "true")
    assert service["NoNewPrivileges"] == ["yes"] and service["ProtectSystem"] == ["strict"] and service["PrivateTmp"] == ["yes"]


def test_each_process_has_the_time_to_stop_that_it_needs():
    seconds = {kind: int(options["stopwaitsecs"]) for kind, options in programs().items()}
    assert seconds["interface"] > DRAINED_WITHIN + DISCONNECTS_WITHIN
    for kind in ("sockets", "pipeline"):
        assert seconds[kind] > overtime.MAX_SECONDS + overtime.GRACE
    assert seconds["feeds"] > follower.FETCH_WITHIN
    assert seconds["pages"] > int(re.search(r"--graceful-timeout (\d+)", programs()["pages"]["command"]).group(1))


def test_the_order():
    """What a process sends at its end is received by those that end after it."""
    priority = {kind: int(options["priority"]) for kind, options in programs().items()}
    order = ["pipeline", "sockets", "interface", "pages", "timers"]
    assert sorted(order, key=priority.get) == order and len(set(map(priority.get, order))) == 5
    for earlier, later in zip(order, order[1:]):
        assert "chartroom-%s@1.service" % earlier in unit_of(later)["After"][0].split()


def test_two_of_each_kind_that_serves_users():
    for kind in ("pipeline", "sockets", "interface", "pages"):
        assert int(programs()[kind]["numprocs"]) >= 2
        wanted = " ".join(unit("chartroom.target")["Wants"]).split()
        assert {"chartroom-%s@1.service" % kind, "chartroom-%s@2.service" % kind} <= set(wanted)


def test_nginx_and_the_processes_have_the_same_ports():
    ports = re.findall(r"server (127\.0\.0\.1:\d+) max_fails=0;", text_of("nginx", "http.conf"))
    assert ports == ["127.0.0.1:8001", "127.0.0.1:8002", "127.0.0.1:8011", "127.0.0.1:8012"]
    assert " -b 127.0.0.1 -p 800%(process_num)d " in programs()["interface"]["command"]
    assert " --bind 127.0.0.1:801%(process_num)d " in programs()["pages"]["command"]


def test_the_bounds_of_nginx_are_wider_than_those_behind_it():
    proxy, site = text_of("nginx", "proxy.conf"), text_of("nginx", "site.conf")
    assert int(re.search(r"proxy_read_timeout (\d+)s", proxy).group(1)) > 2 * conf.HEARTBEAT
    assert int(re.search(r"limit_conn \w+ (\d+);", site).group(1)) > DEFAULTS["SOCKETS_PER_ADDRESS"]
    assert int(re.search(r"client_max_body_size (\d+)m;", site).group(1)) * 1024 * 1024 > conf.HOOK_MAX_BODY


def test_the_example_environment_has_no_secret():
    for line in text_of("chartroom.env").splitlines():
        if re.search(r"PASSWORD|SECRET|TOKEN|://.*@", line):
            assert "CHANGE-ME" in line or line.startswith("# ")


def test_each_variable_of_the_example_exists():
    with io.open(os.path.join(os.path.dirname(DEPLOY), "docs", "settings.md"), encoding="utf-8") as file:
        documented = set(re.findall(r"^\| `([A-Z_]+)` \|", file.read(), re.MULTILINE))
    set_there = set(re.findall(r"^#?([A-Z_]+)=", text_of("chartroom.env"), re.MULTILINE))
    # Of Python, Django and gunicorn.
    assert set_there - documented == {"PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE", "SCRIPT_NAME"}


@pytest.mark.processes
@pytest.mark.once
def test_systemd_accepts_the_units(tmpdir):
    analyze = program("systemd-analyze")
    copies = Copies(str(tmpdir), "100")
    names = sorted(os.listdir(os.path.join(DEPLOY, "systemd")))
    for name in names:
        copies.copy(name, "systemd", name)
    copies.write("chartroom.env", "")
    paths = [copies.path(name.replace("@.", "@1.")) for name in names]
    for name in names:
        if "@" in name:
            for number in "12":
                os.symlink(copies.path(name), copies.path(name.replace("@.", "@%s." % number)))
    verified = subprocess.Popen([analyze, "verify"] + paths, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = verified.communicate()[0].decode("utf-8")
    complaints = [line for line in output.splitlines() if "chartroom" in line]
    assert verified.returncode == 0 and complaints == [], output


@pytest.mark.processes
@pytest.mark.once
def test_logrotate_accepts_its_file(tmpdir):
    logrotate = program("logrotate")
    copies = Copies(str(tmpdir), "100")
    os.mkdir(copies.path("log"))
    path = copies.copy("logrotate.conf", "logrotate.conf")
    os.chmod(path, 0o644)
    checked = subprocess.Popen([logrotate, "-d", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = checked.communicate()[0].decode("utf-8")
    assert checked.returncode == 0 and "error" not in output, output
