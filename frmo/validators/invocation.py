"""One run of a program in the sandbox on behalf of a validator, and what its sealed records said."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.errors import SandboxUnavailable
from frmo.sandbox.program import WORKTREE, Ended, Mount, Program
from frmo.validators.interpreter import Interpreter
from frmo.validators.subject import Subject
from frmo.validators.values import Value, parse

_INSIDE = Path(__file__).parent / "inside"
_CHECKS = "/frmo/checks"
_ENV = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Records:
    """What a sealed program reported, in order. `noise`: lines on its channel that bore no seal."""

    items: tuple[Mapping[str, Value], ...]
    noise: int
    ended: Ended

    def of(self, kind: str) -> list[Mapping[str, Value]]:
        """Records of one kind."""
        return [item for item in self.items if item.get("kind") == kind]

    @property
    def finished(self) -> bool:
        """True when the program reported its own end."""
        return bool(self.of("end"))


def run(
    subject: Subject,
    argv: tuple[str, ...],
    *,
    worktree: Path | None,
    interpreters: tuple[Interpreter, ...],
    mounts: tuple[Mount, ...] = (),
    stdin: bytes | None = None,
    seconds: float | None = None,
) -> Ended:
    """Run `argv` in the sandbox. Raises SandboxUnavailable when it could not be started at all."""
    made = replace(program(subject, argv, worktree, interpreters, mounts=mounts, seconds=seconds), stdin=stdin)
    ended = subject.sandbox.run(made, subject.cancel)
    if ended.status == "not_started":
        raise SandboxUnavailable(f"{Path(argv[0]).name}: {ended.stderr.decode(errors='replace').strip()}")
    return ended


def program(
    subject: Subject,
    argv: tuple[str, ...],
    worktree: Path | None,
    interpreters: tuple[Interpreter, ...],
    *,
    mounts: tuple[Mount, ...] = (),
    seconds: float | None = None,
) -> Program:
    """`argv` with what it needs to see: interpreters, frmo's own programs, the task's further folders."""
    limits = replace(subject.limits, seconds=seconds) if seconds else subject.limits
    shown = {mount.target: mount for item in interpreters for mount in item.mounts}
    shown |= {mount.target: mount for mount in (Mount(_INSIDE, _CHECKS), *mounts)}
    shown |= {target: Mount(source, target) for target, source in subject.read.items()}
    return Program(argv=argv, env=_ENV, writable=worktree, readonly=tuple(shown.values()), limits=limits)


def script(interpreter: Interpreter, name: str) -> tuple[str, ...]:
    """Command line of one of the programs of `inside/`: no user site, nothing written; the environment is ours anyway."""
    return (str(interpreter.path), "-s", "-B", f"{_CHECKS}/{name}.py")


def run_file(subject: Subject, file: str, interpreter: Interpreter, stdin: bytes) -> Ended:
    """Run one Python file of frmo that stands alone, with nothing of the project in sight."""
    target = "/frmo/program.py"
    return run(
        subject,
        (str(interpreter.path), "-I", "-B", target),
        worktree=None,
        interpreters=(interpreter,),
        mounts=(Mount(Path(file), target),),
        stdin=stdin,
    )


def sealed(
    subject: Subject,
    name: str,
    request: Mapping[str, Value],
    worktree: Path,
    mounts: tuple[Mount, ...] = (),
) -> Records:
    """Run a program that reports by the sealed channel; its key goes in by stdin, and only it could have sealed."""
    key = secrets.token_hex(32)
    line = json.dumps({**request, "key": key}).encode() + b"\n"
    ended = run(
        subject,
        (*script(subject.python, name), *(mount.target for mount in mounts)),
        worktree=worktree,
        interpreters=(subject.python,),
        mounts=mounts,
        stdin=line,
    )
    return opened(ended, bytes.fromhex(key))


def opened(ended: Ended, key: bytes) -> Records:
    """The records on stdout whose seal and number hold."""
    items: list[Mapping[str, Value]] = []
    noise = 0
    for line in ended.stdout.split(b"\n"):
        record = unsealed(line, key, len(items) + 1)
        if record is not None:
            items.append(record)
        elif line:
            noise += 1
    return Records(tuple(items), noise, ended)


def unsealed(line: bytes, key: bytes, number: int) -> Mapping[str, Value] | None:
    """The record of one line, or None where its seal or its number is wrong."""
    mac, _, body = line.partition(b" ")
    count, _, text = body.partition(b" ")
    good = hmac.compare_digest(hmac.new(key, body, hashlib.sha256).hexdigest()[:32].encode(), mac)
    return parse(text) if good and count == str(number).encode() else None


def import_paths(tree: Path, more: tuple[str, ...] = ()) -> list[str]:
    """Where the project's modules are imported from, relative to `tree`: `src` where that is no package, and the root."""
    source = tree / "src"
    found = ["src"] if source.is_dir() and not (source / "__init__.py").exists() else []
    return list(dict.fromkeys([*more, *found, "."]))


def relative(path: str, tree: Path) -> str:
    """`path` as a program in the sandbox printed it, from the top of its worktree `tree` on."""
    return path.removeprefix(f"{WORKTREE}/").removeprefix(f"{tree}/").removeprefix("./")


def stopped(ended: Ended) -> tuple[str, str]:
    """Code and words for a program that didn't come to its own end."""
    if ended.status == "exited":
        return "died", f"the process ended by itself (exit code {ended.code}) before its work was done"
    words = {
        "timeout": "it took too long",
        "memory": "it took too much memory",
        "output": "it printed too much",
        "disk": "it wrote too much",
        "processes": "it started too many processes",
        "cancelled": "it was cancelled",
    }
    return ended.status, words.get(ended.status, ended.status)
