"""Planted attacks on git: each runs a command under a naive call, none under frmo's own commands.

An attack is a change to the repository, its configuration or the surroundings, with the naive call that it waits for.
Every one is played twice: first against git as a careless tool calls it, where it must work (else it proves nothing),
then against run, diff, status, log, verify, doctor and accept, where nothing of it may run.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import frmo
from support.project import ADD, GOOD, complete_one, drop, executor, git, run_scripted


@dataclass(frozen=True)
class Trap:
    """Where an attack is planted. `ran`: the file that its command makes. `evil`: a program that makes it."""

    root: Path
    ran: Path
    evil: Path
    setenv: Callable[[str, str], None]

    def config(self, name: str, value: str | None = None) -> None:
        """A setting in the repository's own configuration, default the program."""
        git(self.root, "config", name, value or str(self.evil))

    def commit(self, files: dict[str, str] | None = None) -> None:
        """Files that came to the repository by a pull or an agent's merged work."""
        for name, text in (files or {}).items():
            place = self.root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        git(self.root, "add", "-A")
        git(self.root, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "more")

    def hook(self, folder: Path, *events: str) -> None:
        """The program as a hook of each event."""
        folder.mkdir(parents=True, exist_ok=True)
        for event in events:
            (folder / event).unlink(missing_ok=True)
            shutil.copy(self.evil, folder / event)


HOOKS = ("post-index-change", "post-commit", "commit-msg", "prepare-commit-msg", "post-checkout", "post-merge")


def _foreign_git(trap):
    """A second repository with a monitor program, to be pointed at."""
    other = trap.root.parent / "other"
    shutil.copytree(trap.root, other, symlinks=True)
    git(other, "config", "core.fsmonitor", str(trap.evil))
    return other


def swapped_git_file(trap):
    other = _foreign_git(trap)
    shutil.rmtree(trap.root / "kit" / "inner", ignore_errors=True)
    (trap.root / "kit" / "inner").mkdir()
    (trap.root / "kit" / "inner" / ".git").write_text(f"gitdir: {other}/.git\n")
    return "-C kit/inner status"


def nested_repository(trap):
    git(trap.root, "init", "-q", "kit/nested")
    git(trap.root / "kit" / "nested", "config", "core.fsmonitor", str(trap.evil))
    return "-C kit/nested status"


def bare_repository_in_a_folder(trap):
    git(trap.root, "init", "-q", "--bare", "docs")
    git(trap.root / "docs", "config", "core.fsmonitor", str(trap.evil))
    git(trap.root / "docs", "config", "core.bare", "false")
    git(trap.root / "docs", "config", "core.worktree", str(trap.root))
    return "-C docs status"


def fsmonitor(trap):
    trap.config("core.fsmonitor")
    return "status"


def clean_filter(trap):
    trap.commit({".gitattributes": "*.py filter=evil\n"})
    trap.config("filter.evil.clean")
    (trap.root / "kit" / "old.py").touch()
    return "add --renormalize ."


def smudge_filter(trap):
    trap.commit({".gitattributes": "*.py filter=evil\n"})
    trap.config("filter.evil.smudge")
    (trap.root / "kit" / "old.py").unlink()
    git(trap.root, "config", "filter.evil.smudge", str(trap.evil))
    return "checkout -- kit/old.py"


def process_filter(trap):
    trap.commit({".gitattributes": "*.py filter=evil\n"})
    trap.config("filter.evil.process")
    return "add --renormalize ."


def relative_hooks_path(trap):
    trap.hook(trap.root / ".githooks", *HOOKS)
    trap.commit()
    trap.config("core.hooksPath", ".githooks")
    return "commit --allow-empty -m x"


def hooks_in_place(trap):
    trap.hook(trap.root / ".git" / "hooks", *HOOKS)
    return "commit --allow-empty -m x"


def hook_on_refs(trap):
    trap.hook(trap.root / ".git" / "hooks", "reference-transaction")
    return "update-ref refs/heads/naive HEAD"


