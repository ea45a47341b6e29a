"""`frmo bench patterns`: reading 100,000 errors from a ledger, 1,000 more, and finding the patterns that were planted."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

from frmo.bench.report import Report, Row, at_least, at_most
from frmo.files.json_file import canonical
from frmo.learn.recurrence import patterns_of
from frmo.model.names import LEDGER, shard
from frmo.model.pattern import Pattern
from frmo.model.state import RunState, State
from frmo.repo.repository import Change, FileChange, RefUpdate, Repository, Signature, set_durability
from frmo.store.observations import observations
from frmo.store.workspace import Workspace

ERRORS, MORE, PER_RUN = 100_000, 1_000, 4
KINDS, WORDS, PLANTED = 40, 30, 5
RATE, ELSEWHERE = 0.5, 0.05
SEED = 7

Progress = Callable[[str], None]


def measure(progress: Progress, errors: int = ERRORS, seed: int = SEED) -> Report:
    """Seconds of one core for all errors and for `MORE` new ones; how many of the planted ties of an error to a word are found."""
    random = Random(f"patterns {seed}")
    with tempfile.TemporaryDirectory(prefix="frmo-") as folder:
        workspace = _workspace(Path(folder))
        progress(f"writing {errors} errors of {errors // PER_RUN} runs")
        tip = _written(workspace, None, random, 0, errors // PER_RUN)
        progress("reading them")
        began = time.process_time()
        rows = observations(workspace, tip)
        found = patterns_of(rows)
        whole = time.process_time() - began
        began = time.process_time()
        again = patterns_of(observations(workspace, tip))
        limit = time.process_time() - began
        tip = _written(workspace, tip, random, errors // PER_RUN, MORE // PER_RUN)
        began = time.process_time()
        more = patterns_of(observations(workspace, tip))
        new = time.process_time() - began
    target = errors / ERRORS
    planted = {(f"{kind:012x}", f"word{'abcdefghij'[kind]}") for kind in range(PLANTED)}
    words = [pattern for pattern in found if pattern.factor == "word"]
    return Report(
        (
            at_most(f"{errors} errors: read, and patterns found", whole, 10 * target, "s"),
            at_most(
                f"{MORE} new ones beside them: read, and patterns found", new, 1.0, "s", f"{limit:.2f} s with none new"
            ),
            at_least("the same errors give the same patterns", float(again == found and bool(more)), 1.0),
            at_least("planted ties found", float(len(planted & _ties(words))), float(PLANTED)),
            at_least("precision of all that is reported", _precision(words, planted), 0.75, limit=".87 to .90"),
            Row("patterns reported", float(len(words))),
        ),
        "frmo bench patterns",
    )


def _ties(found: list[Pattern]) -> set[tuple[str, str]]:
    return {(pattern.fingerprint, pattern.value) for pattern in found}


def _precision(found: list[Pattern], planted: set[tuple[str, str]]) -> float:
    return len(_ties(found) & planted) / len(found) if found else 0.0


def _workspace(folder: Path) -> Workspace:
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    set_durability("fast")
    repo = Repository.discover(folder)
    tree = repo.edit_tree(None, {"state/config.yaml": FileChange(b"version: 1\n")})
    commit = repo.commit(tree, [], "start\n", Signature("bench", "bench@frmo.invalid", 0.0))
    repo.swap([RefUpdate("refs/heads/main", commit, None)])
    return Workspace(repo, folder, "")


def _written(workspace: Workspace, tip: str | None, random: Random, first: int, runs: int) -> str:
    """A ledger commit with `runs` more settled runs, numbered from `first`, with 4 errors each on average."""
    changes: dict[str, Change] = {}
    base = workspace.repo.head() or ""
    for number in range(first, first + runs):
        changes.update(_run(number, random, base))
    tree = workspace.repo.edit_tree(tip, changes)
    commit = workspace.repo.commit(
        tree, [tip] if tip else [], "ledger\n", Signature("bench", "bench@frmo.invalid", 0.0)
    )
    workspace.repo.swap([RefUpdate(LEDGER, commit, tip)])
    return commit


def _run(number: int, random: Random, base: str) -> dict[str, Change]:
    task = f"task-{number}-{number:08x}"
    tail = f"2026-01-{1 + number % 28:02d}/{shard(task)}/{task}/1"
    words = random.sample(range(WORDS), 3)
    title = "Write " + " ".join(f"word{_letters(word)}" for word in words)
    state = replace(RunState(task, 1, base, State.FAILED, agent="scripted"), settled=True)
    step = {"at": float(number), "details": {"path": f"tasks/task-{number}.yaml", "content": {"title": title}}}
    plan = {"items": [{"action": f"python.function.write.a{number % 9}"}]}
    facts = {"state.json": state.to_data(), "steps/01-accept.json": step, "checklist.json": plan}
    files: dict[str, Change] = {
        f"state/runs/{tail}/{name}": FileChange(canonical(data)) for name, data in facts.items()
    }
    kinds = [kind for kind in range(PLANTED) if random.random() < (RATE if kind in words else ELSEWHERE)]
    kinds += random.sample(range(PLANTED, KINDS), max(0, PER_RUN - len(kinds)))
    for place, kind in enumerate(kinds, start=1):
        row = {"fingerprint": f"{kind:012x}", "level": 3, "decides": True, "message": "x" * 200, "excerpt": "y" * 300}
        files[f"logs/errors/{tail}/{place:02d}.json"] = FileChange(canonical(row))
    return files


def _letters(word: int) -> str:
    return "abcdefghij"[word] if word < 10 else f"x{'abcdefghijklmnopqrstuvwxyz'[word - 10]}"
