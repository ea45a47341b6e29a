"""What an agent is shown of the repository: the files it may change and those it should read, as the branch has them."""

import fnmatch
from collections.abc import Mapping, Sequence

from frmo.steps.walk import Walk

_MAX_FILES = 40
_MAX_BYTES = 200_000


def current_files(walk: Walk) -> Mapping[str, str]:
    """Files the task names and that exist, as they stand on the branch now; text only."""
    return _matching(walk, walk.task.files)


def context_files(walk: Walk) -> Mapping[str, str]:
    """Files to read first, and the task's own tests: nobody should have to guess what judges the work."""
    found = _matching(walk, (*walk.task.context, *walk.task.validation.tests))
    return {path: text for path, text in found.items() if path not in current_files(walk)}


def _matching(walk: Walk, patterns: Sequence[str]) -> dict[str, str]:
    """Path to text of what matches, the first files and bytes only: a prompt is no archive."""
    repo = walk.tools.workspace.repo
    found: dict[str, str] = {}
    room = _MAX_BYTES
    for path in _paths(walk, patterns):
        content = repo.read(walk.run.tip, path)
        if content is None or b"\0" in content or len(content) > room or len(found) == _MAX_FILES:
            continue
        room -= len(content)
        found[path] = content.decode("utf-8", "replace")
    return found


def _paths(walk: Walk, patterns: Sequence[str]) -> list[str]:
    plain = [pattern for pattern in patterns if not any(char in pattern for char in "*?[")]
    globs = [pattern for pattern in patterns if pattern not in plain]
    if not globs:
        return plain
    entries = walk.tools.workspace.repo.entries(walk.run.tip)
    return plain + [item.path for item in entries if any(fnmatch.fnmatchcase(item.path, glob) for glob in globs)]
