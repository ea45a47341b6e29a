"""The replay kind: recorded completions instead of a model, by request hash, or by task where rows name one."""

import fnmatch
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from frmo.errors import ProviderUnavailable
from frmo.gateway.caller import Caller, Spend
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.kinds import Setting
from frmo.gateway.provider import Provider
from frmo.gateway.recording import Shelf, completion_from, request_hash
from frmo.gateway.size import free_ceiling
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.state import Tokens


def open_replay(setting: Setting) -> Provider:
    """The provider of `setting.recordings` and `setting.rows`. Raises ProviderUnavailable where there are neither."""
    if setting.recordings is None and not setting.rows:
        raise ProviderUnavailable("replay: nothing is recorded; record with --record, or name a file of rows")
    return ReplayProvider(setting.recordings, setting.rows, setting.model or "")


class ReplayProvider:
    """Answers what was answered before. `model`: a model, a strategy or `model/strategy` of the rows; '' takes any.

    A row: `task` (glob of the caller's task id or title), `response` or `text`, and, as far as known, `role`,
    `attempt`, `model`, `strategy`, `stop_reason`, `prompt_tokens`, `completion_tokens`. Cost is 0: nobody is paid twice.
    """

    kind = "replay"

    def __init__(self, recordings: Shelf | None, rows: Sequence[Mapping[str, Any]], model: str) -> None:
        self.model = model or "recorded"
        self._recordings = recordings
        self._rows = [row for row in rows if not model or model in _names(row)]

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """The recorded reply. Raises ProviderFault `not-recorded`."""
        record = self._recordings.get(request_hash(request)) if self._recordings is not None else None
        if record is not None:
            return _free(completion_from(record))
        for row in self._rows:
            if _is_for(row, caller):
                return _completion(row, self.model)
        what = f"request {request_hash(request)[:12]} of role {caller.role}"
        raise ProviderFault("not-recorded", f"{what} was never recorded", Remedy.GIVE_UP, provider_fault=False)

    def ceiling(self, request: CompletionRequest) -> Spend:
        """Nothing in money; tokens by size."""
        return free_ceiling(request)

    def counted(self, request: CompletionRequest) -> Spend:
        """The same: a recording can't count."""
        return free_ceiling(request)

    def close(self) -> None:
        """Nothing to end."""


def _names(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a row answers to: its model, its strategy, or `model/strategy`."""
    model, strategy = str(row.get("model", "")), str(row.get("strategy", ""))
    return model, strategy, f"{model}/{strategy}"


def _is_for(row: Mapping[str, Any], caller: Caller) -> bool:
    if any(name in row and row[name] != getattr(caller, name) for name in ("role", "aspect", "attempt")):
        return False
    pattern = row.get("task", "*")
    return any(fnmatch.fnmatchcase(text, pattern) for text in (caller.task, caller.title))


def _completion(row: Mapping[str, Any], model: str) -> Completion:
    text = row["response"] if "response" in row else row["text"]
    return Completion(
        text=text,
        stop_reason=row.get("stop_reason", "end_turn"),
        model=row.get("model", model),
        tokens=Tokens(int(row.get("prompt_tokens") or 0), int(row.get("completion_tokens") or 0)),
        content=({"type": "text", "text": text},),
    )


def _free(completion: Completion) -> Completion:
    return Completion(**{**vars(completion), "cost_usd": 0.0, "cached": False})