def external_diff(trap):
    trap.config("diff.external")
    return "diff HEAD~1"


def diff_driver(trap):
    trap.commit({".gitattributes": "*.py diff=evil\n", "kit/old.py": "def old(n):\n    return n  # same\n"})
    trap.config("diff.evil.command")
    return "diff HEAD~1"


def textconv(trap):
    trap.commit({".gitattributes": "*.py diff=evil\n", "kit/old.py": "def old(n):\n    return n  # same\n"})
    trap.config("diff.evil.textconv")
    return "diff HEAD~1"


def merge_driver(trap):
    trap.commit({".gitattributes": "*.py merge=evil\n"})
    trap.config("merge.evil.driver", f"{trap.evil} %A")
    git(trap.root, "checkout", "-q", "-b", "side", "HEAD~1")
    trap.commit({"kit/old.py": "def old(n):\n    return n + 1\n", ".gitattributes": "*.py merge=evil\n"})
    git(trap.root, "checkout", "-q", "main")
    trap.commit({"kit/old.py": "def old(n):\n    return n + 2\n"})
    return "merge side"


def pager(trap):
    trap.config("core.pager")
    trap.config("pager.log", "true")
    return "-p log"


def editor(trap):
    trap.config("core.editor")
    return "commit --allow-empty"


def alias(trap):
    trap.config("alias.st", f"!{trap.evil}")
    return "st"


def ssh_command(trap):
    """Of a remote that frmo has no business with: its own usual remote is reached as the person set it up."""
    trap.config("core.sshCommand")
    for name in ("backup", "mirror"):
        trap.config(f"remote.{name}.url", "ssh://localhost/x")
        trap.config(f"remote.{name}.promisor", "true")
    trap.config("extensions.partialClone", "backup")
    return f"cat-file -p {'1' * 40}"


def upload_pack(trap):
    trap.config("remote.origin.url", str(trap.root))
    trap.config("remote.origin.uploadpack")
    return "fetch origin"


def gpg_program(trap):
    trap.config("gpg.program")
    trap.config("commit.gpgSign", "true")
    return "commit --allow-empty -m x"


def gpg_verification(trap):
    trap.config("gpg.ssh.program")
    trap.config("gpg.format", "ssh")
    trap.config("user.signingKey", "key::ssh-ed25519 AAAA")
    return "commit -S --allow-empty -m x"


def credential_helper(trap):
    trap.config("credential.helper", f"!{trap.evil}")
    return "credential fill"


def submodule_update(trap):
    sub = trap.root.parent / "sub"
    shutil.copytree(trap.root, sub, symlinks=True)
    git(trap.root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sub), "vendor")
    git(trap.root, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "sub")
    git(trap.root / "vendor", "-c", "core.hooksPath=/dev/null", "checkout", "-q", "HEAD~1")
    trap.config("submodule.vendor.update", f"!{trap.evil}")
    return "submodule update"


def template_hooks(trap):
    template = trap.root.parent / "template"
    trap.hook(template / "hooks", "post-checkout")
    trap.config("init.templateDir", str(template))
    trap.setenv("GIT_TEMPLATE_DIR", str(template))
    return f"clone -q {trap.root} {trap.root.parent / 'copy'}"


def transport_by_url(trap):
    trap.config("remote.origin.url", "https://example.org/x")
    trap.config(f"url.ext::{trap.evil} .insteadOf", "https://example.org/")
    trap.config("protocol.ext.allow", "always")
    return "fetch origin"


def promised_objects(trap):
    trap.config("remote.origin.url", f"ext::{trap.evil}")
    trap.config("protocol.ext.allow", "always")
    trap.config("remote.origin.promisor", "true")
    trap.config("extensions.partialClone", "origin")
    return f"cat-file -p {'1' * 40}"


def external_diff_variable(trap):
    trap.setenv("GIT_EXTERNAL_DIFF", str(trap.evil))
    return "diff HEAD~1"


