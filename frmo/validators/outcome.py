"""What became of each test, from the sealed records of one pytest run. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from frmo.validators.invocation import Records
from frmo.validators.values import Value

PASSED, FAILED, SKIPPED, DIED = "passed", "failed", "skipped", "died"
_SKIPS = frozenset({"Skipped", "SkipTest"})


@dataclass(frozen=True)
class Outcome:
    """One test. `status`: passed, failed, skipped, or died (started, never ended). The rest tells why it failed."""

    node: str
    status: str
    when: str = "call"
    exception: str = ""
    message: str = ""
    path: str = ""
    line: int = 0
    late: bool = False
    missing: str = ""

    @property
    def function(self) -> str:
        """The node without its parameters."""
        return self.node.partition("[")[0]


def outcomes(records: Records) -> dict[str, Outcome]:
    """By node, in the order they ran."""
    phases: dict[str, list[Mapping[str, Value]]] = {str(item["at"]): [] for item in records.of("start")}
    for item in records.of("phase"):
        phases.setdefault(str(item["at"]), []).append(item)
    failed = {str(item["at"]): str(item.get("text", "")) for item in records.of("failed")}
    return {node: _outcome(node, found, failed.get(node)) for node, found in phases.items()}


def faults(records: Records, kind: str) -> list[Outcome]:
    """Collection errors and internal errors as outcomes."""
    return [_told(str(item.get("at", "")), item, "collect") for item in records.of(kind)]


def _outcome(node: str, phases: Iterable[Mapping[str, Value]], failed: str | None) -> Outcome:
    seen = {str(item["when"]): item for item in phases}
    for item in seen.values():
        names = [str(name) for name in item.get("raised", ())]
        if item["outcome"] == "skipped" and (item.get("xfail") or set(names) & _SKIPS):
            return Outcome(node, SKIPPED, str(item["when"]))
        if names or item["outcome"] != "passed":
            return _told(node, item, str(item["when"]))
    if failed is not None:
        return Outcome(
            node, FAILED, message=failed.strip().splitlines()[-1] if failed.strip() else "a part of it failed"
        )
    return Outcome(node, PASSED if {"setup", "call", "teardown"} <= set(seen) else DIED)


def _told(node: str, item: Mapping[str, Value], when: str) -> Outcome:
    names = [str(name) for name in item.get("raised", ())] or [""]
    return Outcome(
        node=node,
        status=FAILED,
        when=when,
        exception=names[0],
        message=str(item.get("text", "")) or f"pytest called it {item.get('outcome', 'failed')}",
        path=str(item.get("path", "")),
        line=int(item.get("line", 0)),
        late=bool(item.get("late")),
        missing=str(item.get("missing", "")),
    )
