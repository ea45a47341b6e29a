"""A missing bubblewrap: installed by the package manager, or the line to type. The package manager is a small program."""

import os

import pytest

from frmo.cli.bubblewrap import ensure_bubblewrap
from frmo.errors import SandboxUnavailable


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A PATH of one folder with the programs that a test writes."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(name, body):
        place = tmp_path / name
        place.write_text(f"#!/bin/sh\n{body}\n")
        place.chmod(0o755)

    return write


def test_nothing_happens_when_it_is_there(tools, tmp_path):
    tools("bwrap", "exit 1")
    tools("apt-get", f"echo called >> {tmp_path}/log")
    ensure_bubblewrap(yes=False)
    assert not (tmp_path / "log").exists()


def test_root_installs_it(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tools(
        "apt-get",
        f'echo "$@" >> {tmp_path}/log; [ "$1" = install ] && : > {tmp_path}/bwrap && /bin/chmod 755 {tmp_path}/bwrap; true',
    )
    ensure_bubblewrap(yes=False)
    assert (tmp_path / "log").read_text().splitlines() == [
        "update -qq",
        "install -y --no-install-recommends bubblewrap",
    ]


def test_a_person_is_told_what_to_type(tools, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    tools("dnf", "exit 0")
    with pytest.raises(SandboxUnavailable, match="Type: sudo dnf install -y bubblewrap"):
        ensure_bubblewrap(yes=False)


def test_yes_goes_through_sudo_and_a_failure_says_so(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    tools("dnf", "exit 0")
    tools("sudo", f'echo "$@" >> {tmp_path}/log; exit 1')
    with pytest.raises(SandboxUnavailable, match="could not be installed"):
        ensure_bubblewrap(yes=True)
    assert (tmp_path / "log").read_text() == "dnf install -y bubblewrap\n"


def test_no_package_manager(tools):
    with pytest.raises(SandboxUnavailable, match="no package manager"):
        ensure_bubblewrap(yes=True)
