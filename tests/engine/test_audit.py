"""`frmo verify`: what frmo recorded holds, and each kind of forgery is named with the first commit that it touches."""

import json
import shutil

import pytest
from support.cli import frmo
from support.project import ADD, BAD, GOOD, drop, executor, git, run_scripted

from frmo.files.json_file import canonical
from frmo.model.names import LEDGER, archive_ref, task_ref
from frmo.repo.repository import FileChange, Graft, RefUpdate, Signature
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

SECOND = {"title": "Write kit/two.py", "files": ["kit/two.py"]}


@pytest.fixture(scope="module")
def finished(template, tmp_path_factory):
    """One task that passed at its second attempt and was accepted, one that failed, one run twice."""
    folder = tmp_path_factory.mktemp("audit") / "repo"
    shutil.copytree(template, folder, symlinks=True)
    drop(folder, "add", ADD)
    assert run_scripted(folder, executor(BAD, attempt=1), executor(GOOD, attempt=2)).code == 0
    drop(folder, "two", SECOND)
    assert run_scripted(folder, executor("```python\ndef two(:\n```")).code == 1
    [failed] = [row["task"] for row in frmo("status", "--json", at=folder).data["tasks"] if row["state"] == "failed"]
    assert frmo("retry", failed, "--agent", "scripted", "--script", folder.parent / "script.json", at=folder).code == 1
    [task] = [row["task"] for row in frmo("status", "--json", at=folder).data["tasks"] if row["state"] == "complete"]
    assert frmo("accept", task, at=folder).code == 0
    return folder, task, failed


@pytest.fixture
def forge(finished, tmp_path):
    folder = tmp_path / "repo"
    shutil.copytree(finished[0], folder, symlinks=True)
    return Forger(Workspace.open(folder), finished[1], finished[2])


class Forger:
    """Rewrites history as somebody with write access to `.git` can."""

    def __init__(self, workspace, task, failed):
        self.workspace, self.repo, self.task, self.failed = workspace, workspace.repo, task, failed

    def run(self, task=None):
        return TaskRun.load(self.workspace, task or self.task)

    def commits(self, task=None):
        run = self.run(task)
        return list(reversed(list(self.repo.history(run.tip, stop=run.state.base))))

    def rewrite(self, step, edit=None, *, message=None, author=None, task=None):
        """Change the files (or message, or author) of the first `step` commit, and carry the change to the tip.

        `edit(read) -> {fact name: data}`. The ledger is taken along when it had this run. Returns the forged commit.
        """
        run = self.run(task)
        parent, forged, later = run.state.base, None, {}
        for commit in self.commits(task):
            info, changes, text, who = commit, dict(later), commit.message, commit.author
            if forged is None and commit.message.startswith(f"frmo({step})"):
                read = lambda name, at=commit.oid: json.loads(self.repo.read(at, f"{run.place.facts}/{name}"))  # noqa: E731
                state = read("state.json")
                made = {} if edit is None else edit(read, state["step"])
                changes = {f"{run.place.facts}/{name}": FileChange(canonical(data)) for name, data in made.items()}
                later = {path: item for path, item in changes.items() if not path.endswith("state.json")}
                text = message(text) if message else text
                who = Signature(author, who.email, who.when) if author else who
            tree = self.repo.edit_tree(info.tree, changes)
            if forged is not None or changes or text != info.message or who != info.author:
                parent = self.repo.commit(tree, [parent], text, who)
                forged = forged or parent
            else:
                parent = info.oid
        assert forged, f"there is no {step}"
        self.point(task_ref(run.task), parent)
        return forged

    def point(self, ref, oid):
        assert self.repo.swap([RefUpdate(ref, oid, self.repo.ref(ref))])

    def on_ledger(self, changes, parents=(), message="frmo(ledger): x\n", name="frmo ledger"):
        tip = self.repo.ref(LEDGER)
        who = Signature(name, "frmo@localhost", 1_700_000_000)
        oid = self.repo.commit(self.repo.edit_tree(tip, changes), [tip, *parents], message, who)
        self.point(LEDGER, oid)
        return oid

    def verified(self, *args):
        return frmo("verify", "--json", *args, at=self.workspace.root)

    def caught(self, forged, what):
        said = self.verified()
        assert said.code == 1, said
        of = [item["what"] for item in said.data["breaches"] if item["commit"] == forged]
        assert any(what in text for text in of), said.data["breaches"]
        assert said.data["first"] == forged, said.data["breaches"]


