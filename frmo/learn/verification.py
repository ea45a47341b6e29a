"""Verification of trials from the clone alone: files, register and runs, everything recomputed, every difference named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frmo.errors import FrmoError, GitError, UsageFault
from frmo.learn.candidate import arm_of, changes_of
from frmo.learn.replay import outcome_at
from frmo.model.pair import Outcome, Pair
from frmo.model.proof import proves, verify_trial
from frmo.model.trial import Trial, TrialVerdict
from frmo.store.places import find
from frmo.store.records import RunRecord
from frmo.store.register import entries, ledger_tip, rewritten
from frmo.store.trials import TrialLog, folder_of, load_pairs, load_trial, trial_names
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Verified:
    """A trial's recorded verdict and every breach found; none: it is proved."""

    trial: str
    commit: str
    verdict: TrialVerdict | None
    breaches: tuple[str, ...]


def verify(workspace: Workspace, revision: str) -> list[Verified]:
    """Verify the trials of a merge, a branch or any commit that brought or carries one; `revision` may be a trial's name.

    Of a merge also that what it changed in the protocols is what its trials are about. UsageFault when there is none.
    """
    commit = _meant(workspace, revision)
    names = _brought(workspace, commit)
    if not names:
        raise UsageFault(f"{revision} brings no trial; `frmo protocol log` lists what is measured and what is not")
    found = [verify_one(workspace, commit, name) for name in names]
    return [_with_content(workspace, commit, item) if len(names) == 1 else item for item in found]


def verify_one(workspace: Workspace, commit: str, name: str) -> Verified:
    """Verify one trial as `commit` has it."""
    try:
        trial, pairs = load_trial(workspace, commit, name), load_pairs(workspace, commit, name)
        tip = ledger_tip(workspace)
        if tip is None:
            return Verified(name, commit, trial.verdict, ("there is no ledger here: fetch frmo/ledger first",))
        breaches = [
            *rewritten(workspace, tip),
            *verify_trial(trial, pairs, entries(workspace, tip), _Evidence(workspace, tip)),
            *_arms(workspace, trial),
            *_protocols_used(workspace, trial, pairs),
            *_against_ledger(workspace, tip, trial, pairs),
        ]
    except FrmoError as fault:
        return Verified(name, commit, None, (str(fault),))
    if trial.registration.trial != name:
        breaches.append(f"the files of {name} are those of {trial.registration.trial}")
    return Verified(name, commit, trial.verdict, tuple(dict.fromkeys(breaches)))


def proof_of(workspace: Workspace, commit: str, path: str, before: str | None, after: str | None) -> Trial | None:
    """The trial in `commit` that won with exactly this change of one path below `protocols/`, not yet verified."""
    for name in trial_names(workspace, commit):
        try:
            trial = load_trial(workspace, commit, name)
        except GitError:
            continue
        if proves(trial, {path: (before, after)}):
            return trial
    return None


class _Evidence:
    """What a run's commit says, for runs that the ledger keeps."""

    def __init__(self, workspace: Workspace, tip: str) -> None:
        self._workspace = workspace
        self._tip = tip

    def __call__(self, commit: str) -> Outcome | None:
        repo = self._workspace.repo
        if repo.resolve(commit) is None or not repo.is_ancestor(commit, self._tip):
            return None
        task = _task_in(self._workspace, commit)
        return outcome_at(self._workspace, commit, task) if task else None


def _task_in(workspace: Workspace, commit: str) -> str:
    """Id of the task that the commit of a run is about, as its trailer says."""
    lines = workspace.repo.commit_info(commit).message.splitlines()
    return next((line.removeprefix("Frmo-Task: ") for line in lines if line.startswith("Frmo-Task: ")), "")


def _arms(workspace: Workspace, trial: Trial) -> list[str]:
    """The registered commits and trees against the objects themselves."""
    registration = trial.registration
    arms = {"baseline": registration.baseline, "candidate": registration.candidate, "placebo": registration.placebo}
    breaches = []
    for name, arm in arms.items():
        if arm is not None and workspace.repo.resolve(arm.commit) is None:
            return [f"the {name}'s commit {arm.commit[:12]} is not here"]
        if arm is not None and arm_of(workspace, arm.commit) != arm:
            breaches.append(f"the {name}'s commit does not have the protocols that are registered")
    changes = changes_of(workspace, registration.baseline.commit, registration.candidate.commit)
    if changes != registration.changes:
        breaches.append("the registered changes are not those between baseline and candidate")
    return breaches


