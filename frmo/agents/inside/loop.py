"""The loop of an agent with tools: completion, tool calls, again, until the model is done or its turns are used up."""

from __future__ import annotations

import os

from frmo.agents.inside.prompt import request_for
from frmo.agents.inside.shell import adopt_orphans
from frmo.agents.inside.tools import TOOLS, tool_result

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LAST = "This was your last turn but one: bring your files into their final state now."


def work(
    brief: dict[str, Any], complete: Callable[[dict[str, Any]], dict[str, Any]], turn_ended: Callable[[str], None]
) -> dict[str, Any]:
    """Work in the current folder. `turn_ended(what)` is called after each round of tools, while nothing else runs.

    The result says how it ended: `text` of the last reply, `turns`, and `done` False when the turns ran out.
    """
    root = os.path.realpath(".")
    adopt_orphans()
    request = {**request_for(brief), "tools": TOOLS, "schema": None}
    messages: list[dict[str, Any]] = list(request["messages"])
    turns = int(brief["turns"])
    for number in range(1, turns + 1):
        reply = complete({**request, "messages": messages})
        if reply["stop_reason"] != "tool_use":
            return {"text": reply["text"], "turns": number, "done": True}
        calls = [block for block in reply["content"] if block.get("type") == "tool_use"]
        results = [tool_result(block, root) for block in calls]
        turn_ended(", ".join(_named(block) for block in calls))
        if number == turns - 1:
            results.append({"type": "text", "text": _LAST})
        messages += [{"role": "assistant", "content": reply["content"]}, {"role": "user", "content": results}]
    return {"text": "", "turns": turns, "done": False}


def _named(block: dict[str, Any]) -> str:
    call = block["input"]
    if block["name"] == "bash":
        return str(call.get("command", "")).strip().split("\n")[0][:80]
    return f"{call.get('command')} {call.get('path')}"
