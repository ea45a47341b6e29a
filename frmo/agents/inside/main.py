"""One agent, one process: reads its brief, asks for completions, gives one result, ends. JSON lines on stdin/stdout.

In:  {"type": "start", …brief}, {"type": "completion", "text", "stop_reason", "content"}, {"type": "go"},
     {"type": "refused", "code", "message"}
Out: {"type": "ready"}, {"type": "complete", "request"}, {"type": "turn", "what"} (answered by go), then one of
     {"type": "result", "output"} and {"type": "unusable", "code", "message", "excerpt"}
"""

from __future__ import annotations

import json
import sys

from frmo.agents.inside.behaviour import behave
from frmo.agents.inside.contract import UnusableReply, read_reply
from frmo.agents.inside.prompt import request_for

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any


class Refused(Exception):
    """The worker made no completion: budget, provider, cancel. The worker knows why; this process only ends."""


def main() -> None:
    """Serve one brief."""
    _say({"type": "ready"})
    brief = _hear()
    if brief.get("process"):
        behave(brief["process"])
    try:
        if brief.get("program"):
            from frmo.agents.inside.command import drive  # noqa: PLC0415  one-shot agents don't pay for its imports

            output = drive(brief, _passed_on)
        elif brief.get("turns"):
            from frmo.agents.inside.loop import work  # noqa: PLC0415

            output = work(brief, _complete, _turn_ended)
        else:
            reply = _complete(request_for(brief))
            output = read_reply(reply["text"], brief["contract"], brief)
    except UnusableReply as error:
        _say({"type": "unusable", "code": error.code, "message": str(error), "excerpt": error.excerpt})
    except Refused:
        return
    else:
        _say({"type": "result", "output": output})


def _complete(request: dict[str, Any]) -> dict[str, Any]:
    _say({"type": "complete", "request": request})
    answer = _hear()
    if answer["type"] != "completion":
        raise Refused
    return answer


def _passed_on(request: dict[str, Any]) -> dict[str, Any]:
    """A completion for a program that gets to see a refusal as an answer of its endpoint."""
    from frmo.agents.inside.relay import Unanswered  # noqa: PLC0415

    _say({"type": "complete", "request": request})
    answer = _hear()
    if answer["type"] != "completion":
        raise Unanswered(str(answer.get("code")), str(answer.get("message")))
    return answer


def _turn_ended(what: str) -> None:
    """The worker may commit what the turn changed, while we wait."""
    _say({"type": "turn", "what": what})
    if _hear()["type"] != "go":
        raise Refused


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _hear() -> dict[str, Any]:
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    message: dict[str, Any] = json.loads(line)
    return message