def _protocols_used(workspace: Workspace, trial: Trial, pairs: Sequence[Pair]) -> list[str]:
    """Every step of a run names the protocol of its arm."""
    repo, breaches = workspace.repo, []
    arms = {
        arm.tree: arm
        for arm in (trial.registration.baseline, trial.registration.candidate, trial.registration.placebo)
        if arm
    }
    for pair in pairs:
        for outcome in (pair.baseline, pair.candidate, pair.placebo):
            place = (
                find(repo, outcome.commit, workspace.prefix, outcome.task)
                if outcome and repo.resolve(outcome.commit)
                else None
            )
            if outcome is None or place is None or outcome.protocols not in arms:
                continue
            steps = RunRecord(repo, outcome.commit, place).facts("steps").values()
            for step in steps:
                role, _, version = str(step["protocol"]).partition("@")
                entry = (
                    repo.entry(arms[outcome.protocols].commit, workspace.path(f"protocols/{role}")) if role else None
                )
                if role and (entry is None or entry.oid != version):
                    breaches.append(
                        f"{pair.task}: a step of {outcome.commit[:12]} heeded {step['protocol']}, not its arm's"
                    )
    return breaches


def _against_ledger(workspace: Workspace, tip: str, trial: Trial, pairs: Sequence[Pair]) -> list[str]:
    """The rows against what the ledger kept as they ended: an attempt left out, or one that never was."""
    log = TrialLog(workspace, trial.registration.trial, "")
    kept = {(pair.task, pair.attempt): pair for pair in log.rows(tip)}
    breaches = [
        f"{pair.task}: attempt {pair.attempt} is not the one that the ledger keeps"
        for pair in pairs
        if kept.get((pair.task, pair.attempt)) != pair
    ]
    counted = {pair.task for pair in pairs}
    shown = {(pair.task, pair.attempt) for pair in pairs}
    last = {task: max(attempt for name, attempt in shown if name == task) for task in counted}
    missing = [key for key in kept if key[0] in counted and key not in shown and key[1] < last[key[0]]]
    return breaches + [f"{task}: attempt {attempt} is missing" for task, attempt in missing]


def _with_content(workspace: Workspace, commit: str, item: Verified) -> Verified:
    """Also that the protocols changed by exactly what the trial is about, in whatever commit shape."""
    info = workspace.repo.commit_info(commit)
    if item.breaches or not info.parents:
        return item
    changed: Mapping[str, tuple[str | None, str | None]] = {
        change.path: (change.before, change.after) for change in changes_of(workspace, info.parents[0], commit)
    }
    if not changed or proves(load_trial(workspace, commit, item.trial), changed):
        return item
    return Verified(item.trial, commit, item.verdict, ("it changes protocols otherwise than its trial proves",))


def _meant(workspace: Workspace, revision: str) -> str:
    repo = workspace.repo
    for name in (f"refs/heads/frmo/protocol/{revision}", f"refs/remotes/origin/frmo/protocol/{revision}"):
        try:
            found = repo.ref(name)
        except GitError:
            break
        if found:
            return found
    head = repo.head()
    if head and revision in trial_names(workspace, head):
        return _bringer(workspace, head, revision)
    commit = repo.resolve(revision)
    if commit is None:
        raise UsageFault(f"{revision!r} is neither a commit nor a trial")
    return commit


def _bringer(workspace: Workspace, head: str, name: str) -> str:
    """The commit on the first-parent line of `head` that brought the trial as it is now."""
    folder = workspace.path(folder_of(name))
    now, found = workspace.repo.entry(head, folder), head
    for commit in workspace.repo.history(head):
        if workspace.repo.entry(commit.oid, folder) != now:
            break
        found = commit.oid
    return found


def _brought(workspace: Workspace, commit: str) -> list[str]:
    """Trials that the commit's tree has and its first parent's has not, or has otherwise; else all, of a lone commit."""
    info, names = workspace.repo.commit_info(commit), trial_names(workspace, commit)
    if not info.parents:
        return names
    folder = workspace.path("state/trials")
    before = {item.path: item.oid for item in workspace.repo.children(info.parents[0], folder)}
    now = {item.path: item.oid for item in workspace.repo.children(commit, folder)}
    return [name for name in names if before.get(f"{folder}/{name}") != now[f"{folder}/{name}"]]