def configuration_by_variable(trap):
    trap.setenv("GIT_CONFIG_COUNT", "1")
    trap.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    trap.setenv("GIT_CONFIG_VALUE_0", str(trap.evil))
    return "status"


def included_configuration(trap):
    trap.commit({"shared.config": f"[core]\n\tfsmonitor = {trap.evil}\n"})
    trap.config("include.path", "../shared.config")
    return "status"


ATTACKS = (
    swapped_git_file, nested_repository, bare_repository_in_a_folder, fsmonitor, clean_filter, smudge_filter,
    process_filter, relative_hooks_path, hooks_in_place, hook_on_refs, external_diff, diff_driver, textconv, merge_driver,
    pager, editor, alias, ssh_command, gpg_program, gpg_verification, upload_pack, credential_helper, submodule_update, template_hooks,
    transport_by_url, promised_objects, external_diff_variable, configuration_by_variable, included_configuration,
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared(template, tmp_path_factory):
    """A workspace with a task that is complete and not yet accepted, and a second commit on main."""
    folder = tmp_path_factory.mktemp("git") / "repo"
    shutil.copytree(template, folder, symlinks=True)
    for name in ("pre-commit", "pre-receive", "reference-transaction"):
        (folder / ".git" / "hooks" / name).unlink()
    return folder, complete_one(folder)


@pytest.fixture
def trap(prepared, tmp_path, monkeypatch):
    root = tmp_path / "repo"
    shutil.copytree(prepared[0], root, symlinks=True)
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\necho ran >> {tmp_path}/ran\nexit 1\n")
    evil.chmod(0o755)
    return Trap(root, tmp_path / "ran", evil, monkeypatch.setenv)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_no_command_of_an_attacker_runs(attack, trap, prepared):
    naive = attack(trap).split()
    trap.ran.unlink(missing_ok=True)
    copy = trap.root.parent / "naive"
    shutil.copytree(trap.root, copy, symlinks=True)
    subprocess.run(
        ["git", *naive], cwd=copy, input=b"protocol=https\nhost=example.org\n\n", capture_output=True, timeout=30, check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "ext:file:https:ssh", "GIT_PAGER_IN_USE": "1"},
    )  # fmt: skip
    if attack is pager:  # only a terminal starts it
        subprocess.run(
            ["script", "-qec", "git -p log", "/dev/null"], cwd=copy, capture_output=True, timeout=30, check=False
        )
    assert trap.ran.exists(), "the attack does not work under a naive call, so it shows nothing"
    trap.ran.unlink()
    _everything(trap.root, prepared[1])
    assert not trap.ran.exists()


def _everything(root, task):
    """All that frmo does to a repository, each command with the exit code of success."""
    drop(root, "more", {**ADD, "title": "Write it again"})
    assert run_scripted(root, executor(GOOD)).code == 0
    for command in (("status",), ("log", task), ("diff", task), ("errors",), ("verify",), ("cost",)):
        said = frmo(*command, at=root)
        assert said.code == 0, (command, said)
    frmo("doctor", at=root)
    said = frmo("accept", task, at=root)
    assert said.code == 0, said


def test_tests_that_attributes_would_hide_are_run(workspace):
    """`export-ignore` hides files from `git archive`: a tool that exports so would judge the work without them."""
    (workspace / ".gitattributes").write_text("tests/** export-ignore\n*.py export-subst\n")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "attributes")
    naive = subprocess.run(["git", "archive", "HEAD"], cwd=workspace, capture_output=True, check=True).stdout
    assert b"tests/test_add.py" not in naive
    drop(workspace, "add", ADD)
    bad = "```python\ndef add(a, b):\n    return 7\n```"
    said = run_scripted(workspace, executor(bad))
    assert said.data["tasks"][0]["state"] == "failed", said
    drop(workspace, "other", {**ADD, "title": "Write add(a, b), once more"})
    assert run_scripted(workspace, executor(GOOD), args=["other"]).code == 0
