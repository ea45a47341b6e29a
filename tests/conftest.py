"""Pins what a test could take from the machine: home, git identity, GIT_*, time zone; refuses network beyond loopback."""

import os
import shutil
import socket

import pytest
from support.cli import frmo
from support.project import make_repository

_KEPT = {"PATH", "LANG", "TERM", "TMPDIR", "VIRTUAL_ENV"}
_connect = socket.socket.connect


def _loopback_only(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test reached for the network: {address}")
    return _connect(self, address)


def _pin(patch, home):
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST", "COVERAGE", "FRMO_TEST_")):
            patch.delenv(name)
    pins = {
        "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "XDG_CONFIG_HOME": str(home / ".config"), "TZ": "UTC",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    for name, value in pins.items():
        patch.setenv(name, value)
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n")
    patch.setattr(socket.socket, "connect", _loopback_only)


@pytest.fixture(scope="session", autouse=True)
def pinned_session(tmp_path_factory):
    """Fixtures of the whole session, like templates, are made in the same surroundings."""
    with pytest.MonkeyPatch.context() as patch:
        _pin(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def pinned(pinned_session, tmp_path_factory, monkeypatch):
    """A home of its own for every test."""
    _pin(monkeypatch, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def template(pinned_session, tmp_path_factory):
    """One workspace, made once: copying it is twice as fast as making it."""
    folder = make_repository(tmp_path_factory.mktemp("template") / "repo")
    said = frmo("init", at=folder)
    assert said.code == 0, said.err
    return folder


@pytest.fixture
def workspace(template, tmp_path):
    """A small project that is a workspace."""
    folder = tmp_path / "repo"
    shutil.copytree(template, folder, symlinks=True)
    return folder
