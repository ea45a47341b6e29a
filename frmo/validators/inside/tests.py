"""Runs pytest on the staged tree and reports every phase of every test by the channel; the exit code means nothing."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

Value = Any
Mark = Callable[[Callable[..., Any]], Callable[..., Any]]
_CHUNK = 500


def main() -> None:
    """Read the request from stdin, run, report, and end without asking anybody's exit handlers."""
    del sys.path[0]  # this folder
    line = _beside("channel").Channel()
    request, send = line.request, line.send
    try:
        import pytest  # noqa: PLC0415  the project may not have it
    except ImportError as fault:
        send(kind="unusable", text=str(fault))
        os._exit(0)
    sys.dont_write_bytecode = True
    root = os.getcwd()  # noqa: PTH109  pathlib costs start-up time
    sys.path[0:0] = paths = [os.path.normpath(os.path.join(root, path)) for path in request["paths"]]  # noqa: PTH118
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    places = ["-c", sys.argv[1], f"--rootdir={root}", f"--confcutdir={root}"]
    args = [*places, "-p", "no:cacheprovider", "-s", "--continue-on-collection-errors", *request["args"]]
    watcher = watcher_class(pytest)(line, root, _beside("integrity"), _beside("fault"))
    code = pytest.main(args, plugins=[watcher])
    send(kind="end", code=int(code), always=watcher.always_equal())
    os._exit(0)


def watcher_class(pytest: Value) -> type:
    """The plugin's class, made once pytest of the project's interpreter is known."""

    first: Mark = pytest.hookimpl(tryfirst=True)
    around: Mark = pytest.hookimpl(hookwrapper=True, tryfirst=True)
    last: Mark = pytest.hookimpl(trylast=True)

    class Watcher:
        """Reports what pytest does, by exceptions seen and not by outcomes that others may change."""

        def __init__(self, line: Value, root: str, integrity: Value, fault: Value) -> None:
            self._line, self._send, self._fault, self._integrity = line, line.send, fault, integrity
            self._request, self._root = line.request, root
            self._suspect = suspect_by(root, frozenset(line.request["changed"]))
            self._told: set[str] = set()
            self._before: dict[tuple[str, str], Value] = {}

        @first
        def pytest_load_initial_conftests(self) -> None:
            self._before = self._integrity.snapshot()
            self._integrity.guard(
                self._tell, self._suspect, frozenset(f"{self._root}/{path}" for path in self._request["deciding"])
            )

        @first
        def pytest_collection(self) -> None:
            self._line.silence()

        def pytest_exception_interact(self, node: Value, call: Value, report: Value) -> None:
            if getattr(report, "when", "collect") == "collect":
                fault = call.excinfo.value
                fault = fault.__cause__ if type(fault).__name__ == "CollectError" and fault.__cause__ else fault
                self._send(kind="collect", at=node.nodeid, **self._fault.raised(fault, self._root))

        def pytest_collectreport(self, report: Value) -> None:
            if report.skipped:
                self._send(kind="skip", at=report.nodeid, text=str(report.longrepr)[-500:])

        @last
        def pytest_collection_finish(self, session: Value) -> None:
            nodes = [item.nodeid for item in session.items]
            for start in range(0, len(nodes), _CHUNK):
                self._send(kind="collected", nodes=nodes[start : start + _CHUNK])

        @around
        def pytest_runtest_protocol(self, item: Value) -> Iterator[None]:
            self._send(kind="start", at=item.nodeid)
            sys.settrace(None)
            sys.setprofile(None)
            if self._foreign(item):
                self._tell("replacing a test", item.nodeid)
            self._fault.limit(self._request["seconds"])
            yield
            self._fault.limit(0)
            for name in self._integrity.replaced(self._before, self._suspect):
                self._tell("replacing", name)

        @around
        def pytest_runtest_makereport(self, item: Value, call: Value) -> Iterator[None]:
            outcome = yield
            report = outcome.get_result()  # type: ignore[attr-defined]  # pluggy sends its result in
            fault = self._fault.raised(call.excinfo.value, self._root) if call.excinfo else {}
            expected = hasattr(report, "wasxfail")
            self._send(kind="phase", at=item.nodeid, when=call.when, outcome=report.outcome, xfail=expected, **fault)

        def pytest_runtest_logreport(self, report: Value) -> None:
            if report.failed:
                self._send(kind="failed", at=report.nodeid, when=report.when, text=str(report.longrepr)[:2000])

        def pytest_internalerror(self, excinfo: Value) -> None:
            self._send(kind="internal", **self._fault.raised(excinfo.value, self._root))

        def always_equal(self) -> list[str]:
            """Classes of the work that claim to equal anything."""
            names: list[str] = self._integrity.always_equal(self._suspect)
            return names

        def _tell(self, what: str, where: str) -> None:
            if f"{what} {where}" not in self._told:
                self._told.add(f"{what} {where}")
                self._send(kind="tamper", what=what, where=where.replace(self._root + "/", ""))

        def _foreign(self, item: Value) -> bool:
            """True when the function of a test that nothing wraps is not the one its file defines at that line."""
            file, _, name = item.nodeid.partition("::")
            path = f"{self._root}/{file}"
            line = self._request["plain"].get(file, {}).get(name.partition("[")[0])
            function: Value = getattr(item, "obj", None)
            while hasattr(function, "__wrapped__"):
                function = function.__wrapped__
            code = getattr(function, "__code__", None)
            return line is not None and (code is None or (code.co_filename, code.co_firstlineno) != (path, line))

    return Watcher


def suspect_by(root: str, changed: frozenset[str]) -> Callable[[str], bool]:
    """Whether a code's file name is one that the agent wrote, or none at all."""

    def suspect(name: str) -> bool:
        if name.startswith(root + "/"):
            return name[len(root) + 1 :] in changed
        return not name or (name.startswith("<") and not name.startswith("<frozen"))

    return suspect


def _beside(name: str) -> Value:
    """The module next to this file; this folder is never on sys.path, where the work could meet it."""
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")  # noqa: PTH100, PTH118, PTH120
    spec = importlib.util.spec_from_file_location(f"_frmo_{name}", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
