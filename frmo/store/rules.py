"""What each file of a workspace must be: which kind its path asks for, and that machine-written ones are canonical."""

import re
from collections.abc import Iterable

from frmo.errors import Fault
from frmo.files import formats, json_file, yaml_file
from frmo.files.document import Caps
from frmo.schema.check import faults
from frmo.store.workspace import Workspace

# Path below the prefix; what the file is; True: frmo writes it, so it must be canonical.
_RULES: tuple[tuple[str, str, bool], ...] = (
    (r"tasks/(?:.*/)?[^/.][^/]*\.(?:yaml|yml|json)", "task", False),
    (r"protocols/domains/[^/.]+\.yaml", "domain", False),
    (r"protocols/[^/]+/protocol\.yaml", "protocol", False),
    (r"protocols/[^/]+/checklist/[^/.]+\.yaml", "item", False),
    (r"state/config\.yaml", "config", False),
    (r"state/switches/[^/.]+\.yaml", "switch", False),
    (r"state/actions/[^/.]+\.yaml", "actions", False),
    (r"state/trials/[^/]+/trial\.yaml", "trial", True),
    (r"state/trials/[^/]+/(?:pairs|extra)\.jsonl", "pair", True),
    (r"logs/patterns/[^/.]+\.yaml", "pattern", True),
    (r"logs/insights/[^/.]+\.yaml", "insight", True),
    (r"logs/errors/.+\.json", "error", True),
    (r"state/runs/.+/state\.json", "state", True),
    (r"state/runs/.+/checklist\.json", "checklist", True),
    (r"state/runs/.+/review\.json", "review", True),
    (r"state/runs/.+/analysis/[^/]+\.json", "analysis", True),
    (r"state/runs/.+/steps/[^/]+\.json", "step", True),
    (r"state/runs/.+/transcripts/[^/]+\.json", "transcript", True),
    (r"state/runs/.+/validation/[^/]+\.json", "validation", True),
)
_COMPILED = tuple((re.compile(pattern), kind, machine) for pattern, kind, machine in _RULES)
_MACHINE = Caps(size=64 << 20, depth=100, nodes=2_000_000)
_ROW = Caps(size=4 << 20)


def kind_of(path: str) -> tuple[str, bool] | None:
    """Kind of the file at `path` (below the prefix) and whether frmo writes it; None where no rule is about it."""
    if path.rsplit("/", 1)[-1].lower().startswith("readme"):
        return None
    return next(((kind, machine) for pattern, kind, machine in _COMPILED if pattern.fullmatch(path)), None)


def faults_between(workspace: Workspace, old: str | None, new: str) -> list[Fault]:
    """What breaks the rules among the files that differ between two commits or trees (`old` None: all of `new`).

    Task files are left out: a person may commit an unfinished one, and the inbox reports it.
    """
    repo = workspace.repo
    paths: Iterable[str] = repo.changed(old, new) if old else (item.path for item in repo.entries(new))
    found: list[Fault] = []
    for path in paths:
        if not path.startswith(workspace.prefix):
            continue
        rule = kind_of(path.removeprefix(workspace.prefix))
        content = repo.read(new, path) if rule and rule[0] != "task" else None
        if rule and content is not None:
            found += faults_of(content, path, *rule)
    return found


def faults_of(content: bytes, path: str, kind: str, machine: bool) -> list[Fault]:
    """What is wrong with one file of a known kind."""
    if path.endswith(".jsonl"):
        return _rows(content, path, kind)
    document = formats.parse(content, path, _MACHINE if machine else Caps())
    found = list(document.faults)
    if document.readable:
        found += faults(kind, document.data, path, document.positions)
    if machine and not found:
        writer = json_file if path.endswith(".json") else yaml_file
        found += [] if writer.canonical(document.data) == content else [_not_canonical(path)]
    return found


def _rows(content: bytes, path: str, kind: str) -> list[Fault]:
    found: list[Fault] = []
    for number, row in enumerate(content.split(b"\n")[:-1], 1):
        document = json_file.parse(row, path, _ROW)
        wrong = [*document.faults, *(faults(kind, document.data, path) if document.readable else [])]
        found += [Fault(path, fault.message, number, fault.column, fault.hint) for fault in wrong]
        if not wrong and json_file.line(document.data) != row + b"\n":
            found.append(_not_canonical(path, number))
    if content and not content.endswith(b"\n"):
        found.append(Fault(path, "does not end with a newline"))
    return found


def _not_canonical(path: str, line: int = 0) -> Fault:
    return Fault(
        path, "is not as frmo writes it", line, 1 if line else 0, "frmo alone writes this file: take its version"
    )
