import os
from pathlib import Path

import pytest

from frmo.errors import SandboxUnavailable
from frmo.sandbox.probe import absolute_only, diagnosis, probed, version_of


def program(folder: Path, text: str) -> str:
    (folder / "bwrap").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bwrap").chmod(0o755)
    return str(folder)


def refusal(path: str) -> str:
    with pytest.raises(SandboxUnavailable) as caught:
        probed(path)
    return str(caught.value)


@pytest.mark.sandbox
def test_here_it_works_and_is_asked_once():
    assert probed(os.environ["PATH"]) is probed(os.environ["PATH"])


def test_a_missing_package_is_named_with_its_fix(tmp_path):
    said = refusal(str(tmp_path))
    assert "bubblewrap is not installed" in said
    assert "apt install bubblewrap" in said


def test_an_old_one_is_named(tmp_path):
    said = refusal(program(tmp_path, "echo bubblewrap 0.6.2"))
    assert "0.6.2 is too old, 0.8.0 is needed" in said


def test_one_that_fails_is_not_taken_for_a_failing_program(tmp_path):
    text = '[ "$1" = --version ] && echo bubblewrap 0.9.0 || { echo "bwrap: setting up uid map: Permission denied" >&2; exit 1; }'
    said = refusal(program(tmp_path, text))
    assert "no usable sandbox" in said
    assert "Nothing that an agent wrote was run" in said


def test_one_that_hangs_is_given_up(tmp_path):
    text = '[ "$1" = --version ] && echo bubblewrap 0.9.0 || exec sleep 60'
    assert "no usable sandbox" in refusal(program(tmp_path, text))


def test_a_workspace_cannot_bring_its_own(tmp_path, monkeypatch):
    program(tmp_path, "echo bubblewrap 9.9.9")
    monkeypatch.chdir(tmp_path)
    assert "not installed" in refusal(".:bin::")
    assert absolute_only(".:/usr/bin::rel/bin:/bin") == "/usr/bin:/bin"


def test_a_program_that_tells_no_version_is_too_old(tmp_path):
    program(tmp_path, "echo hello")
    assert version_of(str(tmp_path / "bwrap")) == (0,)
    assert version_of(str(tmp_path / "none")) == (0,)


@pytest.mark.parametrize(
    ("settings", "files", "cause", "fix"),
    [
        ({"kernel/unprivileged_userns_clone": "0"}, [], "kernel.unprivileged_userns_clone=0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ({"user/max_user_namespaces": "0"}, [], "user.max_user_namespaces=0", "sysctl -w user.max_user_namespaces="),
        ({"kernel/apparmor_restrict_unprivileged_userns": "1"}, [], "AppArmor", "apparmor-profiles"),
        ({}, [".dockerenv"], "container", "--security-opt"),
        ({}, ["run/.containerenv"], "container", "--security-opt"),
        ({"kernel/unprivileged_userns_clone": "1"}, [], "bwrap: odd", "frmo doctor"),
        ({}, [], "bwrap: odd", "FRMO_SANDBOX=container"),
    ],
)  # fmt: skip
def test_each_cause_has_its_fix(tmp_path, settings, files, cause, fix):
    for name, value in {**settings, **dict.fromkeys(files, "")}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(value + "\n")
    found = diagnosis("warning\nbwrap: odd\n", tmp_path, tmp_path)
    assert cause in found[0]
    assert fix in found[1]
