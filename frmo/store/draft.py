"""A new task file, with what is known filled in and the rest as comments."""

from collections.abc import Mapping, Sequence
from typing import Any

from frmo.files import yaml_file

_REST = """
# Everything else is optional. What is left out has the default that stands here.
# description: |                       # more than the title says: behaviour, names, empty input, errors
#   ...
# files: [text/slug.py]                # what the agent may change (globs); default: everything unprotected
# context: [text/__init__.py]          # what it should read first
# validation:
#   level: 3                           # 1 syntax, 2 static, 3 tests, 4 commands; default 3 where there are tests, else 2
#   tests: [tests/test_slug.py]        # as committed: the agent can't change them
#   cases: [{call: "text.slug:slugify", args: ["A b"], expect: "a-b"}]
#   commands: ["python -m text.slug --self-check"]     # exit 0 passes; level 4
# domain: python
# priority: 5                          # 1 urgent .. 9 idle
# budget: {usd: 0.50, tokens: 50000, minutes: 5, attempts: 3}
# after: [other-task]                  # begins when these are complete
# agent: auto                          # anthropic, local, openai, command
"""


def draft(
    title: str,
    *,
    description: str = "",
    files: Sequence[str] = (),
    tests: Sequence[str] = (),
    domain: str | None = None,
    level: int | None = None,
) -> bytes:
    """The file's content: `title` and what else is given, then a comment for every other field."""
    checks: dict[str, Any] = {"level": level, "tests": list(tests)}
    validation = {key: value for key, value in checks.items() if value}
    given: Mapping[str, Any] = {
        "title": title,
        "description": description and description.rstrip("\n") + "\n",
        "domain": domain,
        "files": list(files),
        "validation": validation,
    }
    text = b"".join(yaml_file.canonical({key: value}) for key, value in given.items() if value)
    skipped = [key for key, value in given.items() if value]
    return text + _without(skipped).encode()


def _without(keys: Sequence[str]) -> str:
    """The comments, without those about `keys`."""
    kept, dropping = [], False
    for line in _REST.splitlines(keepends=True):
        field = line.startswith("# ") and not line.startswith("#  ")
        if field or not line.startswith("#"):
            dropping = line[2:].partition(":")[0] in keys
        if not dropping:
            kept.append(line)
    return "".join(kept)
