"""The walk from end to end with scripted agents: every exit, and what an agent may not do."""

import re

import pytest
from support.cli import frmo
from support.project import ADD, BAD, GOOD, configure, drop, executor, git, script
from support.project import run_scripted as run

pytestmark = pytest.mark.sandbox


def only(said):
    assert len(said.data["tasks"]) == 1, said.data
    return said.data["tasks"][0]


def branch(workspace, task):
    return f"frmo/task/{task['task']}"


def subjects(workspace, task):
    return git(workspace, "log", "--reverse", "--format=%s", f"main..{branch(workspace, task)}").splitlines()


def test_a_dropped_file_becomes_a_branch_to_review(workspace):
    drop(workspace, "add", ADD)
    said = run(workspace, executor(GOOD))
    task = only(said)
    assert (said.code, task["state"], task["label"]) == (0, "complete", "level 3, 2 tests")
    steps = [re.match(r"frmo\((\w+)\)", line)[1] for line in subjects(workspace, task)]
    assert steps == ["accept", "plan", "execute", "validate", "settle"]
    assert git(workspace, "show", f"{branch(workspace, task)}:kit/add.py") == "def add(a, b):\n    return a + b"
    assert git(workspace, "status", "--porcelain") == "?? tasks/add.yaml"
    assert git(workspace, "fsck", "--no-dangling") == ""


def test_commits_carry_their_facts(workspace):
    drop(workspace, "add", ADD)
    task = only(run(workspace, executor(GOOD, tokens={"input": 11, "output": 7})))
    execute = git(workspace, "log", "--format=%an%n%(trailers)", "--grep", "^frmo(execute)", branch(workspace, task))
    assert execute.startswith("frmo executor\n")
    for line in (
        f"Frmo-Task: {task['task']}", "Frmo-Run: 1", "Frmo-Step: execute", "Frmo-Status: validating",
        "Frmo-Agent: scripted script", "Frmo-Attempt: 1", "Frmo-Tokens: 11/7/0", "Frmo-Cost: 0.000000", "skip-checks: true",
    ):  # fmt: skip
        assert line in execute
    sha = git(workspace, "rev-parse", "main:protocols/executor")
    assert f"Frmo-Protocol: executor@{sha}" in execute


def test_a_failed_attempt_is_followed_by_one_that_knows_the_error(workspace):
    drop(workspace, "add", ADD)
    said = run(workspace, executor(BAD, attempt=1), executor(GOOD, attempt=2))
    task = only(said)
    assert (said.code, task["state"], task["attempt"]) == (0, "complete", 2)
    errors = frmo("errors", "--json", at=workspace).data["errors"]
    assert {error["code"] for error in errors} and all(re.fullmatch("[0-9a-f]{12}", e["fingerprint"]) for e in errors)
    second = git(workspace, "ls-tree", "-r", "--name-only", branch(workspace, task))
    paths = [path for path in second.splitlines() if "/transcripts/" in path]
    prompt = git(workspace, "show", f"{branch(workspace, task)}:{paths[-1]}")
    assert "Your last attempt failed its checks" in prompt


def test_attempts_end(workspace):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 2}})
    said = run(workspace, executor(BAD, attempt=1), executor(BAD.replace("-", "*"), attempt=2))
    task = only(said)
    assert (said.code, task["state"], task["attempt"]) == (1, "failed", 2)
    assert task["reason"].startswith("failed at level 3")


def test_three_attempts_that_change_nothing_end_the_task(workspace):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 9}})
    said = run(workspace, executor("I would rather not."))
    task = only(said)
    assert (said.code, task["state"], task["attempt"]) == (1, "failed", 3)
    assert task["reason"].startswith("stalled")
    codes = [error["code"] for error in frmo("errors", "--json", at=workspace).data["errors"]]
    assert codes == ["no-code-block"] * 3


OUTSIDE = "```python path=kit/old.py\ndef old(n):\n    return 0\n```\n```python path=kit/add.py\ndef add(a, b):\n    return a + b\n```"


