"""Level 2 for Python: what ruff and mypy say about the change. What means "broken" decides, the rest advises.

Ruff's default rules would refuse a third of right code, so only its error classes decide. Nothing of the project's own
configuration is read: the agent could have written it. What the base commit's version of a file already had is not new.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from frmo.errors import FrmoError
from frmo.model.failure import masked_clause
from frmo.model.verdict import Finding
from frmo.sandbox.program import Ended
from frmo.validators import mypy_cache
from frmo.validators.excerpt import excerpt
from frmo.validators.invocation import import_paths, relative, run, script, stopped
from frmo.validators.stage import content, copied, stage
from frmo.validators.subject import Result, Subject, forget
from frmo.validators.unresolved import imports
from frmo.validators.values import Value

NAME = "python_static"
DECIDING_RULES = ("E9", "F63", "F7", "F82")
# mypy's rules about annotations and names alone: code that breaks them runs. Measured on 1,667 recorded right solutions,
# they refused 22 of them and found no wrong one that ruff and the tests did not.
ADVISING_TYPES = frozenset({"no-redef", "valid-type", "var-annotated", "return", "return-value", "assignment"})
_ADVICE = 20
_SECONDS = 120.0


def check(subject: Subject) -> Result:
    """Findings that the change brought in; advice is cut to the first few."""
    paths = list(subject.changed_python)
    if not paths:
        return Result()
    base = [path for path in paths if (subject.base / path).is_file()]
    found = _new(_ruff(subject, paths, of_base=False), lambda: _ruff(subject, base, of_base=True))
    typed = _new(_mypy(subject, paths, of_base=False), lambda: _mypy(subject, base, of_base=True))
    undefined = {(finding.path, finding.line) for finding in found if finding.code == "F821"}
    found += [item for item in typed if item.code != "name-defined" or (item.path, item.line) not in undefined]
    found += _unresolved(subject, paths)
    deciding = [finding for finding in found if finding.decides]
    advice = [finding for finding in found if not finding.decides]
    note = f"{len(advice)} remarks, the first {_ADVICE} kept" if len(advice) > _ADVICE else ""
    return Result((*deciding, *advice[:_ADVICE]), len(paths), note)


def _new(found: list[Finding], of_base: Callable[[], list[Finding]]) -> list[Finding]:
    """`found` less what the base has as often; the base is only asked when there is something to compare."""
    if not found:
        return []
    known = Counter(map(_identity, of_base()))
    new = []
    for finding in found:
        if known[_identity(finding)] > 0:
            known[_identity(finding)] -= 1
        else:
            new.append(finding)
    return new


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.path, finding.code, masked_clause(finding.message)


def _ruff(subject: Subject, paths: list[str], *, of_base: bool) -> list[Finding]:
    if not paths:
        return []
    tree = copied(subject, f"ruff-{'base' if of_base else 'work'}", paths, of_base=of_base)
    rules = ",".join(DECIDING_RULES)
    argv = (
        str(_tool(subject, "ruff")), "check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero",
        "--output-format", "json", "--extend-select", rules, "--", *paths,
    )  # fmt: skip
    ended = run(subject, argv, worktree=tree, interpreters=(subject.tools,), seconds=_SECONDS)
    _usable(ended, "ruff")
    answers = json.loads(ended.stdout)
    return [_ruff_finding(subject, answer, relative(answer["filename"], tree), of_base) for answer in answers]


def _ruff_finding(subject: Subject, answer: Value, path: str, of_base: bool) -> Finding:
    code, line = answer["code"] or "invalid-syntax", answer["location"]["row"]
    decides = code.startswith(DECIDING_RULES) or code == "invalid-syntax"
    return Finding(
        NAME, 2, code, answer["message"], path=path, line=line, decides=decides,
        excerpt=excerpt(subject.base if of_base else subject.work, path, line),
        reproduce=f"ruff check --isolated {f'--select {code} ' if code.isalnum() else ''}{path}",
    )  # fmt: skip


def _mypy(subject: Subject, paths: list[str], *, of_base: bool) -> list[Finding]:
    if not paths:
        return []
    name = f"mypy-{'base' if of_base else 'work'}"
    tree = stage(subject, name, of_base=of_base).root
    # A changed test file is replaced by the base's in the stage: level 3 judges with that, mypy looks at the change.
    _laid_over(subject, tree, paths, of_base)
    argv = (
        str(subject.tools.path), "-I", "-m", "mypy", "--config-file=", "--cache-dir", mypy_cache.FOLDER,
        "--ignore-missing-imports", "--follow-imports=silent",
        "--output", "json", "--no-error-summary", "--python-executable", str(subject.python.path),
        "--namespace-packages", "--explicit-package-bases", "--",
    )  # fmt: skip
    if subject.remember is not forget:
        mypy_cache.lay(subject, argv, tree)
    interpreters = (subject.tools, subject.python)
    ended = run(subject, (*argv, *paths), worktree=tree, interpreters=interpreters, seconds=_SECONDS)
    if ended.status != "exited" or ended.code not in (0, 1):
        # mypy stops with 2 on what it can't analyse at all (syntax is level 1's); that is no verdict on the work.
        words = stopped(ended)[1] if ended.status != "exited" else ended.stderr.decode("utf-8", "replace")[-300:]
        return [Finding(NAME, 2, "mypy", f"mypy gave no answer: {words.strip()}", decides=False)]
    answers = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith(b"{")]
    return [_mypy_finding(subject, answer, of_base) for answer in answers if answer["severity"] == "error"]


def _laid_over(subject: Subject, tree: Path, paths: Iterable[str], of_base: bool) -> None:
    source = subject.base if of_base else subject.work
    for path in paths:
        if (source / path).is_file():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, tree / path)


def _mypy_finding(subject: Subject, answer: Value, of_base: bool) -> Finding:
    path, line, code = str(answer["file"]), max(0, int(answer["line"])), str(answer["code"] or "mypy")
    return Finding(
        NAME, 2, code, str(answer["message"]), path=path, line=line,
        excerpt=excerpt(subject.base if of_base else subject.work, path, line),
        reproduce=f"mypy --ignore-missing-imports {path}", decides=code not in ADVISING_TYPES,
    )  # fmt: skip


def _unresolved(subject: Subject, paths: list[str]) -> list[Finding]:
    """Imports that neither the project nor its interpreter has, unless the base's version of the file has them too."""
    wanted = {path: imports(content(subject.work / path) or b"", path) for path in paths}
    known = {path: {item.module for item in imports(content(subject.base / path) or b"", path)} for path in paths}
    names = sorted({item.module for found in wanted.values() for item in found})
    if not names:
        return []
    tree = stage(subject, "imports").root
    request = json.dumps({"paths": import_paths(tree), "names": names}).encode()
    ended = run(
        subject, script(subject.python, "imports"), worktree=tree, interpreters=(subject.python,), stdin=request
    )
    _usable(ended, "the import check")
    lost = frozenset(json.loads(ended.stdout))
    return [
        replace(
            Finding(NAME, 2, "unresolved-import", f"no module named '{item.module}'", "ModuleNotFoundError", path),
            line=item.line,
            excerpt=excerpt(subject.work, path, item.line),
            reproduce=f"python -c 'import {item.module}'",
        )
        for path, found in wanted.items()
        for item in found
        if item.module in lost and item.module not in known[path]
    ]


def _tool(subject: Subject, name: str) -> Path:
    path = subject.tools.path.parent / name
    if not path.is_file():
        raise FrmoError(f"{name} is not installed beside {subject.tools.path}: pip install {name}")
    return path


def _usable(ended: Ended, name: str) -> None:
    if not ended.ok:
        words = ended.stderr.decode("utf-8", "replace").strip()[-500:]
        raise FrmoError(f"{name} did not run: {ended.status} {ended.code}: {words}")
