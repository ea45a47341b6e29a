"""`frmo doctor`: hooks that are missing, outdated or foreign, and history that does not hold."""

from support.cli import frmo
from support.project import complete_one, git


def said(folder, name):
    return [item for item in frmo("doctor", "--json", at=folder).data["checks"] if item["name"] == name]


def test_hooks_as_they_stand(workspace):
    hooks = workspace / ".git" / "hooks"
    assert said(workspace, "hooks")[0]["level"] == "ok"
    (hooks / "pre-commit").unlink()
    (hooks / "pre-receive").write_text("#!/bin/sh\n# frmo hook\n")
    (hooks / "reference-transaction").write_text("#!/bin/sh\nexit 0\n")
    [item] = said(workspace, "hooks")
    assert item["message"] == "pre-commit missing, pre-receive outdated, reference-transaction foreign"
    assert frmo("init", at=workspace).code == 0
    assert said(workspace, "hooks")[0]["level"] == "ok"
    git(workspace, "config", "core.hooksPath", ".githooks")
    assert ".githooks" in said(workspace, "hooks")[0]["message"]


def test_history_that_does_not_hold_is_named(workspace):
    task = complete_one(workspace)
    assert frmo("accept", task, at=workspace).code == 0
    assert said(workspace, "history")[0]["level"] == "ok"
    (workspace / "kit" / "add.py").write_text("evil = 1\n")
    git(workspace, "commit", "-q", "--no-verify", "--amend", "-a", "--no-edit")
    [item] = said(workspace, "history")
    assert item["level"] == "bad" and "kit/add.py differ" in item["message"] and item["fix"] == "frmo verify"
