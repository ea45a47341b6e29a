"""Public task sets made into a workspace's project and task files: `python -m frmo.bench.convert mbpp FILE FOLDER`.

FILE: JSON lines with `task`, `entry`, `prompt` and `base` (tests as Python source), gzipped or not. FOLDER: an existing
workspace; the project's files are written to it to be committed, the task files into its inbox.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frmo.files.yaml_file import canonical
from frmo.model.names import safe_name

PACKAGE = "solutions"


def rows(source: Path) -> Iterator[Mapping[str, Any]]:
    """The objects of a JSON-lines file, split on newlines only (some texts hold other line separators)."""
    data = source.read_bytes()
    text = (gzip.decompress(data) if source.suffix == ".gz" else data).decode()
    return (json.loads(line) for line in text.split("\n") if line)


def mbpp_files(row: Mapping[str, Any]) -> tuple[dict[str, str], str, bytes]:
    """One MBPP task: its test file (path to text), the name of its task file, and the task file."""
    entry = row["entry"]
    name = safe_name(str(row["task"])).replace("-", "_")
    calls = rf"^test_check\(\)\s*$|^check\({entry}\)\s*$"
    body = re.sub(calls, "", row["base"], flags=re.MULTILINE).strip()
    if "def test_" not in body:
        body += f"\n\n\ndef test_check():\n    check({entry})"
    tests = f"from {PACKAGE}.{name} import {entry}\n\n\n{body}\n"
    task = {
        "title": "Complete this Python function.",
        "description": f"```python\n{row['prompt'].strip()}\n```\n",
        "files": [f"{PACKAGE}/{name}.py"],
        "validation": {"tests": f"tests/test_{name}.py"},
    }
    return {f"tests/test_{name}.py": tests}, f"{name}.yaml", canonical(task)


def convert_mbpp(source: Path, folder: Path, *, first: int, count: int, inbox: str = "tasks") -> list[Path]:
    """Write the project files and task files of `count` tasks from number `first` on; the task files' paths."""
    (folder / PACKAGE).mkdir(exist_ok=True)
    (folder / PACKAGE / "__init__.py").write_text('"""Solutions, written by agents."""\n')
    written = []
    for row in list(rows(source))[first : first + count]:
        files, name, task = mbpp_files(row)
        for path, text in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        written.append(folder / inbox / name)
        written[-1].write_bytes(task)
    return written


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m frmo.bench.convert", description=__doc__)
    parser.add_argument("kind", choices=["mbpp"])
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0, help="number of the first task, from 0")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--inbox", default="tasks")
    given = parser.parse_args()
    found = convert_mbpp(given.file, given.folder, first=given.first, count=given.count, inbox=given.inbox)
    print(f"{len(found)} task files in {given.folder / given.inbox}; commit {PACKAGE}/ and tests/, then: frmo run")  # noqa: T201


if __name__ == "__main__":
    main()
