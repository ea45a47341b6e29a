"""Level 4 for any project: the checks that its own files name (package.json, Makefile, tox, pyproject), and which those are.

They are read from the base commit. One that fails there as well says nothing about the work: it only advises.
"""

import json
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.model.verdict import Finding
from frmo.validators.shell_command import failure, weighed
from frmo.validators.stage import content, files_of
from frmo.validators.subject import Result, Subject

NAME = "project_checks"
_SCRIPTS = ("typecheck", "lint", "test", "build")
_TARGETS = ("check", "lint", "test", "tests")
_TARGET = re.compile(rb"^([A-Za-z][\w-]*)\s*:(?!=)", re.MULTILINE)
_PLACEHOLDER = "no test specified"


@dataclass(frozen=True)
class ProjectCheck:
    """A command and the file that names it. `program`: what must be there to run it."""

    command: str
    source: str
    program: str


def found_checks(base: Path) -> list[ProjectCheck]:
    """Every check that the project's own files name."""
    files = files_of(base)
    found: list[ProjectCheck] = []
    if "package.json" in files:
        found += [ProjectCheck(f"npm run --silent {name}", "package.json", "npm") for name in _scripts(base)]
    for name in ("GNUmakefile", "makefile", "Makefile"):
        if name in files:
            targets = {match.decode() for match in _TARGET.findall(content(base / name) or b"")}
            found += [ProjectCheck(f"make {target}", name, "make") for target in _TARGETS if target in targets]
            break
    if "tox.ini" in files or b"[tool.tox" in (content(base / "pyproject.toml") or b""):
        found.append(ProjectCheck("tox -q", "tox.ini" if "tox.ini" in files else "pyproject.toml", "tox"))
    elif _has_pytest(base):
        found.append(ProjectCheck("python -m pytest -q", "pyproject.toml", "python"))
    return found


def _scripts(base: Path) -> list[str]:
    try:
        data = json.loads(content(base / "package.json") or b"")
        scripts = data.get("scripts", {}) if isinstance(data, dict) else {}
    except (ValueError, RecursionError):
        return []
    return [name for name in _SCRIPTS if isinstance(scripts.get(name), str) and _PLACEHOLDER not in scripts[name]]


def _has_pytest(base: Path) -> bool:
    try:
        data = tomllib.loads((content(base / "pyproject.toml") or b"").decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return False
    return "pytest" in data.get("tool", {})


def check(subject: Subject) -> Result:
    """Run each check on the work; where one fails, on the base too."""
    findings: list[Finding] = []
    ran: list[str] = []
    for item in found_checks(subject.base):
        found = failure(
            subject, NAME, item.command, f"command -v {item.program} >/dev/null || exit 127; {item.command}"
        )
        if found and found.code == "not found":
            message = f"{item.program} is not installed: {item.command} ({item.source}) was not run"
            findings.append(replace(found, message=message, decides=False, excerpt=""))
            continue
        ran.append(f"{item.command} ({item.source})")
        if found:
            findings.append(replace(weighed(subject, found, item.command), reproduce=item.command))
    return Result(tuple(findings), len(ran), f"ran {', '.join(ran)}" if ran else "the project names no checks")
