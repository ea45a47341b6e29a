"""Validate: the branch's tree judged by programs, level by level; every failure becomes an error record."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from frmo.model.domain import Domain
from frmo.model.protected import protected_patterns
from frmo.model.state import State
from frmo.model.task import Task
from frmo.model.verdict import Finding, Verdict
from frmo.repo.repository import Repository
from frmo.steps.records import redacted
from frmo.steps.walk import Tools, Walk
from frmo.store.deliverable import paths
from frmo.store.materialize import export, shared_export
from frmo.validators.interpreter import own, resolve
from frmo.validators.levels import asked_level, only_changed
from frmo.validators.levels import validate as run_levels
from frmo.validators.subject import Subject


def validate(walk: Walk) -> None:
    """Judge the attempt. Passed: complete. Else another attempt while there are some left."""
    began = time.monotonic()
    dropped = _dropped(walk)
    verdict, findings = judged(
        walk.tools,
        walk.task,
        walk.domain,
        tree=walk.run.tip,
        base=walk.state.base,
        changed=paths(walk.run),
        scratch=walk.scratch,
        bases=walk.scratch.parent / "bases",
        cancel=walk.cancel,
    )
    if dropped:
        verdict = replace(verdict, passed=False, level=0, errors=verdict.errors + len(dropped))
    state, number = walk.state, walk.state.step + 1
    to = _next(walk, verdict)
    what = f"passed, {verdict.label()}" if verdict.passed else _what_failed(verdict, [*dropped, *findings])
    walk.record(
        "validate",
        what,
        to,
        role="validator",
        findings=findings,
        facts={f"validation/{number:02d}.json": _record(walk, verdict, findings, dropped)},
        duration_s=round(time.monotonic() - began, 3),
        verdict=verdict,
        attempt=state.attempt + 1 if to is State.EXECUTING else state.attempt,
        reason=what if to is State.FAILED else "",
    )


def judged(
    tools: Tools,
    task: Task,
    domain: Domain,
    *,
    tree: str,
    base: str,
    changed: Sequence[str],
    scratch: Path,
    bases: Path,
    cancel: Event,
) -> tuple[Verdict, list[Finding]]:
    """Verdict and findings for `tree`, judged by the tests and rules of commit `base`.

    `scratch`: a folder to work in. `bases`: one for trees of base commits, which walks share and only read.
    """
    config, repo = tools.config, tools.workspace.repo
    asked = asked_of(repo, base, task, domain)
    work, checks = scratch / "work", scratch / "checks"
    for folder in (work, checks):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    if only_changed(asked, domain.levels):
        export(repo, tree, work, only=frozenset(changed).__contains__)
        base_folder = scratch / "nothing"
        base_folder.mkdir(exist_ok=True)
    else:
        export(repo, tree, work)
        base_folder = shared_export(repo, base, bases)
    environment = task.environment.python or domain.environment.python or config.environment.python
    subject = Subject(
        task=task,
        work=work,
        base=base_folder,
        changed=tuple(changed),
        sandbox=tools.sandbox,
        python=resolve(environment, tools.workspace.root, task.path),
        tools=own(),
        scratch=checks,
        commands=domain.commands,
        protected=protected_patterns(tools.workspace.prefix, config.protected),
        settings=domain.checks,
        remember=tools.remember,
        cancel=cancel,
    )
    return run_levels(subject, domain.levels, asked)


def asked_of(repo: Repository, base: str, task: Task, domain: Domain) -> int:
    """The level that a task on commit `base` is validated to."""
    return asked_level(task.validation, domain.levels, _least(repo, base, domain))


def _least(repo: Repository, base: str, domain: Domain) -> int:
    """The level of a task that names none: the domain's, and level 3 where the base commit has tests to keep passing."""
    if "python_tests" not in domain.levels.get(3, ()):
        return domain.level
    names = (item.path.rsplit("/", 1)[-1] for item in repo.entries(base))
    tested = any(name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")) for name in names)
    return max(domain.level, 3) if tested else domain.level


def _dropped(walk: Walk) -> list[Finding]:
    """What the attempt's execute step dropped and counts against it: recorded there, judged here."""
    rows = walk.run.recorded.errors()
    return [
        Finding(row.validator, row.level, row.code, row.message, path=row.path)
        for row in rows
        if row.attempt == walk.state.attempt and row.stage == "execute" and row.decides
    ]


def _next(walk: Walk, verdict: Verdict) -> State:
    if verdict.passed:
        return State.COMPLETE
    return State.EXECUTING if walk.state.attempt < walk.state.attempts_allowed else State.FAILED


def _what_failed(verdict: Verdict, findings: Sequence[Finding]) -> str:
    deciding = [finding for finding in findings if finding.decides]
    first = f"{deciding[0].code}: {deciding[0].message}" if deciding else "a level did not run"
    level = min((finding.level for finding in deciding), default=verdict.level + 1)
    more = f" and {len(deciding) - 1} more" if len(deciding) > 1 else ""
    return f"failed at level {level}, {first}{more}"


def _record(walk: Walk, verdict: Verdict, findings: Sequence[Finding], dropped: Sequence[Finding]) -> dict[str, Any]:
    """`validation/<nn>.json`: what was judged, by what, and every finding in full."""
    repo = walk.tools.workspace.repo
    return {
        "attempt": walk.state.attempt,
        "commit": walk.run.tip,
        "base": walk.state.base,
        "domain": walk.domain.name,
        "verdict": verdict.to_data(),
        "findings": [vars(redacted(finding, walk.tools.redactor.text)) for finding in (*dropped, *findings)],
        "tree": repo.tree_oid(walk.run.tip),
    }