def test_what_frmo_made_holds(forge):
    said = forge.verified()
    assert (said.code, said.data["breaches"]) == (0, [])
    assert said.data["runs"] == 3 and said.data["verdicts"] >= 4
    assert "all hold" in frmo("verify", at=forge.workspace.root).out


def test_from_a_clone_without_task_branches(forge, tmp_path):
    clone = tmp_path / "clone"
    git(forge.workspace.root, "clone", "-q", forge.workspace.root, clone)
    said = frmo("verify", "--json", at=clone)
    assert (said.code, said.data["runs"]) == (0, 3), said


def _state(**changes):
    return lambda read, _: {"state.json": {**read("state.json"), **changes}}


def _validation(change):
    def edit(read, number):
        record = read(f"validation/{number:02d}.json")
        change(record)
        return {f"validation/{number:02d}.json": record}

    return edit


def _both(change):
    """The same lie in state and validation record."""

    def edit(read, number):
        record, state = read(f"validation/{number:02d}.json"), read("state.json")
        change(record["verdict"])
        return {f"validation/{number:02d}.json": record, "state.json": {**state, "verdict": record["verdict"]}}

    return edit


def _step_record(**changes):
    def edit(read, number):
        name = next(n for n in ("execute", "validate", "settle", "plan") if _has(read, f"steps/{number:02d}-{n}.json"))
        return {f"steps/{number:02d}-{name}.json": {**read(f"steps/{number:02d}-{name}.json"), **changes}}

    return edit


def _has(read, name):
    try:
        return bool(read(name))
    except TypeError:
        return False


FORGERIES = {
    "a verdict in the state alone": ("validate", {"edit": _state(verdict=None)}, "verdict"),
    "a verdict in the record alone": ("validate", {"edit": _validation(lambda r: r["verdict"].update(level=6))}, "verdict"),
    "a better verdict in both": ("validate", {"edit": _both(lambda v: v.update(passed=True, level=3, errors=0))}, "verdict"),
    "a higher level in both": ("validate", {"edit": _both(lambda v: v.update(level=5))}, "verdict"),
    "a finding left out": ("validate", {"edit": _validation(lambda r: r.update(findings=[]))}, "verdict"),
    "the validation of another commit": ("validate", {"edit": _validation(lambda r: r.update(commit="0" * 40))}, "another commit"),
    "the validation of another tree": ("validate", {"edit": _validation(lambda r: r.update(tree="0" * 40))}, "another commit"),
    "another sandbox": ("validate", {"edit": _validation(lambda r: r["verdict"].update(sandbox="none"))}, "verdict"),
    "a version that jumps": ("execute", {"edit": _state(version=9)}, "version"),
    "a state that can't follow": ("plan", {"edit": _state(state="validating")}, "can't become"),
    "an attempt too many": ("execute", {"edit": _state(attempt=3)}, "attempt"),
    "more attempts allowed": ("execute", {"edit": _state(attempts_allowed=9)}, "attempts_allowed changed"),
    "a cheaper run": ("execute", {"edit": _state(cost_usd=-1.0)}, ""),
    "tokens that do not add up": ("execute", {"edit": _state(tokens={"input": 1, "output": 1, "cached": 0})}, "tokens"),
    "a step's cost": ("execute", {"edit": _step_record(cost_usd=0.5)}, "cost"),
    "a step's agent": ("execute", {"edit": _step_record(agent="scripted other")}, "Frmo-Agent"),
    "a step's status": ("execute", {"edit": _step_record(status="complete")}, "record does not fit"),
    "a time": ("execute", {"edit": _step_record(at=1.0)}, "author"),
    "a trailer": ("execute", {"message": lambda m: m.replace("Frmo-Attempt: 1", "Frmo-Attempt: 2")}, "Frmo-Attempt"),
    "a subject": ("validate", {"message": lambda m: m.replace("failed", "passed", 1)}, "subject"),
    "an author": ("execute", {"author": "frmo validator"}, "author"),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGERIES)