def test_a_file_outside_the_tasks_files_never_reaches_the_branch(workspace):
    drop(workspace, "add", ADD)
    task = only(run(workspace, executor(OUTSIDE)))
    assert task["state"] == "complete"
    assert frmo("diff", task["task"], "--json", at=workspace).data["files"] == ["kit/add.py"]
    errors = frmo("errors", "--all", "--json", at=workspace).data["errors"]
    assert [(error["code"], error["path"], error["decides"]) for error in errors] == [
        ("outside-files", "kit/old.py", False)
    ]


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_add.py",
        "state/config.yaml",
        "protocols/executor/protocol.yaml",
        ".github/workflows/x.yml",
        "kit/.gitattributes",
        "STATE/config.yaml",
    ],
)
def test_a_protected_path_fails_the_attempt(workspace, path):
    drop(workspace, "add", {**ADD, "files": ["**", "*"], "budget": {"attempts": 1}})
    reply = f"```python path={path}\nx = 1\n```\n```python path=kit/add.py\ndef add(a, b):\n    return a + b\n```"
    said = run(workspace, executor(reply))
    task = only(said)
    assert (said.code, task["state"]) == (1, "failed")
    assert "tampering" in task["reason"]
    assert path not in frmo("diff", task["task"], "--json", at=workspace).data["files"]
    assert path not in git(workspace, "diff", "--name-only", "main", branch(workspace, task)).splitlines()


@pytest.mark.parametrize("path", ["../outside.py", "/etc/frmo-was-here", "kit/../../x.py", ".git/hooks/pre-commit"])
def test_a_path_that_leaves_the_tree_is_refused(workspace, path):
    drop(workspace, "add", {**ADD, "files": ["**", "*"], "budget": {"attempts": 1}})
    said = run(workspace, executor(f"```python path={path}\nx = 1\n```"))
    assert (said.code, only(said)["state"]) == (1, "failed")
    codes = {error["code"] for error in frmo("errors", "--json", at=workspace).data["errors"]}
    assert codes & {"bad-path", "tampering"}


@pytest.mark.parametrize(
    ("process", "code"),
    [
        ({"print": "this is no message"}, "garbage"),
        ({"print": '{"type": "result"}'}, "garbage"),
        ({"exit": 3}, "crashed"),
        ({"hang": 600}, "timeout"),
        ({"flood": 64 << 20}, "flooded"),
        ({"python": "import os; os.kill(os.getpid(), 9)"}, "crashed"),
        ({"python": "x = bytearray(3 << 30)"}, "memory"),
    ],
    ids=["garbage", "half-a-message", "exit", "hang", "flood", "killed", "memory"],
)
def test_a_misbehaving_process_is_a_failed_attempt(workspace, process, code):
    place = workspace / "protocols" / "executor" / "protocol.yaml"
    place.write_text(re.sub(r"deadline_s: .*", "", place.read_text()).replace("\nmodel:", "\nmodel:\n  deadline_s: 2"))
    git(workspace, "commit", "-q", "-m", "short deadline", "--", "protocols")
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    said = run(workspace, executor(GOOD, process=process))
    assert (said.code, only(said)["state"]) == (1, "failed"), said
    errors = frmo("errors", "--json", at=workspace).data["errors"]
    assert [error["code"] for error in errors] in ([code], ["crashed"]) if code == "memory" else [code], errors


