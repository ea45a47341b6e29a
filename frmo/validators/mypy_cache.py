"""mypy's cache of the standard library's types: made once of our own file, given to each run as a copy of its own."""

import io
import tarfile
from pathlib import Path

from frmo.validators.invocation import run
from frmo.validators.subject import Subject

FOLDER = ".frmo-mypy"
_COMMON = (
    "abc", "argparse", "asyncio", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools", "json", "logging", "math",
    "operator", "os", "pathlib", "random", "re", "shutil", "statistics", "string", "subprocess", "sys", "tempfile",
    "textwrap", "threading", "time", "typing", "unittest", "urllib.parse", "uuid",
)  # fmt: skip


def lay(subject: Subject, argv: tuple[str, ...], tree: Path) -> None:
    """Unpack the cache into `tree`. `argv`: the command line of mypy, up to the files."""
    packed = subject.remember(f"mypy-{'|'.join(argv)}", lambda: _made(subject, argv))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tree, filter="data")


def _made(subject: Subject, argv: tuple[str, ...]) -> bytes:
    tree = subject.scratch / "mypy-seed"
    tree.mkdir(exist_ok=True)
    (tree / "frmo_seed.py").write_text("".join(f"import {name}\n" for name in _COMMON), encoding="utf-8")
    run(subject, (*argv, "frmo_seed.py"), worktree=tree, interpreters=(subject.tools, subject.python))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        if (tree / FOLDER).is_dir():
            archive.add(tree / FOLDER, FOLDER)
    return buffer.getvalue()
