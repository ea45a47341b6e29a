"""The exchange with one fresh agent process: its brief goes in, completions are made for it, one result comes out."""

import compileall
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from frmo.agents.brief import Brief
from frmo.errors import CompletionFailed, FrmoError, Interrupted
from frmo.model.completion import Completion, CompletionRequest
from frmo.sandbox.interpreter import python_mounts
from frmo.sandbox.program import MIB, WORKTREE, Limits, Mount, Program, Running, Sandbox

INSIDE = "/opt/frmo"
_PACKAGE = Path(__file__).parent.parent
# The package's place comes as an argument: without a sandbox (level `none`) it is another one, and gets rewritten.
_START = (
    "import os.path, sys; sys.path.insert(0, os.path.dirname(os.path.dirname(sys.argv[1])));"
    "from frmo.agents.inside.main import main; main()"
)
MAX_COMPLETIONS = 200
MAX_REFUSALS = 20
_TALK_BYTES, _LINE_BYTES = 512 * MIB, 16 * MIB  # each request of a loop repeats all that was said before
_DAY_S = 86_400.0  # the exchange keeps the deadline itself: the sandbox can't know which time was the model's


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


@dataclass(frozen=True)
class Place:
    """The worktree of an agent with tools: a folder it may write, what is shown beside it, and its environment.

    `turn(what, completions)` is called after each round of tools, with all completions so far, while the agent waits.
    """

    folder: Path
    turn: Callable[[str, Sequence[Completion]], None]
    readonly: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Talk:
    """What has been said so far, and how much of its own time the process has left.

    `forgiving`: what the model refuses is told to the process (a program behind it may go on), up to a number.
    """

    left_s: float
    forgiving: bool = False
    refusals: int = 0
    completions: list[Completion] = field(default_factory=list)
    stop: FrmoError | None = None


def run_agent(
    brief: Brief,
    sandbox: Sandbox,
    complete: Callable[[CompletionRequest], Completion],
    cancel: threading.Event,
    *,
    python: Path,
    place: Place | None = None,
) -> Outcome:
    """Start a fresh process for `brief`, serve it until it gives its result or dies.

    The protocol's `deadline_s` counts the process's own time, not its model's. Raises what stops the whole task:
    BudgetExceeded, ProviderUnavailable, Interrupted.
    """
    began = monotonic()
    running = sandbox.start(agent_program(python, place), cancel)
    talk = _Talk(left_s=brief.protocol.settings.deadline_s, forgiving=brief.program is not None)
    try:
        running.send(_line(brief.to_line()))
        ended = _serve(running, talk, complete, place)
    finally:
        running.kill()
        running.wait()
    if cancel.is_set():
        raise Interrupted("stopped while an agent was working")
    if isinstance(talk.stop, FrmoError) and not isinstance(talk.stop, CompletionFailed):
        raise talk.stop
    outcome = ended or _death(running, talk)
    return Outcome(**{**vars(outcome), "completions": tuple(talk.completions), "duration_s": monotonic() - began})


def agent_program(python: Path, place: Place | None = None) -> Program:
    """The agent program: isolated Python, nothing of the project but the modules that run inside, and its worktree."""
    _compile()
    mounts = [
        Mount(_PACKAGE / name, f"{INSIDE}/frmo/{name}")
        for name in ("__init__.py", "agents/__init__.py", "agents/inside")
    ]
    program = Program(
        argv=(str(python), "-I", "-S", "-B", "-c", _START, f"{INSIDE}/frmo/__init__.py"),
        cwd="/tmp",  # noqa: S108  inside the sandbox, its own
        readonly=(*python_mounts(python), *mounts),
        limits=Limits(seconds=_DAY_S, memory_bytes=512 * MIB, processes=32),
    )
    if place is None:
        return program
    return replace(
        program,
        cwd=WORKTREE,
        env=place.env,
        writable=place.folder,
        readonly=tuple(dict.fromkeys((*program.readonly, *place.readonly))),
        limits=Limits(seconds=_DAY_S, memory_bytes=2048 * MIB, output_bytes=_TALK_BYTES, line_bytes=_LINE_BYTES),
    )


@cache
def _compile() -> None:
    """Byte-code for what runs inside, which can't write its own; an installed package brings it."""
    compileall.compile_dir(_PACKAGE / "agents/inside", quiet=2)


def _serve(
    running: Running, talk: _Talk, complete: Callable[[CompletionRequest], Completion], place: Place | None
) -> Outcome | None:
    """Answer the process line by line; None when it died without a result."""
    while (line := _received(running, talk)) is not None:
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
            case "turn" if place is not None:
                place.turn(str(message.get("what", ""))[:500], talk.completions)
                running.send(_line({"type": "go"}))
            case "result" if isinstance(message.get("output"), dict):
                return Outcome(message["output"])
            case "unusable":
                code, text, excerpt = (str(message.get(name, ""))[:2000] for name in ("code", "message", "excerpt"))
                return Outcome(None, code, text, excerpt)
            case _:
                return Outcome(
                    None, "garbage", f"the agent process sent an unknown message {str(message['type'])[:40]!r}"
                )
        if talk.stop:
            return _stopped(talk.stop)
    return None


def _received(running: Running, talk: _Talk) -> bytes | None:
    """The next line within the time the process has left; past that it is killed."""
    began = monotonic()
    line = running.receive(max(0.0, talk.left_s))
    talk.left_s -= monotonic() - began
    if line is None and not running.over:
        running.kill("timeout")
    return line


def _answer(
    message: Mapping[str, Any], talk: _Talk, complete: Callable[[CompletionRequest], Completion]
) -> dict[str, Any]:
    """Make the completion that the process asked for; a refusal ends the talk and is kept for the caller."""
    try:
        completion = complete(CompletionRequest.from_data(message["request"]))
    except (KeyError, TypeError, ValueError) as error:
        stop: FrmoError = CompletionFailed("bad-request", f"the agent asked wrongly: {error!r}", provider_fault=False)
    except FrmoError as error:
        stop = error
    else:
        talk.completions.append(completion)
        said = {"text": completion.text, "stop_reason": completion.stop_reason, "content": list(completion.content)}
        return {"type": "completion", **said, "model": completion.model, "tokens": vars(completion.tokens)}
    talk.refusals += 1
    refused = isinstance(stop, CompletionFailed) and not stop.provider_fault
    if not (talk.forgiving and refused and talk.refusals <= MAX_REFUSALS):
        talk.stop = stop
    return {"type": "refused", "code": getattr(stop, "code", type(stop).__name__), "message": str(stop)}


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
    return json.dumps(message).encode()
