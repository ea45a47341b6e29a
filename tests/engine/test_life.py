"""The life of tasks as a state machine: steps, crashes, take-overs, stopped workers, cancels, in any order.

What walks is the real store and the real recovery rules; only the agents' work is replaced by fixed outcomes. Length by
the environment variable FRMO_TEST_HISTORIES (default: few); `frmo bench chaos` kills real processes.
"""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.runs import NOW, make_task, make_workspace

from frmo.engine.recovery import recover
from frmo.errors import LeaseLost, RefMoved
from frmo.model.lease import Holder
from frmo.model.state import TERMINAL, TRANSITIONS, RunState, State, moved
from frmo.store.index import Index
from frmo.store.leases import Leases
from frmo.store.ledger import Ledger
from frmo.store.runs import StepNote, TaskRun

TASKS = [make_task(f"t{number}", number) for number in range(3)]
WORKERS = range(3)
LEASE_S = 100.0
HISTORIES = int(os.environ.get("FRMO_TEST_HISTORIES", "6"))
STEPS = int(os.environ.get("FRMO_TEST_STEPS", "30"))


class Life(RuleBasedStateMachine):
    """Three workers, three tasks, one clock. A worker that crashed is replaced by one with another pid."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.workspace = make_workspace(self.folder)
        self.now = NOW
        self.alive = {number: number + 1 for number in WORKERS}
        self.next_pid = 100
        self.held = {}  # (worker, task): what a worker believes it holds, and the run in its hands
        self.acknowledged = {}  # task: version last acknowledged to somebody
        self.ends = {}  # task: its end, once acknowledged

    def teardown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def leases(self, worker):
        holder = Holder(f"w{worker}", "here", "boot", "space", self.alive[worker], self.alive[worker])
        return Leases(self.workspace.repo, holder, alive=lambda other: other.pid in self.alive.values())

    @rule(worker=st.sampled_from(WORKERS), task=st.sampled_from(TASKS))
    def claim(self, worker, task):
        run = TaskRun.load(self.workspace, task.id)
        lease = self.leases(worker).acquire(task.id, self.now, LEASE_S, run.state.version if run else 0)
        if lease is not None:
            self.held[worker, task.id] = (lease, TaskRun.load(self.workspace, task.id, lease=lease))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), to=st.sampled_from(list(State)))
    def step(self, data, to):
        key = data.draw(st.sampled_from(sorted(self.held)))
        lease, run = self.held[key]
        try:
            run = self._stepped(key[1], lease, run, to)
        except RefMoved:
            del self.held[key]  # fenced: whoever holds it now goes on
            return
        self.held[key] = (lease, run)
        before = self.acknowledged.get(key[1], 0)
        assert run.state.version >= before, "an acknowledged step was undone"
        self.acknowledged[key[1]] = run.state.version
        if run.state.state in TERMINAL:
            end = self.ends.setdefault(key[1], run.state.state)
            assert end == run.state.state

    def _stepped(self, task, lease, run, to):
        if run is None:
            state = RunState(task=task, run=1, base=self.workspace.repo.head(), step=1)
            note = StepNote("accept", "x", self.now)
            given = next(item for item in TASKS if item.id == task)
            return TaskRun.accept(self.workspace, given, state, note, source=b"title: x\n", lease=lease)
        if run.state.state in TERMINAL:
            if not run.state.settled:
                state = moved(run.state, run.state.state, step=run.state.step + 1, settled=True)
                run.record(StepNote("settle", "x", self.now), state)
            Ledger(self.workspace).graft(run, self.now)
        elif to in TRANSITIONS[run.state.state]:
            run.record(StepNote("execute", "x", self.now), moved(run.state, to, step=run.state.step + 1))
        return run

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def renew(self, data):
        key = data.draw(st.sampled_from(sorted(self.held)))
        try:
            self.held[key][0].renew(self.now, LEASE_S)
        except LeaseLost:
            del self.held[key]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data):
        key = data.draw(st.sampled_from(sorted(self.held)))
        self.held.pop(key)[0].release()

    @rule(worker=st.sampled_from(WORKERS))
    def crash(self, worker):
        self.alive[worker] = self.next_pid
        self.next_pid += 1
        self.held = {key: value for key, value in self.held.items() if key[0] != worker}

    @rule(seconds=st.sampled_from([1.0, LEASE_S / 2, LEASE_S * 2, -3600.0, 3600.0]))
    def clock(self, seconds):
        """It may jump; a worker that is stopped meanwhile keeps believing that it holds its leases."""
        self.now = max(NOW, self.now + seconds)

    @rule()
    def restart(self):
        recover(self.workspace, list(Index(self.workspace).settled()), self.now, self.folder)

    @invariant()
    def nothing_acknowledged_is_lost_and_nothing_is_settled_twice(self):
        if not hasattr(self, "workspace"):
            return
        for task, version in self.acknowledged.items():
            run = TaskRun.load(self.workspace, task)
            assert run is not None and run.state.version >= version
            assert sum(1 for _ in self.workspace.repo.history(run.tip, stop=run.state.base)) == run.state.version
        kept = Index(self.workspace).settled()
        assert {task: item.record.state.state for task, item in kept.items()}.items() <= self.ends.items()
        tip = Ledger(self.workspace).tip()
        grafts = [info for info in self.workspace.repo.history(tip) if len(info.parents) == 2] if tip else []
        assert len(grafts) == len(kept)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
