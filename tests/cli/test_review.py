"""Accepting, rejecting and reviewing finished work."""

import pytest
from support.cli import frmo
from support.project import ADD, BAD, GOOD, complete_one, drop, executor, git, run_scripted

pytestmark = pytest.mark.sandbox


def trailers(folder, commit="HEAD"):
    return dict(
        line.split(": ", 1) for line in git(folder, "log", "-1", "--format=%(trailers)", commit).splitlines() if line
    )


def test_accept_is_one_commit_without_bookkeeping(workspace):
    task = complete_one(workspace)
    before = git(workspace, "rev-parse", "HEAD")
    said = frmo("accept", task, "--json", at=workspace)
    assert said.code == 0, said.err
    assert git(workspace, "rev-parse", "HEAD^") == before
    assert git(workspace, "show", "--format=", "--name-only", "HEAD") == "kit/add.py"
    assert (workspace / "kit" / "add.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert git(workspace, "status", "--porcelain") == "?? tasks/add.yaml"
    found = trailers(workspace)
    assert found["Frmo-Task"] == task
    assert found["Frmo-Source"] == git(workspace, "rev-parse", f"frmo/task/{task}")
    assert git(workspace, "log", "-1", "--format=%an") == "Ada"
    assert frmo("status", "--json", at=workspace).data["tasks"][0]["decision"] == "accepted"
    again = frmo("accept", task, at=workspace)
    assert (again.code, "accepted already" in again.err) == (2, True)


def test_revert_takes_it_back(workspace):
    task = complete_one(workspace)
    frmo("accept", task, at=workspace)
    git(workspace, "revert", "--no-edit", "HEAD")
    assert not (workspace / "kit" / "add.py").exists()


def test_a_dirty_file_in_the_way_refuses(workspace):
    task = complete_one(workspace)
    (workspace / "kit" / "add.py").write_text("mine\n")
    said = frmo("accept", task, at=workspace)
    assert said.code == 2
    assert "kit/add.py" in said.err
    assert (workspace / "kit" / "add.py").read_text() == "mine\n"


def test_work_of_the_person_elsewhere_stays(workspace):
    task = complete_one(workspace)
    (workspace / "kit" / "old.py").write_text("half done\n")
    git(workspace, "add", "kit/old.py")
    assert frmo("accept", task, at=workspace).code == 0
    assert git(workspace, "status", "--porcelain").splitlines()[0] == "M  kit/old.py"


def test_a_conflict_names_the_file_and_changes_nothing(workspace):
    task = complete_one(workspace)
    (workspace / "kit" / "add.py").write_text("def add(a, b):\n    return sum((a, b))\n")
    git(workspace, "add", "kit/add.py")
    git(workspace, "commit", "-q", "-m", "mine")
    head = git(workspace, "rev-parse", "HEAD")
    said = frmo("accept", task, at=workspace)
    assert (said.code, "kit/add.py" in said.err) == (2, True)
    assert git(workspace, "rev-parse", "HEAD") == head


def test_a_moved_head_is_validated_again(workspace):
    task = complete_one(workspace)
    (workspace / "kit" / "new.py").write_text("x = 1\n")
    git(workspace, "add", "kit/new.py")
    git(workspace, "commit", "-q", "-m", "elsewhere")
    said = frmo("accept", task, at=workspace)
    assert said.code == 0
    assert "validated again: level 3, 2 tests" in said.err


def test_a_merged_tree_that_fails_is_refused(workspace):
    task = complete_one(workspace)
    (workspace / "tests" / "test_add.py").write_text(
        "from kit.add import add\n\n\ndef test_add():\n    assert add(2, 3) == 6\n"
    )
    git(workspace, "commit", "-q", "-am", "we want more")
    head = git(workspace, "rev-parse", "HEAD")
    said = frmo("accept", task, at=workspace)
    assert (said.code, "merged with what came to the branch since" in said.err) == (2, True)
    assert (git(workspace, "rev-parse", "HEAD"), (workspace / "kit" / "add.py").exists()) == (head, False)


def test_failed_work_is_not_accepted_by_accident(workspace):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    task = run_scripted(workspace, executor(BAD)).data["tasks"][0]["task"]
    said = frmo("accept", task, at=workspace)
    assert (said.code, "not complete" in said.err) == (2, True)
    assert frmo("accept", task, "--unfinished", at=workspace).code == 0
    assert "failed" in trailers(workspace)["Frmo-Status"]


def test_a_review_branch_for_a_pull_request(workspace):
    task = complete_one(workspace)
    head = git(workspace, "rev-parse", "HEAD")
    assert frmo("accept", "--branch", task, at=workspace).code == 0
    assert git(workspace, "diff", "--name-only", "main", f"frmo/review/{task}") == "kit/add.py"
    assert git(workspace, "rev-list", "--count", f"main..frmo/review/{task}") == "1"
    assert git(workspace, "rev-parse", "HEAD") == head


def test_a_rejection_is_remembered_with_its_reason_and_can_be_retried(workspace):
    task = complete_one(workspace)
    assert frmo("reject", task, at=workspace).code == 2
    assert frmo("reject", task, "--why", "no types", at=workspace).code == 0
    folder = git(workspace, "ls-tree", "-r", "--name-only", "frmo/ledger")
    review = next(line for line in folder.splitlines() if line.endswith("review.json"))
    assert '"why": "no types"' in git(workspace, "show", f"frmo/ledger:{review}")
    assert frmo("review", "--json", at=workspace).data["queue"] == []


def test_the_queue_in_a_pipe_is_a_list(workspace):
    task = complete_one(workspace)
    assert [row["task"] for row in frmo("review", "--json", at=workspace).data["queue"]] == [task]
    assert task in frmo("review", at=workspace).out


def test_a_retry_of_failed_work_is_a_new_run(workspace):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    assert run_scripted(workspace, executor(BAD)).code == 1
    said = frmo(
        "retry", "add", "--agent", "scripted", "--script", workspace.parent / "script.json", "--json", at=workspace
    )
    assert (said.code, said.data["tasks"][0]["run"]) == (1, 2)
    run_scripted(workspace, executor(GOOD))
    said = frmo(
        "retry", "add", "--agent", "scripted", "--script", workspace.parent / "script.json", "--json", at=workspace
    )
    assert (said.code, said.data["tasks"][0]["run"]) == (0, 3)
    assert frmo("retry", "add", at=workspace).code == 2


def test_a_reverted_acceptance_can_be_accepted_again(workspace):
    task = complete_one(workspace)
    frmo("accept", task, at=workspace)
    git(workspace, "revert", "--no-edit", "HEAD")
    assert frmo("accept", task, at=workspace).code == 0
    assert (workspace / "kit" / "add.py").exists()
