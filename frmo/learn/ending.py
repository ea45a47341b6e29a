"""The end of a trial: its number's end in the register, its files on the candidate branch, and the merge of a win."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from frmo.errors import GitError, RefMoved, UsageFault
from frmo.learn.candidate import Candidate, above, arm_of, load_candidate
from frmo.learn.running import Progress
from frmo.learn.scribe import Scribe
from frmo.model.gate import counted, stale
from frmo.model.pair import Pair
from frmo.model.register import ABANDONED, Ended, Entry
from frmo.model.trailers import commit_message, one_line
from frmo.model.trial import Ending, Trial, pairs_digest
from frmo.repo.repository import obstructed
from frmo.store.register import append
from frmo.store.trials import folder_of, rows_file, trial_file
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Landing:
    """What became of a win: `commit` of the merge; or `pending`: why not yet and what to type; or `stale`."""

    commit: str = ""
    pending: str = ""
    stale: bool = False


def close(scribe: Scribe, progress: Progress) -> Candidate:
    """Write the trial's end: into the register, then onto its candidate branch. Doing it twice is doing it once."""
    trial, rows = progress.trial, progress.rows
    if trial.verdict.ending is Ending.WAITING:
        raise UsageFault(f"{trial.registration.trial} has not ended; `frmo learn` goes on with it")
    name = trial.registration.trial
    end(scribe, name, trial.verdict.ending.value)
    candidate = load_candidate(scribe.workspace, name)
    if candidate is None:
        raise GitError(f"frmo/protocol/{name} is gone; its evidence is on the ledger, nothing is merged.")
    files = evidence_files(trial, rows)
    path = f"{folder_of(name)}/trial.yaml"
    if scribe.workspace.committed(path, candidate.tip) != files[path]:
        above(scribe, candidate, files, f"{candidate.item['id']}: trial {trial.verdict.ending}")
    found = load_candidate(scribe.workspace, name)
    assert found is not None, "just written"
    return found


def evidence_files(trial: Trial, rows: Sequence[Pair]) -> dict[str, bytes]:
    """The three files that a finished trial leaves, path below the prefix to content."""
    kept, extra = counted(trial, rows)
    folder = folder_of(trial.registration.trial)
    done = replace(trial, pairs_digest=pairs_digest(kept))
    files = {f"{folder}/trial.yaml": trial_file(done), f"{folder}/pairs.jsonl": rows_file(kept)}
    return {**files, f"{folder}/extra.jsonl": rows_file(extra)} if extra else files


def end(scribe: Scribe, name: str, ending: str) -> None:
    """Write a trial's end into the register, unless it is there."""

    def build(register: Sequence[Entry]) -> tuple[Entry, Mapping[str, bytes]] | None:
        ended = any(isinstance(entry, Ended) and entry.trial == name for entry in register)
        return None if ended else (Ended(name, ending), {})

    append(scribe.workspace, build, f"{name}: {ending}", now=scribe.now(), email=scribe.email)


def abandon(scribe: Scribe, name: str) -> None:
    """Give a registered trial up; it keeps its number."""
    end(scribe, name, ABANDONED)


def arrived(workspace: Workspace, candidate: Candidate, head: str) -> bool:
    """True when the change has been on `head`'s line since its base, as a merge or otherwise, whatever became of it."""
    repo, place = workspace.repo, workspace.path(candidate.path)
    if repo.is_ancestor(candidate.change, head):
        return True
    after = repo.entry(candidate.change, place)
    return any(repo.entry(commit.oid, place) == after for commit in repo.history(head, stop=candidate.base))


def land(scribe: Scribe, candidate: Candidate, trial: Trial) -> Landing:
    """Merge a won candidate into the checked-out branch, with two parents; nothing but a win ever gets here.

    Where protocols are dirty in the checkout, or another obstacle is there, nothing is touched and it stays pending.
    """
    if trial.verdict.ending is not Ending.WIN:
        raise UsageFault(f"{candidate.name} ended as {trial.verdict.ending}: only a win merges")
    repo, workspace = scribe.workspace.repo, scribe.workspace
    branch, head = repo.branch()
    if arrived(workspace, candidate, head):
        return Landing(commit=head)
    if stale(trial.registration, arm_of(workspace, head).tree):
        return Landing(stale=True)
    under = workspace.path("protocols")
    dirty = repo.is_dirty([item.path for item in repo.entries(head, under)])
    typed = f"then `git merge --no-ff {candidate.ref.removeprefix('refs/heads/')}`, or `frmo learn` again"
    if dirty:
        return Landing(pending=f"win, merge pending: commit or drop your changes to {', '.join(dirty[:3])}, {typed}")
    base = repo.merge_base(head, candidate.tip)
    merged = repo.merge_tree(base, head, candidate.tip) if base else None
    if merged is None or merged.tree is None:
        return Landing(pending=f"win, merge pending: it conflicts with {branch.removeprefix('refs/heads/')}; {typed}")
    if blocked := repo.obstacles(merged.tree):
        return Landing(pending=f"win, merge pending: {one_line(obstructed(blocked), 400)} {typed}")
    commit = repo.commit(merged.tree, [head, candidate.tip], _message(candidate, trial), scribe.signature)
    try:
        repo.advance(commit, f"frmo: merge {candidate.name}")
    except RefMoved as moved:
        return Landing(pending=f"win, merge pending: {moved} {typed}")
    return Landing(commit=commit)


def _message(candidate: Candidate, trial: Trial) -> str:
    verdict, name = trial.verdict, candidate.name
    what = f"{candidate.item['id']}: won {verdict.b} to {verdict.c} in {verdict.pairs} pairs"
    body = f"E = {verdict.e} (about {float(verdict.e):.1f}), trial number {trial.registration.t}.\n`frmo trial verify {name}` recomputes it."
    return commit_message(
        "learn",
        what,
        [
            ("Frmo-Step", "learn"),
            ("Frmo-Trial", name),
            ("Frmo-Verdict", verdict.ending.value),
            ("Frmo-Evidence", folder_of(name)),
            ("Frmo-Error", candidate.pattern.fingerprint),
            ("skip-checks", "true"),
        ],
        body,
    )
