"""The exchange with one fresh agent process: its brief goes in, completions are made for it, one result comes out."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from frmo.agents.brief import Brief
from frmo.errors import CompletionFailed, FrmoError
from frmo.model.completion import Completion, CompletionRequest
from frmo.sandbox.program import Limits, Mount, Program, Running, Sandbox
from frmo.sandbox.python import python_mounts

INSIDE = "/opt/frmo"
_PACKAGE = Path(__file__).parent.parent
_START = f"import sys; sys.path.insert(0, {INSIDE!r}); from frmo.agents.inside.main import main; main()"
MAX_COMPLETIONS = 200


@dataclass(frozen=True)
class Outcome:
    """What became of one agent process. `code` is empty when `output` is usable, else it names the failure:

    `unusable` codes of the contract, `no-completion` codes of the provider, or `crashed`, `timeout`, `flooded`, `garbage`,
    `memory`, `processes`, `not_started`. `provider_fault`: not the agent's doing.
    """

    output: Mapping[str, Any] | None
    code: str = ""
    message: str = ""
    excerpt: str = ""
    provider_fault: bool = False
    completions: tuple[Completion, ...] = ()
    duration_s: float = 0.0


@dataclass
class _Talk:
    """What has been said so far."""

    completions: list[Completion] = field(default_factory=list)
    stop: FrmoError | None = None


def run_agent(
    brief: Brief,
    sandbox: Sandbox,
    complete: Callable[[CompletionRequest], Completion],
    cancel: threading.Event,
    *,
    python: str,
) -> Outcome:
    """Start a fresh process for `brief`, serve it until it gives its result or dies. Budget stops are raised."""
    began = monotonic()
    deadline_s = brief.protocol.settings.deadline_s
    running = sandbox.start(_program(python, deadline_s), cancel)
    talk = _Talk()
    try:
        running.send(_line(brief.to_line()))
        ended = _serve(running, talk, complete, began + deadline_s)
    finally:
        running.kill()
    if isinstance(talk.stop, FrmoError) and not isinstance(talk.stop, CompletionFailed):
        raise talk.stop
    outcome = ended or _death(running, talk)
    return Outcome(**{**vars(outcome), "completions": tuple(talk.completions), "duration_s": monotonic() - began})


def _program(python: str, deadline_s: float) -> Program:
    """The agent program: isolated Python, nothing of the project but the modules that run inside."""
    mounts = [
        Mount(_PACKAGE / name, f"{INSIDE}/frmo/{name}")
        for name in ("__init__.py", "agents/__init__.py", "agents/inside")
    ]
    return Program(
        argv=(python, "-I", "-S", "-B", "-c", _START),
        readonly=(*python_mounts(python), *mounts),
        limits=Limits(seconds=deadline_s, memory_bytes=512 << 20, processes=32),
    )


def _serve(
    running: Running, talk: _Talk, complete: Callable[[CompletionRequest], Completion], deadline: float
) -> Outcome | None:
    """Answer the process line by line; None when it died without a result."""
    while (line := running.receive(max(0.0, deadline - monotonic()))) is not None:
        message = _parsed(line)
        if message is None:
            return Outcome(
                None,
                "garbage",
                "the agent process wrote a line that is no message",
                line[:200].decode("utf-8", "replace"),
            )
        match message["type"]:
            case "ready":
                continue
            case "complete" if len(talk.completions) < MAX_COMPLETIONS:
                running.send(_line(_answer(message, talk, complete)))
            case "result" if isinstance(message.get("output"), dict):
                return Outcome(message["output"])
            case "unusable":
                texts = (str(message.get(name, ""))[:2000] for name in ("code", "message", "excerpt"))
                return Outcome(None, *texts)
            case _:
                return Outcome(
                    None, "garbage", f"the agent process sent an unknown message {str(message['type'])[:40]!r}"
                )
        if talk.stop:
            return _stopped(talk.stop)
    return None


def _answer(
    message: Mapping[str, Any], talk: _Talk, complete: Callable[[CompletionRequest], Completion]
) -> dict[str, Any]:
    """Make the completion that the process asked for; a refusal ends the talk and is kept for the caller."""
    try:
        completion = complete(CompletionRequest.from_data(message["request"]))
    except (KeyError, TypeError, ValueError) as error:
        talk.stop = CompletionFailed("bad-request", f"the agent process asked wrongly: {error}", provider_fault=False)
    except FrmoError as error:
        talk.stop = error
    else:
        talk.completions.append(completion)
        return {"type": "completion", "text": completion.text, "stop_reason": completion.stop_reason}
    return {"type": "refused", "code": type(talk.stop).__name__, "message": str(talk.stop)}


def _stopped(error: FrmoError) -> Outcome:
    fault = isinstance(error, CompletionFailed) and error.provider_fault
    code = error.code if isinstance(error, CompletionFailed) else type(error).__name__
    return Outcome(None, code, str(error), provider_fault=fault)


_DEATHS = {
    "timeout": ("timeout", "the agent process ran into its deadline"),
    "memory": ("memory", "the agent process ran into its memory limit"),
    "output": ("flooded", "the agent process wrote more than it may"),
    "disk": ("disk", "the agent process ran into its disk limit"),
    "processes": ("processes", "the agent process started too many processes"),
    "not_started": ("not_started", "the sandbox could not start the agent process"),
}


def _death(running: Running, talk: _Talk) -> Outcome:
    """Why the process ended without a result."""
    ended = running.wait()
    tail = ended.stderr[-400:].decode("utf-8", "replace")
    code, message = _DEATHS.get(
        ended.status, ("crashed", f"the agent process ended with code {ended.code} and no result")
    )
    return Outcome(None, code, message, tail, provider_fault=ended.status == "not_started" or bool(talk.stop))


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) and isinstance(message.get("type"), str) else None


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
