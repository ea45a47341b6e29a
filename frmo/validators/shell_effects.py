"""Level 3 for shell: what a command does to a prepared folder and prints, compared outside the sandbox.

checks: {shell_effects: {cases: [{run: "sh tidy.sh .", given: tests/before, expect: tests/after, stdout: "3 files\\n", exit: 0}]}}
The command runs in a copy of `given` (base commit; none: an empty folder) with the project under $PROJECT, read-only.
`expect`: a folder of the base commit that the copy must equal afterwards; `stdout_file`: what must be printed; `stdin`.
"""

import shutil
from pathlib import Path

from frmo.model.verdict import Finding
from frmo.sandbox.program import Mount
from frmo.validators.given import Given
from frmo.validators.invocation import run, stopped
from frmo.validators.stage import content, files_of, stage
from frmo.validators.subject import Result, Subject
from frmo.validators.values import shown

NAME = "shell_effects"
_PROJECT = "/frmo/project"
_KEYS = ("run", "given", "expect", "stdout", "stdout_file", "stdin", "exit")


def check(subject: Subject) -> Result:
    """The first difference of each case is a finding: how it ended, what it printed, what it left."""
    cases = Given(subject, NAME).only("cases").parts("cases")
    if not cases:
        return Result()
    project = stage(subject, "shell-project", tests=False).root
    findings = [found for number, case in enumerate(cases, 1) if (found := _tried(subject, number, case, project))]
    return Result(tuple(findings), len(cases))


def _tried(subject: Subject, number: int, case: Given, project: Path) -> Finding | None:
    case.only(*_KEYS)
    command = case.text("run")
    folder = subject.scratch / f"shell-{number}"
    folder.mkdir(parents=True)
    if case.raw("given") is not None:
        _copy(case.base_folder("given"), folder)
    line = f'export PROJECT="{_PROJECT}"; PATH="{_PROJECT}:$PATH"; {command}'
    ended = run(
        subject, ("sh", "-c", line), worktree=folder, interpreters=(subject.python,),
        mounts=(Mount(project, _PROJECT),), stdin=case.text("stdin", "").encode(),
    )  # fmt: skip
    if ended.status != "exited":
        return _finding(number, command, *stopped(ended))
    wanted = int(case.number("exit", 0))
    if ended.code != wanted:
        said = ended.stderr.decode("utf-8", "replace").strip()[-300:]
        return _finding(number, command, "exit", f"exit code {ended.code}, should be {wanted}: {said}")
    printed = _expected_output(case)
    if printed is not None and ended.stdout != printed:
        theirs, mine = shown(printed.decode("utf-8", "replace")), shown(ended.stdout.decode("utf-8", "replace"))
        return _finding(number, command, "stdout", f"printed {mine}, should print {theirs}")
    if case.raw("expect") is not None and (why := _difference(folder, case.base_folder("expect"))):
        return _finding(number, command, "files", why)
    return None


def _expected_output(case: Given) -> bytes | None:
    if case.raw("stdout_file") is not None:
        return case.base_file("stdout_file")[1]
    return case.text("stdout").encode() if case.raw("stdout") is not None else None


def _copy(source: Path, target: Path) -> None:
    for path in files_of(source):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)


def _difference(folder: Path, expected: Path) -> str:
    """The first file that is missing, too many or different, by name. Files named `.gitkeep` stand for empty folders."""
    mine = {path for path in files_of(folder) if not path.endswith(".gitkeep")}
    theirs = {path for path in files_of(expected) if not path.endswith(".gitkeep")}
    if lost := sorted(theirs - mine):
        return f"{lost[0]} is not there"
    if more := sorted(mine - theirs):
        return f"{more[0]} should not be there"
    for path in sorted(theirs):
        if (found := content(folder / path)) != (wanted := content(expected / path)):
            return f"{path} holds {_text(found)}, should hold {_text(wanted)}"
    return ""


def _text(raw: bytes | None) -> str:
    return shown((raw or b"").decode("utf-8", "replace"), 120)


def _finding(number: int, command: str, code: str, message: str) -> Finding:
    return Finding(NAME, 3, code, message, node=f"case {number}: {command}", reproduce=command)
