"""Every way to tamper with a trial's files that the gate names, tried and refused; and every honest commit shape."""

import json
from dataclasses import replace

import pytest
from support.cli import frmo
from support.learning import names
from support.project import git

from frmo.learn.ending import evidence_files
from frmo.model.gate import decide
from frmo.model.pair import PairFault
from frmo.model.registration import Pool, PoolTask
from frmo.model.split import Side
from frmo.model.trial import pairs_digest
from frmo.repo.repository import FileChange, RefUpdate, Signature
from frmo.store.rules import faults_between
from frmo.store.trials import load_pairs, load_trial, rows_file, trial_file, trial_names
from frmo.store.workspace import Workspace

pytestmark = pytest.mark.sandbox


def forged(folder, change, *, honest=True):
    """A branch `forged` whose trial is what `change(trial, pairs)` makes of it; `honest`: digest and verdict follow."""
    workspace = Workspace.open(folder)
    repo, head = workspace.repo, workspace.repo.head()
    (name,) = trial_names(workspace, head)
    trial, pairs = change(load_trial(workspace, head, name), load_pairs(workspace, head, name))
    if honest:
        trial = replace(trial, pairs_digest=pairs_digest(pairs), verdict=decide(trial, pairs))
    folder_ = f"state/trials/{name}"
    files = {f"{folder_}/trial.yaml": trial_file(trial), f"{folder_}/pairs.jsonl": rows_file(pairs)}
    tree = repo.edit_tree(head, {path: FileChange(data) for path, data in files.items()})
    parent = repo.commit_info(head).parents[0]
    commit = repo.commit(tree, [parent], "forged\n", Signature("x", "x@example.org", 1.0))
    repo.swap([RefUpdate("refs/heads/forged", commit, repo.ref("refs/heads/forged"))])
    return frmo("trial", "verify", "forged", "--json", at=folder)


def breaches(said):
    assert said.code == 1, said
    return "\n".join(said.data["trials"][0]["breaches"])


def passing(outcome):
    return replace(outcome, passed=True, passed_levels=(1,), failed_levels=(), fingerprints=())


def altered(trial, pairs):
    return trial, [replace(pairs[0], candidate=replace(pairs[0].candidate, cost_usd=9.0)), *pairs[1:]]


def missing(trial, pairs):
    return trial, pairs[1:]


def reordered(trial, pairs):
    return trial, [pairs[1], pairs[0], *pairs[2:]]


def past_the_stop(trial, pairs):
    name = trial.order[len(pairs)]
    return trial, [*pairs, replace(pairs[-1], task=name)]


def not_in_the_pool(trial, pairs):
    return trial, [*pairs[:-1], replace(pairs[-1], task="elsewhere")]


def not_held_out(trial, pairs):
    name = names(Side.MINING, 1, "talk")[0]
    tasks = [*trial.registration.pool.tasks, PoolTask(name, f"{name}-00000000", trial.registration.baseline.commit)]
    pool = Pool.drawn(trial.registration.proposal, tasks)
    return replace(trial, registration=replace(trial.registration, pool=pool)), pairs


def disagreeing(trial, pairs):
    place = next(place for place, pair in enumerate(pairs) if not pair.baseline.passed)
    better = replace(pairs[place], candidate=pairs[place].candidate, baseline=passing(pairs[place].baseline))
    return trial, [*pairs[:place], better, *pairs[place + 1 :]]


def wrong_t(trial, pairs):
    return replace(trial, registration=replace(trial.registration, t=2)), pairs


def wrong_r(trial, pairs):
    return replace(trial, registration=replace(trial.registration, t=2, won_before=1)), pairs


def repeated_without_fault(trial, pairs):
    return trial, [replace(pairs[0], attempt=1), replace(pairs[0], attempt=2), *pairs[1:]]


def repeated_with_a_made_up_fault(trial, pairs):
    void = replace(pairs[0], candidate=None, faults=(PairFault("candidate", "provider", "HTTP 529"),))
    return trial, [void, replace(pairs[0], attempt=2), *pairs[1:]]


def another_threshold(trial, pairs):
    return replace(trial, registration=replace(trial.registration, n_max=800)), pairs


