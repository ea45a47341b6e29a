from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from frmo.sandbox import bubblewrap
from frmo.sandbox.program import Limits, Mount, Program
from tests.support.sandboxes import sandbox

PROGRAM = Program(("/bin/true",), writable=Path("/host/tree"), env={"A": "b"})


def arguments(program=PROGRAM):
    return bubblewrap.arguments(program, bubblewrap.system_mounts(), {"/etc/hosts": 7}, 5, 6)


def pairs(found, flag):
    return [tuple(found[at + 1 : at + 3]) for at, word in enumerate(found) if word == flag]


def test_the_form_is_strict():
    found = arguments()
    for flag in (
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    ):
        assert flag in found
    assert ("ALL", "--uid") in pairs(found, "--cap-drop")
    assert "--share-net" not in found
    assert "--dev-bind" not in found


def test_the_worktree_is_the_only_writable_mount():
    found = arguments()
    assert pairs(found, "--bind") == [("/host/tree", "/work")]
    assert "--bind" not in arguments(replace(PROGRAM, writable=None))


def test_nothing_of_the_machine_is_shown_but_its_programs():
    shown = {source for source, _ in pairs(arguments(), "--ro-bind")}
    assert shown <= {
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/nix/store",
        "/etc/alternatives",
        "/dev/null",
    }


def test_scratch_is_sized_and_the_root_read_only_at_the_end():
    found = arguments(replace(PROGRAM, limits=Limits(memory_bytes=64 << 20)))
    for target in ("/tmp", "/dev/shm"):
        at = found.index(target)
        assert found[at - 3 : at] == ["--size", str(32 << 20), "--tmpfs"]
    last = [at for at, pair in enumerate(pairwise(found)) if pair == ("--remount-ro", "/")]
    assert len(last) == 1
    after = found[last[0] :]
    assert not {"--bind", "--ro-bind", "--tmpfs"} & set(after)
    assert {target for target, _ in pairs(found, "--remount-ro")} == {"/proc", "/dev", "/"}


def test_the_environment_goes_by_the_arguments():
    found = arguments()
    assert ("A", "b") in pairs(found, "--setenv")
    assert ("HOME", "/tmp") in pairs(found, "--setenv")


@pytest.mark.parametrize(
    "target",
    [
        "relative",
        "/work",
        "/work/inner",
        "/proc/x",
        "/dev/sda",
        "/etc/shadow",
        "/a/../etc",
        "/a//b",
        "/",
        "/tmp",
        "/usr/x",
    ],
)
def test_a_mount_may_not_lie_where_the_sandbox_has_its_own(target):
    with pytest.raises(ValueError, match="mount target"):
        arguments(replace(PROGRAM, readonly=(Mount(Path("/x"), target),)))


def test_mounts_come_parents_first_and_once():
    inner, outer = Mount(Path("/b"), "/opt/a/b"), Mount(Path("/a"), "/opt/a")
    found = pairs(arguments(replace(PROGRAM, readonly=(inner, outer, inner))), "--ro-bind")
    assert found[-2:] == [("/a", "/opt/a"), ("/b", "/opt/a/b")]


def test_the_machines_names_are_made_up():
    files = bubblewrap.etc_files()
    assert b"root" not in files["/etc/passwd"]
    assert "/etc/resolv.conf" not in files
    assert "/etc/shadow" not in files


@pytest.mark.sandbox
@pytest.mark.parametrize("word", ["argv", "env", "cwd"])
def test_no_word_can_smuggle_in_arguments(word):
    smuggled = "x\0--bind\0/\0/work"
    program = {
        "argv": replace(PROGRAM, argv=("/bin/true", smuggled)),
        "env": replace(PROGRAM, env={"A": smuggled}),
        "cwd": replace(PROGRAM, cwd=smuggled),
    }[word]
    with pytest.raises(ValueError, match="NUL"):
        sandbox().run(program)
