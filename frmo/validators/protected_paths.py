"""Level 1: nothing that decides about agents was touched by one."""

from frmo.model.protected import is_protected
from frmo.model.verdict import Finding
from frmo.validators.subject import Result, Subject


def check(subject: Subject) -> Result:
    """One `tampering` finding per changed path that is protected."""
    touched = [path for path in sorted(subject.changed) if is_protected(path, subject.protected)]
    findings = [
        Finding("protected_paths", 1, "tampering", f"{path} is protected: agents may not change it", path=path)
        for path in touched
    ]
    return Result(tuple(findings), len(subject.changed))
