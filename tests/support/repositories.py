"""Real git repositories in temporary folders."""

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """Standard output of the git program, run the way a person would."""
    command = ["git", "-C", str(root), *arguments]
    ended = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert not check or ended.returncode == 0, f"{command}: {ended.stderr}"
    return ended.stdout.strip()


def make_repository(root: Path, files: dict[str, str | bytes] | None = None) -> Path:
    """A repository on branch main whose one commit holds `files`."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    write_files(root, files if files is not None else {"README.md": "# here\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def write_files(root: Path, files: dict[str, str | bytes]) -> None:
    """Write `files` below `root`, folders included."""
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit_files(root: Path, files: dict[str, str | bytes], message: str = "more") -> str:
    """Commit `files` on the checked-out branch; the commit's oid."""
    write_files(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")
