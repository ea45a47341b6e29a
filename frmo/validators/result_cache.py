"""Results by content: work that was judged before, with the same tests, tools and limits, isn't judged again."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from frmo import __version__
from frmo.model.verdict import Finding
from frmo.validators.stage import content, files_of
from frmo.validators.subject import Result, Subject, forget

# What a loaded machine can cause as well as the work: such a result is made anew each time.
_PASSING = frozenset({"timeout", "memory", "output", "disk", "processes", "cancelled", "died", "mypy"})


class _NotKept(Exception):
    """Carries a result past the memory, which keeps nothing that an exception ended."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__()


def kept(subject: Subject, name: str, check: Callable[[Subject], Result]) -> Result:
    """`check(subject)`, or what it said when everything it may depend on was the same."""
    if subject.remember is forget:
        return check(subject)
    try:
        data = json.loads(subject.remember(_key(subject, name), lambda: _made(subject, check)))
    except _NotKept as made:
        return made.result
    return Result(tuple(Finding(**item) for item in data["findings"]), data["checks"], data["note"])


def _made(subject: Subject, check: Callable[[Subject], Result]) -> bytes:
    result = check(subject)
    if any(finding.code in _PASSING for finding in result.findings):
        raise _NotKept(result)
    return json.dumps(asdict(result)).encode()


def _key(subject: Subject, name: str) -> str:
    facts = [
        name, __version__, sys.version, subject.sandbox.level, str(subject.python.path), str(subject.limits),
        str(subject.task.validation), str(subject.task.files), str(subject.commands), str(subject.protected),
        str(sorted(subject.settings.items())), str(sorted(subject.read.items())), *subject.changed,
    ]  # fmt: skip
    digest = hashlib.sha256("\0".join(facts).encode())
    for tree in (subject.work, subject.base):
        digest.update(tree_digest(tree))
    return f"result-{digest.hexdigest()}"


def tree_digest(tree: Path) -> bytes:
    """A hash over every regular file of `tree`, by path and content."""
    digest = hashlib.sha256()
    for path in sorted(files_of(tree)):
        digest.update(f"{path}\0".encode() + hashlib.sha256(content(tree / path) or b"").digest())
    return digest.digest()
