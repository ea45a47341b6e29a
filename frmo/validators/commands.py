"""Level 4: the domain's and the task's commands end with exit code 0."""

from frmo.model.verdict import Finding
from frmo.validators.invocation import run, stopped
from frmo.validators.stage import stage
from frmo.validators.subject import Result, Subject

_TAIL = 1000


def check(subject: Subject) -> Result:
    """Run each command by `sh -c` in its own copy of the tree; one finding per command that fails."""
    commands = (*subject.commands, *subject.task.validation.commands)
    findings = [found for number, text in enumerate(commands, 1) if (found := _tried(subject, number, text))]
    return Result(tuple(findings), len(commands))


def _tried(subject: Subject, number: int, command: str) -> Finding | None:
    tree = stage(subject, f"command-{number}")
    folder = subject.python.path.parent
    # The project's own programs (pytest, console scripts) come before the system's.
    line = f'PATH="{folder}:$PATH"; export PATH; {command}'
    ended = run(subject, ("sh", "-c", line), worktree=tree.root, interpreters=(subject.python,))
    if ended.ok:
        return None
    code, words = ("exit", f"exit code {ended.code}") if ended.status == "exited" else stopped(ended)
    said = (ended.stderr.strip() or ended.stdout.strip()).decode("utf-8", "replace")[-_TAIL:]
    last = said.splitlines()[-1] if said else "it printed nothing"
    return Finding(
        "commands", 4, code, f"{words}: {last}", excerpt=said, node=f"command {number}", reproduce=command
    )  # fmt: skip
