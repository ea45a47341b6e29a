"""What there is to do: the inbox against the branches and the ledger, and the order that `after` asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from frmo.engine.result import Row, row_of
from frmo.errors import Fault, GitError, UsageFault
from frmo.model.state import State
from frmo.model.task import Task
from frmo.store.inbox import InboxEntry, Seen, scan
from frmo.store.index import Index, Kept
from frmo.store.records import RunRecord
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Work:
    """One task to walk. `run`: the number of the run to begin or to go on with. `source`: the task file's bytes."""

    task: Task
    source: bytes
    run: int
    begun: bool


@dataclass(frozen=True)
class Board:
    """Everything known: what is to do, what is done, what can't be read. `chosen`: the finished ones asked for."""

    work: tuple[Work, ...]
    done: tuple[Row, ...]
    faults: tuple[Fault, ...]
    chosen: tuple[Row, ...] = ()

    def rows(self) -> tuple[Row, ...]:
        """What would be worked on, as rows."""
        return tuple(
            Row(item.task.id, item.task.title, item.task.path, State.PENDING.value, item.run) for item in self.work
        )

    def states(self) -> dict[str, str]:
        """State of every finished task by id."""
        return {row.task: row.state for row in self.done}


def board(workspace: Workspace, names: Sequence[str] = (), *, again: bool = False) -> Board:
    """Look at the inbox, the task branches and the ledger. `names`: only these tasks (id, file or file name).

    `again`: all of `names` that were begun get a new run. Raises UsageFault for a name that is no task.
    """
    return Outlook(workspace).board(names, again=again)


class Outlook:
    """A look at everything there is to do, cheap to repeat: what did not change since the last look is not read again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._index = Index(workspace)
        self._files: Seen = {}
        self._rows: dict[tuple[str, str, bool], Row] = {}

    def board(self, names: Sequence[str] = (), *, again: bool = False) -> Board:
        """As `board` of this module."""
        workspace = self._workspace
        entries = scan(workspace, self._files)
        settled, branches = self._index.settled(), self._index.branches()
        tasks: dict[str, tuple[Task, bytes] | None] = {
            entry.task.id: (entry.task, entry.source) for entry in entries if entry.task is not None
        }
        known: dict[str, Work | Row] = {}
        rows: dict[tuple[str, str, bool], Row] = {}
        broken: list[Fault] = []
        for task_id in [*tasks, *(task for task in branches if task not in tasks)]:
            kept, tip, given = settled.get(task_id), branches.get(task_id), tasks.get(task_id)
            if kept is not None and (tip is None or self._index.holds(tip, kept)):
                key = (task_id, kept.facts, tip is not None)
                rows[key] = self._rows.get(key) or _row(
                    kept.record, given[0] if given else None, branch=tip is not None
                )
                known[task_id] = rows[key]
                continue
            try:
                item = _unsettled(workspace, task_id, tip, given, kept)
            except GitError as fault:
                broken.append(Fault(f"frmo/task/{task_id}", str(fault), hint="`frmo doctor` looks closer"))
            else:
                known |= {task_id: item} if item else {}
        self._rows = rows
        chosen = _chosen(known, entries, names)
        if again:
            chosen = {key: _again(settled, item, entries) for key, item in chosen.items()}
        work = tuple(item for item in chosen.values() if isinstance(item, Work))
        going = {item.task.id for item in work}
        done = tuple(item for item in known.values() if isinstance(item, Row) and item.task not in going)
        faults = tuple(fault for entry in entries for fault in entry.faults if not names) + tuple(broken)
        asked = tuple(item for item in chosen.values() if isinstance(item, Row) and names)
        return Board(_sorted(work), done, faults, asked)


def find_task(workspace: Workspace, name: str) -> str:
    """The id of the one task that `name` means: an id, its beginning, an inbox path or a file's name."""
    index = Index(workspace)
    ids = dict.fromkeys([*index.branches(), *index.settled()])
    paths: dict[str, str] = {}
    for entry in scan(workspace):
        if entry.task is not None:
            ids[entry.task.id] = None
            paths[entry.task.id] = entry.path
    found = _meant(name, {task: paths.get(task, "") for task in ids})
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageFault(f"there is no task {name!r}; `frmo status` lists all")
    raise UsageFault(f"{name!r} may mean {', '.join(found)}; give the id")