def test_a_forgery_is_named(forge, case):
    step, how, what = FORGERIES[case]
    forged = forge.rewrite(step, **how)
    forge.caught(forged, what)


def test_a_commit_by_hand_on_a_task_branch(forge):
    """The simplest: check the branch out, edit the state, commit."""
    root, run = forge.workspace.root, forge.run(forge.failed)
    git(root, "checkout", "-q", f"frmo/task/{forge.failed}")
    place = root / run.place.facts / "state.json"
    place.write_text(place.read_text().replace('"failed"', '"complete"'))
    git(root, "commit", "-q", "--no-verify", "-am", "better")
    forged = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "main")
    forge.caught(forged, "")


def test_an_error_record_with_another_fingerprint(forge):
    run = forge.run(forge.failed)
    path = f"{run.place.errors}/01.json"
    commit = next(c for c in forge.commits(forge.failed) if forge.repo.entry(c.oid, path))
    parent = commit.parents[0]
    row = json.loads(forge.repo.read(commit.oid, path)) | {"fingerprint": "0" * 12}
    tree = forge.repo.edit_tree(commit.oid, {path: FileChange(canonical(row))})
    forged = forge.repo.commit(tree, [parent], commit.message, commit.author)
    forge.point(task_ref(forge.failed), forged)
    forge.caught(forged, "fingerprint")


@pytest.mark.parametrize("file", ["state.json", "validation"])
def test_a_record_edited_on_the_ledger(forge, file):
    tip = forge.repo.ref(LEDGER)
    path = next(item.path for item in forge.repo.entries(tip) if file in item.path)
    forged = forge.on_ledger({path: FileChange(forge.repo.read(tip, path).replace(b"failed", b"passed") + b"\n")})
    forge.caught(forged, "was rewritten")


def test_a_graft_that_is_not_what_the_branch_has(forge):
    """The ledger is made anew: its last graft brings a better state than the run has."""
    root = forge.workspace.root
    last = forge.repo.commit_info(next(
        c.oid for c in forge.repo.history(forge.repo.ref(LEDGER)) if c.message.startswith("frmo(ledger)") and len(c.parents) == 2
    ))  # fmt: skip
    path = next(p for p in forge.repo.changed(last.parents[0], last.oid) if p.endswith("state.json"))
    better = forge.repo.read(last.oid, path).replace(b'"cost_usd": 0.0', b'"cost_usd": 9.0')
    tree = forge.repo.edit_tree(last.tree, {path: FileChange(better)})
    forged = forge.repo.commit(tree, last.parents, last.message, last.author)
    git(root, "update-ref", LEDGER, forged)
    forge.caught(forged, "is not what the branch of the run has")


def test_a_run_that_no_branch_brought(forge):
    run = forge.run()
    place = run.place.facts.replace("/1", "/7")
    forged = forge.on_ledger({place: Graft(forge.repo.entry(run.tip, run.place.facts).oid)})
    forge.caught(forged, "is not what the branch of the run has")


def test_an_accepted_commit_that_is_something_else(forge):
    root = forge.workspace.root
    (root / "kit" / "old.py").write_text("import os\n")
    git(root, "commit", "-q", "--amend", "-a", "--no-edit", "--no-verify")
    forge.caught(git(root, "rev-parse", "HEAD"), "kit/old.py differ")


def test_a_commit_that_claims_a_source_or_a_verdict_it_has_not(forge):
    root, run = forge.workspace.root, forge.run(forge.failed)
    text = f"frmo(accept): x\n\nFrmo-Task: {run.task}\nFrmo-Run: {run.run}\nFrmo-Source: {run.tip}\nFrmo-Status: complete (level 6)\n"
    git(root, "commit", "-q", "--allow-empty", "--no-verify", "-m", text)
    forge.caught(git(root, "rev-parse", "HEAD"), "Frmo-Status")


