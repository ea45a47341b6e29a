"""The command line of the container level. The containers themselves are not run here: they need an engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from frmo.sandbox.container import ContainerSandbox, Engine, command
from frmo.sandbox.program import Limits, Mount, Program

ENGINE = Engine("/usr/bin/docker", "python:3.11-slim", {"PATH": "/usr/bin:/bin"})
PROGRAM = Program(
    ("python3", "-c", "pass"),
    env={"A": "b"},
    writable=Path("/host/tree"),
    readonly=(Mount(Path("/host/read"), "/read"),),
    limits=Limits(memory_bytes=1 << 30, processes=10),
)


def test_the_walls_of_a_container():
    found = command(ENGINE, "frmo-1", PROGRAM)
    line = " ".join(found)
    for words in (
        "--network none", "--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", "--pull never",
        "--memory 1073741824 --memory-swap 1073741824", "--pids-limit 80", "--rm", "--init", "--name frmo-1",
    ):  # fmt: skip
        assert words in line
    assert "--privileged" not in found
    assert found.index("--entrypoint") < found.index("python:3.11-slim") < found.index("python3")


def test_the_worktree_is_the_only_writable_mount():
    mounts = [word for word in command(ENGINE, "x", PROGRAM) if word.startswith("type=bind")]
    assert mounts == ["type=bind,src=/host/read,dst=/read,readonly", "type=bind,src=/host/tree,dst=/work"]
    without = command(ENGINE, "x", replace(PROGRAM, writable=None, readonly=()))
    assert not any(word.startswith("type=bind") for word in without)


@pytest.mark.parametrize("path", ["/a,readonly=false", '/a"', "/a\nb"])
def test_a_path_cannot_add_options(path):
    with pytest.raises(ValueError, match="can't be mounted"):
        command(ENGINE, "x", replace(PROGRAM, writable=Path(path)))


def test_the_interface_holds_with_a_stand_in_for_the_engine(tmp_path):
    """An engine that runs the entry point right here: the handshake, the output and the removal are the real ones."""
    log = tmp_path / "log"
    (tmp_path / "docker").write_text(
        f'#!/bin/sh\necho "$1" >> {log}\n[ "$1" = run ] || exit 0\n'
        'while [ "$1" != python:3.11-slim ]; do shift; done; shift; exec /bin/sh "$@"\n'
    )
    (tmp_path / "docker").chmod(0o755)
    box = ContainerSandbox(replace(ENGINE, path=str(tmp_path / "docker")))
    ended = box.run(
        replace(PROGRAM, argv=("/bin/sh", "-c", "read x; echo got $x; exit 4"), writable=tmp_path, stdin=b"hi\n")
    )
    assert (ended.status, ended.code, ended.stdout) == ("exited", 4, b"got hi\n")
    slow = replace(PROGRAM, argv=("/bin/sleep", "60"), writable=None, limits=Limits(seconds=0.2))
    assert box.run(slow).status == "timeout"
    assert log.read_text().split() == ["run", "rm", "run", "rm", "rm"]
    with pytest.raises(ValueError, match="descriptors"):
        box.run(replace(PROGRAM, pass_fds=(1,)))