def test_an_agent_sees_neither_environment_nor_files_nor_network(workspace, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-agents-0123456789")
    spy = (
        "import json, os, socket\n"
        "found = [name for name in ('ANTHROPIC_API_KEY', 'SSH_AUTH_SOCK', 'FRMO_TEST_CACHE') if name in os.environ]\n"
        f"found += [path for path in ({str(workspace)!r}, '/root/.ssh', '/etc/shadow') if os.access(path, os.R_OK)]\n"
        "for number in os.listdir('/proc'):\n"
        "    if number.isdigit() and b'sk-ant' in open(f'/proc/{number}/environ', 'rb').read():\n"
        "        found.append('environ of ' + number)\n"
        "try:\n    socket.create_connection(('127.0.0.1', 22), 1); found.append('network')\nexcept OSError as error:\n"
        "    found += [] if error.errno in (1, 101, 111) else [str(error)]\n"
        "print('found ' + json.dumps(found))\n"
    )
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    run(workspace, executor(GOOD, process={"python": spy}))
    errors = frmo("errors", "--json", at=workspace).data["errors"]
    assert errors[0]["excerpt"] == "found []"


def opinion(choice="write it", action="python.function.write.implement", target="kit/add.py"):
    return {"action": action, "target": target, "choice": choice, "why": "because", "priority": 3}


def analyzer(aspect, *opinions, **more):
    return {"role": "analyzer", "aspect": aspect, "json": {"opinions": list(opinions)}, **more}


def test_a_swarm_is_merged_and_its_liars_and_dead_are_left_out(workspace):
    drop(workspace, "add", {**ADD, "swarm": ["requirements", "logic", "dependencies", "security", "performance"]})
    said = run(
        workspace,
        analyzer("requirements", opinion()),
        analyzer("logic", opinion()),
        analyzer("dependencies", opinion("delete everything")),
        analyzer("security", opinion(action="made.up")),
        {"role": "analyzer", "aspect": "performance", "text": "x", "process": {"exit": 1}},
        executor(GOOD),
    )
    task = only(said)
    assert task["state"] == "complete"
    names = git(workspace, "ls-tree", "-r", "--name-only", branch(workspace, task)).splitlines()
    plan = next(name for name in names if name.endswith("checklist.json"))
    text = git(workspace, "show", f"{branch(workspace, task)}:{plan}")
    assert '"choice": "write it"' in text
    assert '"dropped": [\n        "delete everything"\n      ]' in text
    assert '"security": "only-unknown-actions"' in text
    assert '"performance": "crashed"' in text
    assert sum(line.startswith("frmo(analyze)") for line in subjects(workspace, task)) == 5


def test_an_invalid_file_is_reported_and_stops_no_other(workspace):
    drop(workspace, "add", ADD)
    (workspace / "tasks" / "bad.yaml").write_text("titel: x\npriority: 99\n")
    said = run(workspace, executor(GOOD))
    assert said.code == 2
    assert only(said)["state"] == "complete"
    assert {fault["line"] for fault in said.data["faults"]} >= {1, 2}
    assert (workspace / "tasks" / "bad.yaml").read_text() == "titel: x\npriority: 99\n"


def test_tests_that_the_base_lacks_are_an_input_error(workspace):
    drop(workspace, "add", {**ADD, "validation": {"tests": "tests/test_nowhere.py"}})
    said = run(workspace, executor(GOOD))
    assert said.code == 2
    assert "not in the base commit" in said.data["faults"][0]["message"]
    assert git(workspace, "branch", "--list", "frmo/task/*") == ""


def test_a_spent_budget_waits_and_goes_on_when_raised(workspace):
    configure(workspace, budget={"task": {"tokens": 10}})
    drop(workspace, "add", ADD)
    said = run(workspace, executor(GOOD))
    assert (said.code, only(said)["state"]) == (4, "waiting")
    assert "budget" in only(said)["reason"]
    configure(workspace, budget={"task": {"tokens": 100000}})
    said = run(workspace, executor(GOOD))
    assert (said.code, only(said)["state"]) == (0, "complete")


def test_the_order_of_after_and_a_cycle(workspace):
    drop(workspace, "b", {**ADD, "after": ["a"]})
    drop(workspace, "a", {"title": "Look at old", "files": ["kit/old.py"], "validation": {"level": 1}})
    replies = (executor(GOOD, task="b-*"), executor("```python\ndef old(n):\n    return n + 0\n```", task="a-*"))
    said = run(workspace, *replies, args=("-j", "2"))
    assert said.code == 0
    order = git(workspace, "log", "--reverse", "--first-parent", "--format=%s", "frmo/ledger").splitlines()
    assert [line.split()[1][0] for line in order if "frmo(ledger)" in line][-2:] == ["a", "b"]
    drop(workspace, "c", {**ADD, "after": ["d"]})
    drop(workspace, "d", {**ADD, "after": ["c"]})
    said = run(workspace, *replies)
    assert said.code == 2
    assert re.search(r"c-\w+ after d-\w+ after c-\w+|d-\w+ after c-\w+ after d-\w+", said.err)


def test_a_finished_task_is_not_run_again_unless_asked(workspace):
    drop(workspace, "add", ADD)
    first = only(run(workspace, executor(GOOD)))
    assert run(workspace, executor(GOOD)).data["tasks"] == []
    said = run(workspace, executor(BAD), args=("--again", "add"))
    assert (only(said)["run"], only(said)["state"]) == (2, "failed")
    kept = git(workspace, "for-each-ref", "--format=%(refname)", "refs/frmo/archive")
    assert kept == f"refs/frmo/archive/{first['task']}/1"
    assert frmo("log", "add", "--run", "1", "--json", at=workspace).data["state"]["state"] == "complete"


def test_the_ledger_has_every_step_without_the_branch(workspace, tmp_path):
    drop(workspace, "add", ADD)
    task = only(run(workspace, executor(GOOD)))
    tip = git(workspace, "rev-parse", branch(workspace, task))
    git(workspace, "branch", "-D", branch(workspace, task))
    git(workspace, "gc", "-q", "--prune=now")
    git(workspace, "clone", "-q", "--bare", str(workspace), str(tmp_path / "remote.git"))
    git(tmp_path, "clone", "-q", str(tmp_path / "remote.git"), "clone")
    steps = git(tmp_path / "clone", "log", "--format=%s", f"origin/main..{tip}").splitlines()
    assert len(steps) == 5
    assert frmo("log", task["task"], "--json", at=workspace).data["state"]["state"] == "complete"
    assert run(workspace, executor(GOOD)).data["tasks"] == []


def test_uncommitted_work_of_the_person_is_left_alone(workspace):
    (workspace / "kit" / "old.py").write_text("half done\n")
    (workspace / "kit" / "new.py").write_text("new\n")
    git(workspace, "add", "kit/new.py")
    before = (git(workspace, "status", "--porcelain"), git(workspace, "rev-parse", "HEAD"), git(workspace, "diff"))
    drop(workspace, "add", ADD)
    assert run(workspace, executor(GOOD)).code == 0
    (workspace / "tasks" / "add.yaml").unlink()
    assert (
        git(workspace, "status", "--porcelain"),
        git(workspace, "rev-parse", "HEAD"),
        git(workspace, "diff"),
    ) == before


def test_existing_tests_have_to_keep_passing_when_a_task_names_none(workspace):
    drop(workspace, "old", {"title": "Rewrite old", "files": ["kit/old.py"], "budget": {"attempts": 1}})
    said = run(workspace, executor('```python\n"""Nothing is left."""\n```'))
    assert (said.code, only(said)["state"]) == (1, "failed")
    assert "level 3" in only(said)["reason"]


def test_an_agent_that_cannot_answer_is_refused_before_the_branch_exists(workspace):
    drop(workspace, "add", ADD)
    for kind in ("bogus", "anthropic"):
        said = frmo("run", "--agent", kind, "--json", at=workspace)
        assert said.code == 2
        assert kind in said.data["faults"][0]["message"]
        assert git(workspace, "branch", "--list", "frmo/task/*") == ""
    assert run(workspace, executor(GOOD)).code == 0


def test_an_unfinished_run_gives_way_to_a_new_one(workspace):
    configure(workspace, budget={"task": {"tokens": 10}})
    drop(workspace, "add", ADD)
    assert run(workspace, executor(GOOD)).code == 4
    configure(workspace, budget={"task": {"tokens": 100000}})
    said = run(workspace, executor(GOOD), args=("--again", "add"))
    assert (said.code, only(said)["run"], only(said)["state"]) == (0, 2, "complete")
    assert frmo("log", "add", "--run", "1", "--json", at=workspace).data["state"]["state"] == "cancelled"


def test_again_needs_a_task(workspace):
    assert "needs a TASK" in run(workspace, args=("--again",)).err


def test_a_dependency_that_does_not_exist_blocks_no_other(workspace):
    drop(workspace, "add", ADD)
    drop(workspace, "late", {**ADD, "after": ["nosuch"]})
    said = run(workspace, executor(GOOD))
    rows = {row["path"]: row for row in said.data["tasks"]}
    assert rows["tasks/add.yaml"]["state"] == "complete"
    assert (rows["tasks/late.yaml"]["state"], "nosuch (no such task)" in rows["tasks/late.yaml"]["reason"]) == (
        "pending",
        True,
    )


def test_a_retry_knows_why_a_person_rejected_the_work(workspace):
    drop(workspace, "add", ADD)
    task = only(run(workspace, executor(GOOD)))["task"]
    frmo("reject", task, "--why", "no type hints", at=workspace)
    typed = GOOD.replace("a, b)", "a: int, b: int) -> int")
    run_script = script(workspace, executor(typed))
    said = frmo("retry", task, "--agent", "scripted", "--script", run_script, "--json", at=workspace)
    assert (said.code, only(said)["run"]) == (0, 2)
    names = git(workspace, "ls-tree", "-r", "--name-only", f"frmo/task/{task}").splitlines()
    prompt = next(name for name in names if "/2/transcripts/" in name)
    assert "A person rejected the last work: no type hints" in git(workspace, "show", f"frmo/task/{task}:{prompt}")