def test_authorship_that_is_only_claimed(forge):
    root = forge.workspace.root
    git(
        root,
        "commit",
        "-q",
        "--allow-empty",
        "--author",
        "frmo validator <frmo@localhost>",
        "-m",
        "frmo(validate): passed",
    )
    forge.caught(git(root, "rev-parse", "HEAD"), "claims to be by frmo validator")


def test_bookkeeping_on_main(forge):
    root, run = forge.workspace.root, forge.run()
    git(root, "checkout", "-q", f"frmo/task/{run.task}", "--", run.place.facts)
    git(root, "commit", "-q", "--no-verify", "-m", "records")
    forge.caught(git(root, "rev-parse", "HEAD"), "brings records of runs")


def test_two_writers(forge):
    """Steps 2 and 4 by one worker, step 3 by another: both thought they had the lease."""
    run, nonce = forge.run(), {}
    parent = run.state.base
    for count, commit in enumerate(forge.commits(), 1):
        nonce[next(p for p in forge.repo.changed(parent, commit.oid) if "/steps/" in p)] = "ab"[count % 2] * 16
        parent = commit.oid
    parent = run.state.base
    for commit in forge.commits():
        have = {path: value for path, value in nonce.items() if forge.repo.entry(commit.oid, path)}
        rows = {path: {**json.loads(forge.repo.read(commit.oid, path)), "nonce": value} for path, value in have.items()}
        tree = forge.repo.edit_tree(commit.tree, {path: FileChange(canonical(row)) for path, row in rows.items()})
        parent = forge.repo.commit(tree, [parent], commit.message, commit.author)
    forge.point(task_ref(run.task), parent)
    said = forge.verified()
    assert said.code == 1 and "two writers" in str(said.data["breaches"])


def test_a_range_looks_at_nothing_else(forge):
    root = forge.workspace.root
    git(root, "commit", "-q", "--allow-empty", "--author", "frmo x <x@localhost>", "-m", "forged")
    git(root, "commit", "-q", "--allow-empty", "-m", "mine")
    assert forge.verified("HEAD~1..HEAD").data["commits"] == 1
    assert forge.verified("HEAD~1..").code == 0
    assert forge.verified("HEAD~2..HEAD").code == 1
    assert forge.verified(forge.task).code == 0  # it began before the forgery
    assert forge.verified(f"main..{forge.task}").data["runs"] == 1
    assert forge.verified("frmo/ledger~1..frmo/ledger").code == 0
    assert forge.verified("no-such-thing").code == 2


def test_an_archived_run_is_verified_too(forge):
    ref = archive_ref(forge.failed, 1)
    tip = forge.repo.ref(ref)
    who = Signature("frmo worker", "frmo@localhost", 1_700_000_000)
    forged = forge.repo.commit(forge.repo.tree_oid(tip), [tip], forge.repo.commit_info(tip).message, who)
    forge.point(ref, forged)
    forge.caught(forged, "step record")


def test_replay_judges_again(forge):
    said = forge.verified("--replay", "100%")
    assert (said.code, said.data["replayed"]) == (0, said.data["verdicts"]), said
    assert forge.verified("--replay", "0%").data["replayed"] == 0
    assert forge.verified("--replay", "200%").code == 2


def test_replay_sees_a_lie_that_is_consistent(forge):
    """State, record, levels and message all say that a failed attempt was one finding better."""

    def fewer_tests(read, number):
        record, state = read(f"validation/{number:02d}.json"), read("state.json")
        for level in record["verdict"]["levels"]:
            level["checks"] += 1
        return {f"validation/{number:02d}.json": record, "state.json": {**state, "verdict": record["verdict"]}}

    forged = forge.rewrite("validate", fewer_tests)
    found = [item for item in forge.verified("--replay", "100%").data["breaches"] if item["commit"] == forged]
    assert any("judged again" in item["what"] for item in found), found
