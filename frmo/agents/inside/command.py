"""Driving another coding-agent program: prompt in, worktree with a throw-away repository, the gateway on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile

from frmo.agents.inside.prompt import request_for
from frmo.agents.inside.relay import Relay, serving
from frmo.agents.inside.shell import adopt_orphans, end_descendants, shown

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_GIT = ("git", "-c", "user.name=frmo", "-c", "user.email=frmo@localhost", "-c", "gc.auto=0")


def drive(brief: dict[str, Any], complete: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Run `brief["program"]` in the current folder to its end: `exit`, the end of its output, its report if it gave one.

    `argv` and `env` may hold {prompt}, {prompt_file}, {url}, {model}.
    """
    adopt_orphans()
    program, request = brief["program"], request_for(brief)
    prompt = "\n\n".join(part for part in (request["system"], request["messages"][-1]["content"]) if part)
    root = os.path.realpath(".")
    _begin_repository(root)
    relay = Relay(complete, request["max_tokens"], program["model"])
    with serving(relay), tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        prompt_file = f"{folder}/prompt.md"
        with open(prompt_file, "w", encoding="utf-8") as file:  # noqa: PTH123  pathlib costs 5 ms
            file.write(prompt)
        words = {"prompt": prompt, "prompt_file": prompt_file, "url": relay.url, "model": program["model"]}
        with open(prompt_file, "rb") as given:  # noqa: PTH123
            process = subprocess.Popen(
                [_filled(word, words) for word in program["argv"]],
                cwd=root,
                env={**os.environ, **{name: _filled(word, words) for name, word in program["env"].items()}},
                stdin=given if program["prompt"] == "stdin" else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = process.wait()
        end_descendants(process)
        text = shown(output)
    return {"exit": code, "text": text, "report": _report(text) if program["report"] else None, "done": code == 0}


def _begin_repository(root: str) -> None:
    """A repository of its own for programs that want one; without git on the machine there is none."""
    with contextlib.suppress(OSError):
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "--allow-empty", "-m", "start")):
            subprocess.run([*_GIT, *words], cwd=root, capture_output=True, check=False)


def _filled(word: str, words: dict[str, str]) -> str:
    """`word` with the names in braces replaced, once each: a prompt may hold braces of its own."""
    if word == "{prompt}":
        return words["prompt"]
    for name in ("prompt_file", "url", "model"):
        word = word.replace("{" + name + "}", words[name])
    return word.replace("{prompt}", words["prompt"])


def _report(text: str) -> dict[str, Any] | None:
    """The last line (or all) of the output that is a JSON object, its plain values only."""
    for candidate in (text.strip(), *reversed(text.strip().splitlines())):
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(candidate)
            if isinstance(found, dict):
                plain = {name: value for name, value in found.items() if isinstance(value, (str, int, float, bool))}
                return {name: value[:2000] if isinstance(value, str) else value for name, value in plain.items()}
    return None
