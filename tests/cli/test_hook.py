"""The pre-commit hook as git calls it: leaves early, refuses what breaks the rules, lets people pass without frmo."""

import os
import subprocess
import sys

import pytest
from support.cli import frmo
from support.repositories import commit_files, git, make_repository, write_files


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A workspace with `frmo` on PATH, which notes each of its calls."""
    program = tmp_path / "bin" / "frmo"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\nexec {sys.executable} -m frmo "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    root = make_repository(tmp_path / "r")
    assert frmo("init", "-q", at=root).code == 0
    return root


def commit(root, files, *more):
    write_files(root, files)
    git(root, "add", "-A")
    return subprocess.run(
        ["git", "commit", "-q", "-m", "x", *more], cwd=root, capture_output=True, text=True, check=False
    )


def calls(root):
    file = root.parent / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_other_files_pass_without_starting_frmo(root):
    assert commit(root, {"src/a.py": "a\n", "tasks/x.yaml": "titel: unfinished\n"}).returncode == 0
    assert calls(root) == []


def test_a_valid_edit_passes(root):
    assert commit(root, {"state/config.yaml": "version: 1\njobs: 3\n"}).returncode == 0
    assert len(calls(root)) == 1


def test_an_invalid_edit_is_refused_with_place_and_hint(root):
    head = git(root, "rev-parse", "HEAD")
    ended = commit(root, {"state/config.yaml": "version: 1\njbos: 3\n", "logs/patterns/x.yaml": "a: 1\n"})
    assert ended.returncode != 0
    assert "state/config.yaml:2:1: unknown key 'jbos' (did you mean 'jobs'?)" in ended.stderr
    assert "logs/patterns/x.yaml" in ended.stderr
    assert git(root, "rev-parse", "HEAD") == head


def test_the_staged_content_counts_not_the_file(root):
    write_files(root, {"state/config.yaml": "jbos: 3\n"})
    git(root, "add", "-A")
    write_files(root, {"state/config.yaml": "jobs: 3\n"})
    ended = subprocess.run(["git", "commit", "-qm", "x"], cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    ended = subprocess.run(
        ["git", "commit", "-qm", "x", "state/config.yaml"], cwd=root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_deleting_is_allowed(root):
    git(root, "rm", "-q", "protocols/learner/protocol.yaml")
    assert commit(root, {}).returncode == 0


def test_hidden_folders_are_watched_too(tmp_path, root):
    other = make_repository(tmp_path / "hidden", {"logs/x": "x"})
    assert frmo("init", "-q", at=other).code == 0
    assert commit(other, {".frmo/state/config.yaml": "jbos: 1\n"}).returncode != 0
    git(other, "reset", "-q")
    git(other, "checkout", "-q", ".")
    assert commit(other, {"logs/x": "y"}).returncode == 0


def test_without_frmo_on_path_one_line_and_the_person_passes(root, monkeypatch, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for tool in ("git", "sh", "cat", "sed"):
        (bare / tool).symlink_to(f"/usr/bin/{tool}")
    monkeypatch.setenv("PATH", str(bare))
    ended = commit(root, {"state/config.yaml": "jbos: 3\n"})
    assert ended.returncode == 0
    assert ended.stderr == "frmo: not on PATH, so the staged files of the workspace were not checked\n"


def test_the_first_commit_of_a_repository(root, tmp_path):
    tree = git(root, "write-tree")
    assert frmo("hook", "pre-commit", tree, at=root).code == 0
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    git(fresh, "init", "-q")
    write_files(fresh, {"state/config.yaml": "jbos: 1\n"})
    git(fresh, "add", "-A")
    said = frmo("hook", "pre-commit", git(fresh, "write-tree"), "--json", at=fresh)
    assert said.code == 2
    assert said.data["ok"] is False
    assert said.data["faults"][0]["line"] == 1


def test_no_workspace_is_nobodys_business(tmp_path):
    root = make_repository(tmp_path / "plain")
    commit_files(root, {"state/x": "x"})
    assert frmo("hook", "pre-commit", git(root, "write-tree"), at=root).code == 0


def test_a_wrong_call_is_bad_usage(root):
    assert frmo("hook", "pre-commit", at=root).code == 2
    assert frmo("hook", "pre-commit", "--", "-x", at=root).code == 2
    assert frmo("hook", "no-such-event", at=root).code == 2
