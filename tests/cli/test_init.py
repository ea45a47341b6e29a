"""`frmo init`: what it says, and its exit codes."""

import subprocess
import sys

from support.cli import frmo
from support.repositories import git, make_repository


def test_it_says_what_it_did_and_what_is_next(tmp_path):
    root = make_repository(tmp_path / "r")
    said = frmo("init", at=root)
    assert said.code == 0
    assert said.out == f"{root} is a workspace now: commit {git(root, 'rev-parse', 'HEAD')[:12]} on main.\n"
    assert "frmo new" in said.err
    again = frmo("init", at=root)
    assert (again.code, again.out) == (0, f"{root} is already a workspace; nothing to add.\n")
    assert frmo("init", "-q", at=make_repository(tmp_path / "q")).err == ""


def test_json_is_one_object(tmp_path):
    root = make_repository(tmp_path / "r", {"logs/mine.txt": "x"})
    data = frmo("init", "--json", at=root).data
    assert data["commit"] == git(root, "rev-parse", "HEAD")
    assert (data["prefix"], data["why_hidden"], data["already"]) == (".frmo/", "`logs` exists already", False)
    assert ".frmo/state/config.yaml" in data["added"]
    assert data["hooks"] == {
        "installed": ["pre-commit", "pre-receive", "reference-transaction"],
        "kept": [],
        "skipped": "",
    }
    assert frmo("init", "--json", at=root).data["already"] is True


def test_why_the_folders_are_hidden_is_said(tmp_path):
    said = frmo("init", at=make_repository(tmp_path / "r", {"hooks/x": "x"}))
    assert "(in .frmo/)" in said.out
    assert "because `hooks` exists already" in said.err


def test_a_folder_that_is_no_repository(tmp_path):
    said = frmo("init", at=tmp_path)
    assert said.code == 2
    assert "git init" in said.err
    assert list(tmp_path.iterdir()) == []
    assert frmo("init", "--git", at=tmp_path).code == 0
    assert git(tmp_path, "log", "--format=%s") == "frmo(init): make this repository a workspace"


def test_a_branch(tmp_path):
    root = make_repository(tmp_path / "r")
    said = frmo("init", "--branch", "frmo/init", at=root)
    assert "on frmo/init." in said.out
    assert "git merge frmo/init" in said.err
    assert not (root / "state").exists()


def test_foreign_and_configured_hooks_are_said(tmp_path):
    root = make_repository(tmp_path / "r")
    (root / ".git/hooks/pre-commit").write_text("#!/bin/sh\n")
    assert "kept as pre-commit.before-frmo" in frmo("init", at=root).err
    other = make_repository(tmp_path / "o")
    git(other, "config", "core.hooksPath", "tools")
    assert "core.hooksPath is tools" in frmo("init", at=other).err


def test_a_refusal_has_exit_code_2(tmp_path):
    root = make_repository(tmp_path / "r")
    git(root, "branch", "frmo")
    said = frmo("init", at=root)
    assert (said.code, said.out) == (2, "")
    assert "branch named `frmo`" in said.err


def test_from_the_installed_command(tmp_path):
    root = make_repository(tmp_path / "r")
    ended = subprocess.run(
        [sys.executable, "-m", "frmo", "init"], cwd=root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert (root / "tasks/README.md").is_file()
