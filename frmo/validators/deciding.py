"""Which files decide about an agent's work, and so come from the base commit whatever the agent made of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

FRMO_FOLDERS = ("protocols", "state", "logs", "hooks", "tasks")
_ALWAYS = re.compile(
    r"(?:^|/)(?:conftest\.py|(?:site|user)customize\.py|\.?pytest\.(?:ini|toml))$"
    r"|\.(?:pth|egg-link)$|\.(?:dist|egg)-info/|^(?:pytest|_pytest|pluggy|unittest|_frmo\w*|_?doctest)(?:\.|/)"
)
_CONFIG = frozenset({"pyproject.toml", "setup.cfg", "tox.ini", "setup.py", "noxfile.py"})
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests)\.py$")
_TEST_FOLDER = frozenset({"test", "tests"})
_NEVER = re.compile(r"(?:^|/)(?:__pycache__|\.git|\.hg|\.svn)(?:/|$)|\.py[co]$|(?:^|/)\.coverage$")


@dataclass(frozen=True)
class Deciding:
    """`tests`: the task's own (files, folders or globs); `files`: what the agent may change; `hidden`: frmo's folders."""

    tests: tuple[str, ...]
    files: tuple[str, ...]
    hidden: tuple[str, ...]

    def of_base(self, path: str) -> bool:
        """True when `path` is taken from the base commit, and not at all where that has none."""
        if _ALWAYS.search(path) or any(covers(test, path) for test in self.tests):
            return True
        if path in self.files:
            return False
        if path in _CONFIG or _TEST_FILE.search(path):
            return True
        folders = [part for part in PurePosixPath(path).parts[:-1] if part in _TEST_FOLDER]
        return bool(folders) and not any(covers(glob, path) and folders[0] in glob.split("/") for glob in self.files)

    def left_out(self, path: str) -> bool:
        """True for what no program under judgement gets to see: compiled files, git's and frmo's own folders."""
        return bool(_NEVER.search(path)) or path.partition("/")[0] in self.hidden


def deciding(tests: Iterable[str], files: Iterable[str], base_files: frozenset[str]) -> Deciding:
    """The rules for one task. frmo's folders are told from a project's own by the file that marks a workspace."""
    hidden = FRMO_FOLDERS if "state/config.yaml" in base_files else ()
    return Deciding(tuple(map(tidy, tests)), tuple(map(tidy, files)), (*hidden, ".frmo"))


def tidy(path: str) -> str:
    """`path` without a leading './' or a trailing '/'."""
    return path.removeprefix("./").rstrip("/")


def covers(pattern: str, path: str) -> bool:
    """True when `path` is `pattern`, lies in it, or matches it as a glob."""
    return path == pattern or path.startswith(pattern + "/") or fnmatchcase(path, pattern)
