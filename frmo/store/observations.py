"""What settled runs say about errors: one row per run of the ledger, kept beside git's own files so that only new runs are read."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from frmo.files import atomic
from frmo.model.split import task_name
from frmo.repo.repository import TreeEntry
from frmo.store.places import ERRORS, RUNS
from frmo.store.workspace import Workspace

_FORMAT = 2
_CACHE = "frmo/observations.json"
_WORD = re.compile(r"[a-z]{4,}")
_WORDS = 40


@dataclass(frozen=True)
class Seen:
    """One settled run. `at`: Unix seconds of its acceptance. `name`: of its task, which fixes the side it is on.

    `factors`: (factor, value) it was exposed to, all but `protocol` and `agent` known before it ran. `prints`:
    fingerprint of each error that decided to the level that raised it. `folder`: of its facts on the ledger.
    """

    folder: str
    task: str
    name: str
    at: float
    base: str
    cost_usd: float
    factors: tuple[tuple[str, str], ...]
    prints: Mapping[str, int]
    canary: bool = False

    def has(self, factor: str, value: str) -> bool:
        """True when the run was exposed to `value` of `factor`."""
        return (factor, value) in self.factors


def observations(workspace: Workspace, tip: str | None) -> list[Seen]:
    """A row per settled run of ledger commit `tip`, by its folder. Reads what is new since the last call, and keeps it."""
    if tip is None:
        return []
    old, rows = _kept(workspace)
    if old != tip:
        fresh = _since(workspace, old, tip)
        rows = _read(workspace, tip) if fresh is None else {**rows, **fresh}
        _keep(workspace, tip, rows)
    return [rows[folder] for folder in sorted(rows)]


def _kept(workspace: Workspace) -> tuple[str | None, dict[str, Seen]]:
    """Tip and rows of the last call; nothing where they can't be read: it is only a cache."""
    place = workspace.repo.git_dir / _CACHE
    try:
        data = json.loads(place.read_bytes())
        if data["format"] == _FORMAT and data["prefix"] == workspace.prefix:
            table = [(factor, value) for factor, value in data["factors"]]
            return data["tip"], {row[0]: _seen(row, table) for row in data["rows"]}
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        pass
    return None, {}


def _seen(row: Sequence[Any], table: Sequence[tuple[str, str]]) -> Seen:
    folder, task, name, at, base, cost_usd, factors, prints, canary = row
    return Seen(folder, task, name, at, base, cost_usd, tuple([table[place] for place in factors]), prints, canary)


def _keep(workspace: Workspace, tip: str, rows: Mapping[str, Seen]) -> None:
    """Write the cache: each factor once, rows as lists of places in that table."""
    place = workspace.repo.git_dir / _CACHE
    place.parent.mkdir(parents=True, exist_ok=True)
    table: dict[tuple[str, str], int] = {}
    written = [
        [
            row.folder,
            row.task,
            row.name,
            row.at,
            row.base,
            row.cost_usd,
            [table.setdefault(pair, len(table)) for pair in row.factors],
            row.prints,
            row.canary,
        ]
        for row in rows.values()
    ]
    data = {"format": _FORMAT, "prefix": workspace.prefix, "tip": tip, "factors": list(table), "rows": written}
    atomic.write(place, json.dumps(data, separators=(",", ":")).encode())


def _since(workspace: Workspace, old: str | None, tip: str) -> dict[str, Seen] | None:
    """Rows of what came since commit `old`; None when everything has to be read."""
    repo = workspace.repo
    if old is None or repo.resolve(old) is None or not repo.is_ancestor(old, tip):
        return None
    prefix = f"{workspace.prefix}{RUNS}/"
    changed = (path.removeprefix(prefix).split("/") for path in repo.changed(old, tip) if path.startswith(prefix))
    folders = {prefix + "/".join(parts[:4]) for parts in changed}
    rows: dict[str, Seen] = {}
    for folder in folders:
        errors = folder.replace(f"{workspace.prefix}{RUNS}/", f"{workspace.prefix}{ERRORS}/", 1)
        files = {item.path: item.oid for item in (*repo.entries(tip, folder), *repo.entries(tip, errors))}
        rows |= _rows(workspace, files)
    return rows


def _read(workspace: Workspace, tip: str) -> dict[str, Seen]:
    entries: list[TreeEntry] = []
    for folder in (RUNS, ERRORS):
        entries += workspace.repo.entries(tip, workspace.path(folder))
    return _rows(workspace, {item.path: item.oid for item in entries})


def _rows(workspace: Workspace, files: Mapping[str, str]) -> dict[str, Seen]:
    """One row per run among `files` (path to oid)."""
    runs, errors = workspace.path(RUNS) + "/", workspace.path(ERRORS) + "/"
    by_run: dict[str, list[str]] = {}
    for path in files:
        if path.startswith(errors):
            by_run.setdefault(runs + path.removeprefix(errors).rsplit("/", 1)[0], []).append(files[path])
    rows = {}
    for path in files:
        if path.startswith(runs) and path.endswith("/state.json"):
            folder = path.removesuffix("/state.json")
            row = _row(workspace, folder, files, by_run.get(folder, ()))
            if row is not None:
                rows[folder] = row
    return rows


def _row(workspace: Workspace, folder: str, files: Mapping[str, str], errors: Iterable[str]) -> Seen | None:
    def fact(name: str) -> Any:  # noqa: ANN401  parsed JSON
        oid = files.get(f"{folder}/{name}")
        return json.loads(workspace.repo.blob(oid)) if oid else None

    state, first, plan = fact("state.json"), fact("steps/01-accept.json"), fact("checklist.json")
    if first is None or not state["settled"]:
        return None
    content, path = first["details"]["content"], first["details"]["path"]
    found = [json.loads(workspace.repo.blob(oid)) for oid in errors]
    deciding = [row for row in found if row["decides"] and row["level"] > 0]
    actions = {item["action"] for item in plan["items"]} if plan else set()
    return Seen(
        folder=folder,
        task=state["task"],
        name=task_name(path),
        at=first["at"],
        base=state["base"],
        cost_usd=state["cost_usd"],
        factors=_factors(workspace, content, state, actions),
        prints={row["fingerprint"]: row["level"] for row in deciding},
        canary=bool(content.get("canary", False)),
    )


def _factors(
    workspace: Workspace, content: Mapping[str, Any], state: Mapping[str, Any], actions: set[str]
) -> tuple[tuple[str, str], ...]:
    """What the run was exposed to: the taxonomy's nodes of its plan, its agent and protocol, the words of its task."""
    domain = content.get("domain") or next((action.split(".")[0] for action in sorted(actions)), "")
    found = {("domain", domain), ("agent", state["agent"].split(" ")[0])}
    for action in actions:
        parts = action.split(".")
        found |= {("operation", action), ("capability", ".".join(parts[:2]))}
    commit = state.get("protocols") or state["base"]
    found.add(("protocol", _version(workspace, commit)))
    text = f"{content.get('title', '')} {content.get('description', '')}".lower()
    found |= {("word", word) for word in sorted(set(_WORD.findall(text)))[:_WORDS]}
    return tuple(sorted(pair for pair in found if pair[1]))


@lru_cache(4096)
def _version(workspace: Workspace, commit: str) -> str:
    """The executor's protocol version at a commit; '' where the commit is not here."""
    known = workspace.repo.resolve(commit) is not None
    entry = workspace.repo.entry(commit, workspace.path("protocols/executor")) if known else None
    return f"executor@{entry.oid}" if entry else ""