def _unsettled(
    workspace: Workspace, task_id: str, tip: str | None, given: tuple[Task, bytes] | None, kept: Kept | None
) -> Work | Row | None:
    """What is left to do for a task that the ledger does not have: begin it, or go on with the run on its branch."""
    if tip is None:
        return Work(*given, 1, begun=False) if given else None
    run = TaskRun.load(workspace, task_id)
    if run is None:
        return None
    task, source = given or (run.recorded.accepted(), b"")
    if kept is not None and run.state.settled and kept.record.run >= run.run:  # another clone ran it again
        return _row(kept.record, task, branch=True)
    return Work(task, run.recorded.raw("task.yaml") or source, run.run, begun=True)


def _row(record: RunRecord, task: Task | None, *, branch: bool) -> Row:
    task = task or record.accepted()
    return row_of(record.state, task.title, task.path, record.error_count(), branch=branch)


def _again(settled: Mapping[str, Kept], item: Work | Row, entries: Sequence[InboxEntry]) -> Work | Row:
    """A task as a new run: its inbox file where it is still there, else the file its last run kept."""
    if isinstance(item, Work):
        return replace(item, run=item.run + 1, begun=False) if item.begun else item
    for entry in entries:
        if entry.task is not None and entry.task.id == item.task:
            return Work(entry.task, entry.source, item.run + 1, begun=False)
    record = settled[item.task].record
    return Work(record.accepted(), record.raw("task.yaml") or b"", item.run + 1, begun=False)


def _chosen(
    known: Mapping[str, Work | Row], entries: Sequence[InboxEntry], names: Sequence[str]
) -> dict[str, Work | Row]:
    if not names:
        return dict(known)
    paths = {key: item.task.path if isinstance(item, Work) else item.path for key, item in known.items()}
    broken = {entry.path: entry for entry in entries if entry.task is None}
    chosen = {}
    for name in names:
        found = _meant(name, paths)
        if not found:
            faults = [fault for path, entry in broken.items() if _names(name, path) for fault in entry.faults]
            raise UsageFault("\n".join(map(str, faults)) or f"there is no task {name!r}; `frmo status` lists all")
        chosen.update({key: known[key] for key in found})
    return chosen


def _meant(name: str, paths: Mapping[str, str]) -> list[str]:
    """Ids that `name` means, the exact ones alone when there are such."""
    exact = [key for key, path in paths.items() if name == key or _names(name, path)]
    return exact or [key for key in paths if key.startswith(name)]


def _names(name: str, path: str) -> bool:
    """True when `name` is an inbox path, its end, or the file's name without its ending."""
    name = name.removeprefix("./")
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return bool(path) and (name in (path, stem) or path.endswith("/" + name))


def _sorted(work: Iterable[Work]) -> tuple[Work, ...]:
    """What was begun first, then by priority, then by path."""
    return tuple(sorted(work, key=lambda item: (not item.begun, item.task.priority, item.task.path)))


def dependencies(work: Sequence[Work], done: Mapping[str, Row]) -> dict[str, set[str]]:
    """For every task the ids it comes after. Raises UsageFault for a cycle, which it names.

    An unknown name never becomes complete: it blocks the task that names it, and no other.
    """
    paths = {item.task.id: item.task.path for item in work} | {key: row.path for key, row in done.items()}
    needs: dict[str, set[str]] = {}
    for item in work:
        needs[item.task.id] = set()
        for name in item.task.after:
            found = _meant(name, paths)
            needs[item.task.id] |= set(found) - {item.task.id} if found else {f"{name} (no such task)"}
    if cycle := _cycle(needs):
        raise UsageFault("tasks wait for each other: " + " after ".join(cycle))
    return needs


def _cycle(needs: Mapping[str, set[str]]) -> list[str]:
    """The ids of one cycle, its first at the end again; empty when there is none."""
    settled: set[str] = set()
    for start in sorted(needs):
        trail: list[str] = []
        stack = [(start, iter(sorted(needs[start])))]
        while stack:
            node, rest = stack[-1]
            if node not in trail:
                trail.append(node)
            step = next((other for other in rest if other in needs and other not in settled), None)
            if step is None:
                settled.add(node)
                trail.remove(node)
                stack.pop()
            elif step in trail:
                return [*trail[trail.index(step) :], step]
            else:
                stack.append((step, iter(sorted(needs[step]))))
    return []
