"""A small project with tests, made a workspace, and the scripts of scripted agents."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from frmo.files import yaml_file
from support.cli import Said, frmo

FILES = {
    "kit/__init__.py": '"""A kit."""\n',
    "kit/old.py": "def old(n):\n    return n\n",
    "tests/test_add.py": "from kit.add import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
    "tests/test_old.py": "from kit.old import old\n\n\ndef test_old():\n    assert old(1) == 1\n",
}
ADD = {
    "title": "Write a function add(a, b) that returns the sum of a and b.",
    "files": ["kit/add.py"],
    "validation": {"tests": "tests/test_add.py", "cases": [{"call": "kit.add:add", "args": [1, 1], "expect": 2}]},
}
GOOD = "```python\ndef add(a, b):\n    return a + b\n```"
BAD = "```python\ndef add(a, b):\n    return a - b\n```"


def git(folder: Path, *args: str, check: bool = True) -> str:
    """Output of a git command in `folder`."""
    ended = subprocess.run(["git", "-C", folder, *args], capture_output=True, text=True, check=False)
    if check and ended.returncode:
        raise AssertionError(f"git {args}: {ended.stderr}")
    return ended.stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """A repository with one commit of `files`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    return folder


def drop(folder: Path, name: str, task: Mapping[str, Any], inbox: str = "tasks") -> Path:
    """Write a task file into the inbox."""
    place = folder / inbox / f"{name}.yaml"
    place.write_text(yaml.safe_dump(dict(task), sort_keys=False))
    return place


def script(folder: Path, *replies: Mapping[str, Any], name: str = "script.json") -> Path:
    """A script file beside the repository."""
    place = folder.parent / name
    place.write_text(json.dumps({"replies": list(replies)}))
    return place


def executor(text: str, **more: Any) -> dict[str, Any]:
    """One reply of the executor."""
    return {"role": "executor", "text": text, **more}


def configure(folder: Path, **changes: Any) -> None:
    """Commit changes to the configuration."""
    place = folder / "state" / "config.yaml"
    config = yaml_file.load(place.read_bytes(), place.name)
    for key, value in changes.items():
        config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
    place.write_bytes(yaml_file.canonical(config))
    git(folder, "commit", "-q", "-m", "configure", "--", "state/config.yaml")


def run_scripted(folder: Path, *replies: Mapping[str, Any], args: Sequence[str | Path] = ()) -> Said:
    """`frmo run` with a scripted agent, as `--json`."""
    return frmo("run", "--agent", "scripted", "--script", script(folder, *replies), "--json", *args, at=folder)


def complete_one(folder: Path, name: str = "add") -> str:
    """Drop the task ADD and have it done; its id."""
    drop(folder, name, ADD)
    said = run_scripted(folder, executor(GOOD))
    assert said.code == 0, said
    task: str = said.data["tasks"][0]["task"]
    return task
