"""Level 1 for shell: every changed script can be parsed by the shell that its first line names."""

import re

from frmo.model.verdict import Finding
from frmo.validators.excerpt import excerpt
from frmo.validators.invocation import run, stopped
from frmo.validators.stage import content, copied
from frmo.validators.subject import Result, Subject

_SHELLS = ("bash", "dash", "ksh", "zsh", "sh")
_LINE = re.compile(r"(?:line |: )(\d+): ?(.*)")


def check(subject: Subject) -> Result:
    """`sh -n`, in the sandbox; nothing of the script runs."""
    scripts = {path: shell for path in sorted(subject.changed) if (shell := shell_of(subject, path))}
    if not scripts:
        return Result()
    tree = copied(subject, "shell", list(scripts))
    findings = []
    for path, shell in scripts.items():
        ended = run(subject, (shell, "-n", f"./{path}"), worktree=tree, interpreters=())
        if not ended.ok:
            findings.append(_finding(subject, path, shell, ended.stderr.decode("utf-8", "replace"), stopped(ended)))
    return Result(tuple(findings), len(scripts))


def shell_of(subject: Subject, path: str) -> str:
    """The shell of a script, by its first line, else by its ending; '' for other files and shells that aren't there."""
    if not subject.has(path):
        return ""
    first = (content(subject.work / path) or b"").split(b"\n", 1)[0].decode("utf-8", "replace")
    if first.startswith("#!"):
        words = first[2:].replace("/", " ").split()
        return next((shell for shell in _SHELLS if shell in words), "")
    return "bash" if path.endswith(".bash") else "sh" if path.endswith(".sh") else ""


def _finding(subject: Subject, path: str, shell: str, said: str, why: tuple[str, str]) -> Finding:
    match = _LINE.search(said)
    line = int(match[1]) if match else 0
    code = "syntax" if match else why[0]
    message = match[2].splitlines()[0] if match else said.strip()[-200:] or why[1]
    return Finding(
        "shell_syntax", 1, code, message, path=path, line=line, excerpt=excerpt(subject.work, path, line),
        reproduce=f"{shell} -n {path}",
    )  # fmt: skip
