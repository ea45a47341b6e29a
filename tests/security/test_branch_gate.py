"""The gate of agent branches: every commit, wherever it hides, at settle, at accept, and where branches are pushed to."""

import json
import os
import subprocess
import sys

import pytest
from support.cli import frmo
from support.project import ADD, GOOD, complete_one, configure, drop, executor, git, make_repository, run_scripted
from support.repositories import git as plumbing

from frmo.errors import GitError
from frmo.model.names import task_ref
from frmo.repo.repository import FileChange, Graft, RefUpdate, Repository, Signature
from frmo.store.branch_gate import ground_of, guard, refusals
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

WHO = Signature("frmo executor", "frmo@localhost", 1_700_000_000)
LINK = 0o120000


@pytest.fixture(scope="module")
def finished(template, tmp_path_factory):
    """A workspace with a link and a submodule, extra protected paths, and one complete task; its folder and the id."""
    folder = tmp_path_factory.mktemp("gate") / "repo"
    subprocess.run(["cp", "-a", template, folder], check=True)
    configure(folder, protected=["secret/*", "Makefile"])
    (folder / "link").symlink_to("kit")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text("a\n")
    git(folder, "add", "-A")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{git(folder, 'rev-parse', 'HEAD')},vendor/sub")
    git(folder, "commit", "-q", "-m", "link and submodule")
    return folder, complete_one(folder)


@pytest.fixture
def work(finished, tmp_path):
    folder = tmp_path / "repo"
    subprocess.run(["cp", "-a", finished[0], folder], check=True)
    return Workspace.open(folder), finished[1]


def _put(workspace, task, tree, parents=None):
    """A commit on the task branch, made as a thief with write access to `.git` would."""
    ref = task_ref(task)
    tip = workspace.repo.ref(ref)
    oid = workspace.repo.commit(tree, [tip] if parents is None else parents, "frmo(execute): x\n", WHO)
    assert workspace.repo.swap([RefUpdate(ref, oid, tip)])
    return oid


def _refused(workspace, task):
    record = TaskRun.load(workspace, task).recorded
    found = refusals(workspace, record.at, record.state.base, ground_of(workspace, record))
    if found:
        with pytest.raises(GitError, match="no agent may commit"):
            guard(workspace, record)
    return found


