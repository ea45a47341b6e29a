"""Calling the command as a person does, in this process: exit code, stdout, stderr."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frmo.cli.main import run_command


@dataclass(frozen=True)
class Said:
    """What one call of the command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The object that `--json` printed."""
        return json.loads(self.out)


def frmo(*args: str | Path, at: Path) -> Said:
    """`frmo <args> -C <at>`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command([*map(str, args), "-C", str(at)])
    return Said(code, out.getvalue(), err.getvalue())