@pytest.mark.parametrize(
    "change, says",
    [
        (altered, "disagrees with the validation record"),
        (missing, "past a missing row"),
        (reordered, "not in the order"),
        (past_the_stop, "one run serves 2 times"),
        (not_in_the_pool, "not in the pool"),
        (not_held_out, "not a held-out task"),
        (disagreeing, "disagrees with the validation record"),
        (wrong_t, "but the register gave t=1, R=0"),
        (wrong_r, "but the register gave t=1, R=0"),
        (repeated_without_fault, "repeated without a fault record"),
        (repeated_with_a_made_up_fault, "not the one that the ledger keeps"),
        (another_threshold, "N_max is 800"),
    ],
)
def test_tampering_is_named(won, change, says):
    assert says in breaches(forged(won, change))


def test_an_altered_row_is_seen_by_its_digest_alone(won):
    assert breaches(forged(won, altered, honest=False))


def test_a_better_verdict_is_not_believed(won):
    said = forged(won, lambda trial, pairs: (replace(trial, verdict=replace(trial.verdict, b=9)), pairs), honest=False)
    assert "the verdict is" in breaches(said)


def test_a_run_that_the_ledger_does_not_keep_is_no_evidence(won):
    git(won, "update-ref", "refs/heads/frmo/ledger", "frmo/ledger~3")
    said = frmo("trial", "verify", "main", "--json", at=won)
    assert said.code == 1


def test_an_entry_of_the_register_that_was_changed_is_seen(won):
    workspace = Workspace.open(won)
    repo = workspace.repo
    tip = repo.ref("refs/heads/frmo/ledger")
    row = json.loads(repo.read(tip, "state/register/000001.json"))
    row["won_before"] = 0
    tree = repo.edit_tree(tip, {"state/register/000001.json": FileChange(json.dumps(row).encode())})
    commit = repo.commit(tree, [tip], "x\n", Signature("x", "x@example.org", 1.0))
    assert repo.swap([RefUpdate("refs/heads/frmo/ledger", commit, tip)])
    assert "was changed after it was written" in breaches(frmo("trial", "verify", "main", "--json", at=won))


def test_more_than_the_trial_is_about_is_not_proved(won):
    path = won / "protocols" / "executor" / "checklist" / "more.yaml"
    path.write_text("id: more\nkind: instruction\ntext: Be nice.\n")
    git(won, "add", "-A")
    git(won, "commit", "-q", "--amend", "--no-edit")
    assert "otherwise than its trial proves" in breaches(frmo("trial", "verify", "main", "--json", at=won))


@pytest.mark.parametrize("shape", ["squash", "rebase", "clone", "branch", "name"])
def test_every_honest_commit_shape_is_proved(won, tmp_path, shape):
    merge, before = git(won, "rev-parse", "main"), git(won, "rev-parse", "main^1")
    name = git(won, "log", "-1", "--format=%(trailers:key=Frmo-Trial,valueonly)", "main").strip()
    folder, revision = won, "main"
    if shape == "squash":
        git(won, "reset", "-q", "--hard", before)
        git(won, "commit", "-q", "--allow-empty", "-m", "something else first")
        git(won, "merge", "-q", "--squash", merge)
        git(won, "commit", "-q", "-m", "squashed")
    elif shape == "rebase":
        git(won, "reset", "-q", "--hard", before)
        git(won, "commit", "-q", "--allow-empty", "-m", "something else first")
        git(won, "cherry-pick", f"{merge}^2~1", f"{merge}^2")
    elif shape == "clone":
        git(tmp_path, "clone", "-q", str(won), "clone")
        folder = tmp_path / "clone"
    else:
        revision = name if shape == "name" else f"frmo/protocol/{name}"
    said = frmo("trial", "verify", revision, "--json", at=folder)
    assert (said.code, [item["breaches"] for item in said.data["trials"]]) == (0, [[]])


def test_the_files_of_a_trial_are_valid(won):
    workspace = Workspace.open(won)
    head = workspace.repo.head()
    (name,) = trial_names(workspace, head)
    files = evidence_files(load_trial(workspace, head, name), load_pairs(workspace, head, name))
    assert {path: workspace.repo.read(head, path) for path in files} == files
    assert faults_between(workspace, git(won, "rev-parse", "main^1"), head) == []
