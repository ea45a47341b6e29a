"""Level 4: the domain's and the task's commands end with exit code 0."""

from frmo.validators.shell_command import failure, weighed
from frmo.validators.subject import Result, Subject


def check(subject: Subject) -> Result:
    """One finding per command that fails. A command of the domain that fails at the base commit as well only advises;
    one of the task may well ask for what the base doesn't have yet."""
    findings = []
    commands = [
        *((text, True) for text in subject.commands),
        *((text, False) for text in subject.task.validation.commands),
    ]
    for number, (text, standing) in enumerate(commands, 1):
        found = failure(subject, "commands", f"command {number}", text)
        if found:
            findings.append(weighed(subject, found, text) if standing else found)
    return Result(tuple(findings), len(commands))