def _raw(repo, base, name, mode, under):
    """Tree of `base` with an entry that no checked call would write, put below the folder `under`."""
    rows = [
        (item[0], item[1], repo.entry(base, f"{under}/{item[1]}" if under else item[1]).oid)
        for item in repo.rows(base, under)
    ]
    rows.append((mode, name, repo.write_blob(b"x\n")))
    packed = b"".join(f"{m} {n}\0".encode() + bytes.fromhex(o) for m, n, o in rows)
    ended = subprocess.run(
        ["git", "-C", repo.root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin"], input=packed, capture_output=True, check=True
    )  # fmt: skip
    oid = ended.stdout.decode().strip()
    return repo.edit_tree(base, {under: Graft(oid)})


FILES = {
    "a protocol": ("protocols/executor/protocol.yaml", b"role: executor\n", 0o100644),
    "the configuration": ("state/config.yaml", b"version: 1\n", 0o100644),
    "a hook": ("hooks/pre-commit", b"#!/bin/sh\n", 0o100755),
    "attributes": ("kit/.gitattributes", b"* filter=x\n", 0o100644),
    "submodule settings": (".gitmodules", b"[submodule]\n", 0o100644),
    "a workflow": (".github/workflows/ci.yml", b"on: push\n", 0o100644),
    "a task file": ("tasks/more.yaml", b"title: more\n", 0o100644),
    "what the configuration protects": ("secret/a.txt", b"x\n", 0o100644),
    "its own tests": ("tests/test_add.py", b"def test_add():\n    pass\n", 0o100644),
    "a link to outside": ("kit/out", b"/etc/passwd", LINK),
    "a link to inside": ("kit/in", b"add.py", LINK),
    "a file in a link's place": ("link", b"x\n", 0o100644),
    "a file in a submodule's place": ("vendor/sub", b"x\n", 0o100644),
    "a twin by case": ("KIT/old.py", b"x\n", 0o100644),
    "a twin of a file by case": ("docs/A.md", b"x\n", 0o100644),
    "a protected twin": ("State/config.yaml", b"x\n", 0o100644),
    "a twin by normal form": ("docs/\uff41.md", b"x\n", 0o100644),
    "a name with an escape": ("kit/\x1b[2J", b"x\n", 0o100644),
    "a name nobody sees": ("kit/a\u200b.py", b"x\n", 0o100644),
    "a device": ("kit/aux.py", b"x\n", 0o100644),
    "a name that ends with a dot": ("kit/a.", b"x\n", 0o100644),
    "another task's record": ("state/runs/2023-11-14/aa/other-00000000/1/state.json", b"{}\n", 0o100644),
    "another run's errors": ("logs/errors/2023-11-14/aa/other-00000000/1/01.json", b"{}\n", 0o100644),
}


@pytest.mark.parametrize("case", FILES)
def test_what_no_agent_may_commit(work, case):
    workspace, task = work
    path, content, mode = FILES[case]
    tip = workspace.repo.ref(task_ref(task))
    oid = _put(workspace, task, workspace.repo.edit_tree(tip, {path: FileChange(content, mode)}))
    assert [item.commit for item in _refused(workspace, task)] == [oid]


RAW = {
    "a folder above": ("..", "100644", "kit"),
    "a file of git's": (".git", "100644", "kit"),
    "one name twice": ("old.py", "100644", "kit"),
    "a slash in a name": ("a/b", "100644", "kit"),
    "git's short name": ("GIT~1", "100644", "kit"),
    "an odd mode": ("odd.py", "100666", "kit"),
}


@pytest.mark.parametrize("case", RAW)
def test_trees_that_git_itself_would_not_write(work, case):
    workspace, task = work
    name, mode, under = RAW[case]
    oid = _put(workspace, task, _raw(workspace.repo, workspace.repo.ref(task_ref(task)), name, mode, under))
    assert [item.commit for item in _refused(workspace, task)] == [oid]


def test_its_own_record_is_only_added_to(work):
    workspace, task = work
    record = TaskRun.load(workspace, task).recorded
    for name, change in (("steps/01-accept.json", FileChange(b"{}\n")), ("task.yaml", None)):
        tree = workspace.repo.edit_tree(record.at, {f"{record.place.facts}/{name}": change})
        assert refusals(workspace, _put(workspace, task, tree), record.at, ground_of(workspace, record))


def test_a_change_that_is_taken_back_is_seen(work):
    workspace, task = work
    tip = workspace.repo.ref(task_ref(task))
    bad = _put(
        workspace, task, workspace.repo.edit_tree(tip, {"hooks/pre-commit": FileChange(b"#!/bin/sh\n", 0o100755)})
    )
    _put(workspace, task, workspace.repo.tree_oid(tip))
    assert _refused(workspace, task)[0].commit == bad


def test_a_merge_and_an_orphan(work):
    workspace, task = work
    tip = workspace.repo.ref(task_ref(task))
    tree = workspace.repo.tree_oid(tip)
    side = workspace.repo.commit(tree, [workspace.repo.head()], "side\n", WHO)
    _put(workspace, task, tree, [tip, side])
    assert "merge" in str(_refused(workspace, task)[0])
    _put(workspace, task, tree, [])
    assert "does not descend" in str(_refused(workspace, task)[0])


def test_honest_edits_pass(work):
    workspace, task = work
    tip = workspace.repo.ref(task_ref(task))
    changes = {
        "kit/add.py": FileChange(b"x = 1\n"), "new/deep/file.txt": FileChange(b"x\n"), "kit/old.py": None,
        "run.sh": FileChange(b"#!/bin/sh\n", 0o100755), "docs/größe.md": FileChange(b"x\n"), "link": None,
    }  # fmt: skip
    _put(workspace, task, workspace.repo.edit_tree(tip, changes))
    assert _refused(workspace, task) == []


def test_twins_that_were_there_before_are_nobodys_fault(work):
    workspace, task = work
    repo = workspace.repo
    base = repo.commit(repo.edit_tree(repo.head(), {"docs/A.md": FileChange(b"A\n")}), [repo.head()], "twins\n", WHO)
    one = repo.commit(
        repo.edit_tree(base, {"docs/A.md": FileChange(b"B\n"), "docs/b.md": FileChange(b"b\n")}), [base], "x\n", WHO
    )
    assert refusals(workspace, one, base, ground_of(workspace, TaskRun.load(workspace, task).recorded)) == []


def test_accept_and_review_refuse_what_came_to_the_branch(work):
    workspace, task = work
    head, tip, status = (
        workspace.repo.head(),
        workspace.repo.ref(task_ref(task)),
        git(workspace.root, "status", "--porcelain"),
    )
    _put(workspace, task, workspace.repo.edit_tree(tip, {"Makefile": FileChange(b"all:\n")}))
    for more in ((), ("--branch",)):
        said = frmo("accept", task, *more, at=workspace.root)
        assert said.code == 2 and "'Makefile' is protected" in said.err, said
    assert workspace.repo.head() == head and git(workspace.root, "status", "--porcelain") == status


def test_a_run_that_somebody_slipped_a_commit_into_does_not_settle(workspace):
    """Somebody commits to the branch of a waiting run; the worker goes on with it, and stops at the gate."""
    place = Workspace.open(workspace)
    drop(workspace, "add", ADD)
    assert frmo("switch", "agent-scripted", "off", "--why", "test", at=workspace).code == 0
    assert run_scripted(workspace, executor(GOOD)).data["tasks"][0]["state"] == "waiting"
    task = frmo("status", "--json", at=workspace).data["tasks"][0]["task"]
    tip = place.repo.ref(task_ref(task))
    _put(place, task, place.repo.edit_tree(tip, {"hooks/x": FileChange(b"x")}))
    assert frmo("switch", "agent-scripted", "on", "--why", "test", at=workspace).code == 0
    said = run_scripted(workspace, executor(GOOD))
    assert said.code != 0 and "no agent may commit" in said.out + said.err, said
    assert git(workspace, "rev-parse", "-q", "--verify", "frmo/ledger", check=False) == ""


@pytest.fixture
def remote(work, tmp_path, monkeypatch):
    """A bare clone of the workspace that checks what is pushed to it."""
    workspace, _ = work
    bare = tmp_path / "remote.git"
    git(workspace.root, "clone", "-q", "--bare", "--single-branch", "--branch", "main", workspace.root, bare)
    assert frmo("init", at=workspace.root).code == 0
    hook = bare / "hooks" / "pre-receive"
    hook.write_bytes((workspace.repo.git_dir / "hooks" / "pre-receive").read_bytes())
    hook.chmod(0o755)
    program = tmp_path / "bin" / "frmo"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m frmo "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    git(workspace.root, "remote", "add", "here", bare)
    return bare


def _push(workspace, *refs):
    ended = subprocess.run(
        ["git", "-C", workspace.root, "push", "-q", "here", *refs], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stderr


def test_a_push_of_honest_work_is_taken(work, remote):
    workspace, task = work
    git(workspace.root, "branch", "mine")
    code, err = _push(workspace, f"frmo/task/{task}", "frmo/ledger", "mine")
    assert code == 0, err
    assert frmo("accept", task, "--branch", at=workspace.root).code == 0
    code, err = _push(workspace, f"frmo/review/{task}")
    assert code == 0, err
    assert "frmo/ledger" in git(remote, "branch", "--list", "frmo/*")


def test_a_push_of_a_branch_with_one_bad_commit_is_refused(work, remote):
    workspace, task = work
    tip = workspace.repo.ref(task_ref(task))
    _put(workspace, task, workspace.repo.edit_tree(tip, {"protocols/x": FileChange(b"x")}))
    _put(workspace, task, workspace.repo.tree_oid(tip))
    code, err = _push(workspace, f"frmo/task/{task}")
    assert code != 0 and "'protocols/x' is protected" in err, err
    orphan = workspace.repo.commit(workspace.repo.tree_oid(tip), [], "orphan\n", WHO)
    code, err = _push(workspace, f"+{orphan}:refs/heads/frmo/task/{task}")
    assert code != 0 and "does not descend" in err, err
    assert git(remote, "branch", "--list", "frmo/*") == ""


def test_a_base_of_the_agents_own_making_is_refused(work, remote):
    """The whole attack in what the branch calls its base."""
    workspace, task = work
    run = TaskRun.load(workspace, task)
    repo = workspace.repo
    evil = repo.commit(repo.edit_tree(run.state.base, {"hooks/x": FileChange(b"x")}), [run.state.base], "x\n", WHO)
    state = run.recorded.fact("state.json") | {"base": evil}
    tree = repo.edit_tree(evil, {run.place.facts: Graft(repo.entry(run.tip, run.place.facts).oid)})
    first = repo.edit_tree(tree, {f"{run.place.facts}/state.json": FileChange(json.dumps(state).encode())})
    _put(workspace, task, first, [evil])
    code, err = _push(workspace, f"frmo/task/{task}")
    assert code != 0 and "on no branch of people" in err, err


def test_the_ledger_is_only_added_to(work, remote):
    workspace, _ = work
    repo = workspace.repo
    assert _push(workspace, "frmo/ledger")[0] == 0
    tip = repo.ref("refs/heads/frmo/ledger")
    one = next(item.path for item in repo.entries(tip) if item.path.endswith("state.json"))
    who = Signature("frmo ledger", "frmo@localhost", 1_700_000_000)
    forged = repo.commit(repo.edit_tree(tip, {one: FileChange(b"{}\n")}), [tip], "frmo(ledger): x\n", who)
    code, err = _push(workspace, f"{forged}:refs/heads/frmo/ledger")
    assert code != 0 and "was rewritten" in err, err
    code, err = _push(workspace, "+main:refs/heads/frmo/ledger")
    assert code != 0 and "only ever added to" in err, err
    code, err = _push(workspace, ":refs/heads/frmo/ledger")
    assert code != 0 and "never deleted" in err, err


def test_other_branches_are_nobodys_business(work, remote):
    workspace, _ = work
    (workspace.root / "hooks" / "mine").write_text("x\n")
    git(workspace.root, "add", "-A")
    git(workspace.root, "commit", "-q", "--no-verify", "-m", "a person's")
    assert _push(workspace, "main") == (0, "")


def test_a_hook_that_was_there_is_asked_first(work, remote, tmp_path):
    workspace, task = work
    before = remote / "hooks" / "pre-receive.before-frmo"
    before.write_text(f"#!/bin/sh\ncat > {tmp_path}/seen\nexit 1\n")
    before.chmod(0o755)
    assert _push(workspace, f"frmo/task/{task}")[0] != 0
    assert task in (tmp_path / "seen").read_text()


def test_names_in_a_push_are_not_trusted(work):
    workspace, _ = work
    line = f"{'0' * 40} {workspace.repo.head()} refs/heads/frmo/task/../../x"
    ended = subprocess.run(
        [sys.executable, "-m", "frmo", "hook", "pre-receive", "-C", workspace.root], input=line, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert ended.returncode == 2 and "holds no run" in ended.stderr


def test_no_workspace_takes_any_push(tmp_path):
    root = make_repository(tmp_path / "plain", {"a": "a\n"})
    assert Repository.discover(root).head() == plumbing(root, "rev-parse", "HEAD")
    assert frmo("hook", "pre-receive", at=root).code == 0
