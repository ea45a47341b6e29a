"""Level 1 for data: every changed data file can be read, and everybody reads the same in it."""

from frmo.model.verdict import Finding
from frmo.validators.data_files import is_data, load
from frmo.validators.excerpt import excerpt
from frmo.validators.subject import Result, Subject


def check(subject: Subject) -> Result:
    """Doubled keys, ragged rows and the like count as well as what no parser takes."""
    paths = [path for path in sorted(subject.changed) if is_data(path) and subject.has(path)]
    findings = [
        Finding(
            "data_syntax", 1, "malformed", flaw.message, path=path, line=flaw.line, decides=flaw.decides,
            excerpt=excerpt(subject.work, path, flaw.line),
        )
        for path in paths
        for flaw in load(subject, path).flaws
    ]  # fmt: skip
    return Result(tuple(findings), len(paths))
