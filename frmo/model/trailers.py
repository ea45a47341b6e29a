"""What a frmo commit says: subject and trailers, one fact each (DESIGN section 4)."""

import re
from collections.abc import Iterable, Mapping

from frmo.model.state import Tokens

_LINE = re.compile(r"^([A-Za-z][A-Za-z-]*): (.*)$")


def one_line(text: str, limit: int = 200) -> str:
    """`text` without anything that could start a second line or a trailer of its own."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def commit_message(step: str, what: str, trailers: Iterable[tuple[str, str]], body: str = "") -> str:
    """`frmo(<step>): <what>`, an optional body, and the trailer block; empty values are left out."""
    lines = [f"{name}: {one_line(value, 500)}" for name, value in trailers if value]
    head = f"frmo({step}): {one_line(what, 100)}"
    parts = [head, *([body.strip()] if body.strip() else []), "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def step_trailers(
    *,
    task: str,
    run: int,
    step: str,
    status: str,
    agent: str = "",
    protocol: str = "",
    attempt: int = 0,
    tokens: Tokens | None = None,
    cost_usd: float = 0.0,
    duration_s: float = 0.0,
    errors: Iterable[str] = (),
) -> list[tuple[str, str]]:
    """The trailers of a step commit, in the order of DESIGN section 4. `errors`: fingerprints, each a trailer."""
    counts = f"{tokens.input}/{tokens.output}/{tokens.cached}" if tokens else ""
    return [
        ("Frmo-Task", task),
        ("Frmo-Run", str(run)),
        ("Frmo-Step", step),
        ("Frmo-Status", status),
        ("Frmo-Agent", agent),
        ("Frmo-Protocol", protocol),
        ("Frmo-Attempt", str(attempt) if attempt else ""),
        ("Frmo-Tokens", counts),
        ("Frmo-Cost", f"{cost_usd:.6f}" if tokens else ""),
        ("Frmo-Duration", f"{duration_s:.3f}"),
        *(("Frmo-Error", fingerprint) for fingerprint in dict.fromkeys(errors)),
        ("skip-checks", "true"),
    ]


def read_trailers(message: str) -> Mapping[str, list[str]]:
    """Trailers of the last paragraph of a commit message, name to values."""
    found: dict[str, list[str]] = {}
    for line in message.strip().split("\n\n")[-1].splitlines():
        if match := _LINE.match(line):
            found.setdefault(match[1], []).append(match[2])
    return found
