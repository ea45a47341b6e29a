"""Pins what a test could take from the machine: home, git identity, GIT_*, time zone; refuses network beyond loopback."""

import os
import socket

import pytest

_KEPT = {"PATH", "LANG", "TERM", "TMPDIR", "VIRTUAL_ENV"}
_connect = socket.socket.connect


def _loopback_only(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test reached for the network: {address}")
    return _connect(self, address)


@pytest.fixture(autouse=True)
def pinned(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST", "COVERAGE", "FRMO_TEST_")):
            monkeypatch.delenv(name)
    pins = {
        "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "XDG_CONFIG_HOME": str(home / ".config"), "TZ": "UTC",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    for name, value in pins.items():
        monkeypatch.setenv(name, value)
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)
