"""The source line that a finding speaks of."""

from pathlib import Path

from frmo.validators.stage import content

_WIDTH = 160


def excerpt(tree: Path, path: str, line: int) -> str:
    """Line `line` (from 1) of `path`, stripped and cut; '' when there is none."""
    source = content(tree / path) if path and line > 0 else None
    lines = source.decode("utf-8", "replace").splitlines() if source else []
    return lines[line - 1].strip()[:_WIDTH] if 0 < line <= len(lines) else ""
