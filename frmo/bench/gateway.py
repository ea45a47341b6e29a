"""What the gateway adds to a completion at 100 concurrent calls in one process, against the bare provider."""

import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from frmo.bench.report import Report, Row, at_most
from frmo.gateway.caller import Caller
from frmo.gateway.opening import open_gateway
from frmo.gateway.scripted import ScriptedProvider
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import Config
from frmo.model.task import Budget

_CALLS_AT_ONCE = 100
_ROUNDS = 10
_MODEL_S = 0.2
_MOST_MS = 5.0
_SCRIPT = {
    "replies": [{"text": "def f():\n    return 1\n", "delay_s": _MODEL_S, "tokens": {"input": 900, "output": 60}}]
}
_WIDE = Budget(usd=1e6, tokens=10**9, minutes=1e4)


def measure(progress: Callable[[str], None], calls: int = _CALLS_AT_ONCE, rounds: int = _ROUNDS) -> Report:
    """Time of a completion beyond the model's own (a scripted 200 ms), budgets, checks and transcripts included."""
    config = Config(jobs=calls, task_budget=_WIDE, run_budget=_WIDE, day_budget=_WIDE)
    request = CompletionRequest(
        (Message("user", "Write a function. " * 200),), system="You write Python.", max_tokens=500
    )
    provider, never = ScriptedProvider(_SCRIPT), threading.Event()
    gate = open_gateway(config, env={"ANTHROPIC_API_KEY": "k" * 40}, weights=Path(), now=time.time, script=_SCRIPT)

    def bare(caller: Caller) -> Any:  # noqa: ANN401  the reply is not looked at
        return provider.complete(request, caller, 60.0, never)

    def through(caller: Caller) -> Any:  # noqa: ANN401  the reply is not looked at
        records: list[dict[str, Any]] = []
        return gate.complete(request, caller, sink=records.append)

    with gate:
        progress(f"{calls} threads x {rounds} calls without the gateway")
        limit = _overheads_ms(bare, calls, rounds)
        progress(f"{calls} threads x {rounds} calls through the gateway")
        found = _overheads_ms(through, calls, rounds)
    floor = f"bare provider: {statistics.median(limit):.2f} ms"
    rows = (
        at_most(f"overhead per completion, median, {calls} at once", statistics.median(found), _MOST_MS, "ms", floor),
        Row("overhead per completion, 95th percentile", _percentile(found, 0.95), "ms",
            limit=f"bare provider: {_percentile(limit, 0.95):.2f} ms"),
        Row("completions per second", calls * rounds / _wall_s(found, calls), "/s", limit=f"{calls / _MODEL_S:.0f} /s"),
    )  # fmt: skip
    return Report(rows, "frmo bench gateway")


def _overheads_ms(call: Callable[[Caller], Any], calls: int, rounds: int) -> list[float]:
    """Milliseconds beyond the model's time of each call; all threads start together, each makes `rounds` calls."""
    found: list[list[float]] = [[] for _ in range(calls)]
    ready = threading.Barrier(calls)

    def work(number: int) -> None:
        caller = Caller(f"bench-{number:08x}", "executor", "scripted")
        ready.wait()
        for _ in range(rounds):
            began = time.perf_counter()
            call(caller)
            found[number].append((time.perf_counter() - began - _MODEL_S) * 1000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [overhead for row in found for overhead in row]


def _wall_s(overheads_ms: list[float], calls: int) -> float:
    """Seconds that one thread was busy on average: all ran side by side."""
    return sum(_MODEL_S + overhead / 1000 for overhead in overheads_ms) / calls


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
