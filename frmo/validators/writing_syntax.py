"""Level 1 for writing: every changed text is text, and holds something."""

import re

from frmo.model.verdict import Finding
from frmo.validators.stage import content
from frmo.validators.subject import Result, Subject

SUFFIXES = (".md", ".txt", ".rst", ".html", ".tex", ".adoc")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def check(subject: Subject) -> Result:
    """UTF-8, no control characters, not blank."""
    paths = [path for path in sorted(subject.changed) if path.lower().endswith(SUFFIXES) and subject.has(path)]
    findings = [
        Finding("writing_syntax", 1, *why, path=path)
        for path in paths
        if (why := _flaw(content(subject.work / path) or b""))
    ]
    return Result(tuple(findings), len(paths))


def _flaw(raw: bytes) -> tuple[str, str] | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        return "encoding", f"is not UTF-8 at byte {fault.start}"
    if _CONTROL.search(text):
        return "control", "holds control characters"
    return None if text.strip() else ("blank", "is blank")
