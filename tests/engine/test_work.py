"""An executor with tools, driven by scripted turns: real shell, real editor, real sandbox."""

import json

import pytest
from support.cli import frmo
from support.project import ADD, configure, drop, git
from support.project import run_scripted as run

pytestmark = pytest.mark.sandbox
CODE = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def tools(workspace):
    configure(workspace, agents={"scripted": {"mode": "tools"}})
    return workspace


def bash(command, **more):
    return {"content": [{"type": "tool_use", "id": "b", "name": "bash", "input": {"command": command, **more}}]}


def editor(command, path="kit/add.py", **more):
    call = {"command": command, "path": path, **more}
    return {"content": [{"type": "tool_use", "id": "e", "name": "str_replace_based_edit_tool", "input": call}]}


def working(*turns, **more):
    return {"role": "executor", "turns": list(turns), **more}


def only(said):
    assert len(said.data["tasks"]) == 1, said
    return said.data["tasks"][0]


def steps(workspace, task):
    return frmo("log", task["task"], "--json", at=workspace).data["steps"]


def results(workspace, task):
    """The text of every tool result the model was shown, in order."""
    names = git(workspace, "ls-tree", "-r", "--name-only", f"frmo/task/{task['task']}").splitlines()
    found = []
    for name in [name for name in names if "/transcripts/" in name][-1:]:
        record = json.loads(git(workspace, "show", f"frmo/task/{task['task']}:{name}"))
        for message in record["request"]["messages"]:
            if isinstance(message["content"], list):
                found += [block["content"] for block in message["content"] if block["type"] == "tool_result"]
    return found


def test_each_turn_that_changed_a_file_is_a_commit(tools):
    drop(tools, "add", ADD)
    said = run(
        tools,
        working(
            bash("cat tests/test_add.py && ls"),
            editor("create", file_text="def add(a, b):\n    return a - b\n"),
            bash("python -m pytest -q tests/test_add.py; pwd"),
            editor("str_replace", old_str="a - b", new_str="a + b"),
            bash("python -m pytest -q tests/test_add.py"),
            {"text": "It passes."},
        ),
    )
    task = only(said)
    assert (said.code, task["state"], task["label"], task["attempt"]) == (0, "complete", "level 3, 2 tests", 1)
    executes = [step for step in steps(tools, task) if step["step"] == "execute"]
    assert [(step["status"], step["what"]) for step in executes] == [
        ("executing", "kit/add.py"),
        ("executing", "kit/add.py"),
        ("validating", "kit/add.py"),
    ]
    assert [step["details"]["completions"] for step in executes] == [2, 2, 2]
    assert executes[-1]["details"]["ended"] == "done"
    log = git(tools, "log", "--reverse", "-p", "--format=", "main..frmo/task/" + task["task"], "--", "kit")
    assert [line for line in log.splitlines() if line.startswith(("+ ", "- "))] == [
        "+    return a - b",
        "-    return a - b",
        "+    return a + b",
    ]
    shown = results(tools, task)
    assert "from kit.add import add" in shown[0]
    assert "tasks" not in shown[0].split("def test_add")[1]
    assert "1 failed" in shown[2]
    assert "1 passed" in shown[4]


def test_the_account_is_whole(tools):
    drop(tools, "add", ADD)
    turns = [
        {**turn, "tokens": {"input": 10, "output": 1}} for turn in (editor("create", file_text=CODE), bash("true"))
    ]
    task = only(run(tools, working(*turns, {"text": "Done.", "tokens": {"input": 10, "output": 1}})))
    assert task["tokens"] == 33
    total = frmo("cost", "--json", at=tools).data["total"]
    assert (total["completions"], total["tokens"]["input"]) == (3, 30)


def test_files_may_be_deleted_made_executable_and_moved(tools):
    drop(tools, "tidy", {"title": "Tidy up", "files": ["kit/*", "bin/*"], "validation": {"level": 1}})
    said = run(tools, working(bash("mkdir bin && mv kit/old.py bin/old && chmod +x bin/old"), {"text": "Done."}))
    task = only(said)
    assert (said.code, task["state"]) == (0, "complete")
    shown = git(tools, "diff", "--summary", "-M", "main", "frmo/task/" + task["task"], "--", "kit", "bin")
    assert "rename kit/old.py => bin/old" in shown
    assert "mode change 100644 => 100755" in shown


def test_what_it_may_not_change_is_dropped_and_fails_the_attempt(tools):
    drop(tools, "add", {**ADD, "files": ["**", "*"], "budget": {"attempts": 1}})
    command = (
        "echo 'assert True' > tests/test_add.py; mkdir -p .github protocols; echo x > .github/x; echo y > protocols/z"
    )
    said = run(tools, working(bash(command), editor("create", file_text=CODE), {"text": "Done."}))
    task = only(said)
    assert (said.code, task["state"]) == (1, "failed")
    errors = frmo("errors", "--json", at=tools).data["errors"]
    assert {(row["code"], row["path"]) for row in errors} >= {
        ("tampering", "tests/test_add.py"),
        ("tampering", ".github/x"),
        ("tampering", "protocols/z"),
    }
    assert (
        git(tools, "diff", "--name-only", "main", "frmo/task/" + task["task"], "--", "tests", ".github", "protocols")
        == ""
    )


def test_what_it_leaves_lying_about_stays_out(tools):
    (tools / ".gitignore").write_text("*.log\n")
    git(tools, "add", ".gitignore")
    git(tools, "commit", "-q", "-m", "ignore")
    drop(tools, "add", ADD)
    litter = "echo x > noise.log; echo x > other.txt; ln -s /etc/passwd link; mkdir .git; echo x > .git/config"
    task = only(run(tools, working(bash(litter), editor("create", file_text=CODE), {"text": "Done."})))
    assert task["state"] == "complete"
    assert frmo("diff", task["task"], "--json", at=tools).data["files"] == ["kit/add.py"]
    rows = frmo("errors", "--all", "--json", at=tools).data["errors"]
    assert {(row["code"], row["path"], row["decides"]) for row in rows} == {
        ("outside-files", "other.txt", False),
        ("not-collected", "link", False),
        ("not-collected", ".git", False),
    }


def test_a_loop_without_a_change_is_a_failed_attempt(tools):
    drop(tools, "add", ADD)
    said = run(tools, working(editor("create", file_text=CODE), bash("rm kit/add.py"), {"text": "I gave up."}))
    assert only(said)["reason"].startswith("stalled"), said
    codes = [row["code"] for row in frmo("errors", "--json", at=tools).data["errors"]]
    assert codes == ["no-change"] * 3


def test_turns_end_and_what_is_there_is_judged(tools):
    configure(tools, agents={"scripted": {"mode": "tools", "turns": 3}})
    drop(tools, "add", ADD)
    task = only(run(tools, working(editor("create", file_text=CODE), *[bash("true")] * 9)))
    assert (task["state"], task["attempt"]) == ("complete", 1)
    last = [step for step in steps(tools, task) if step["step"] == "execute"][-1]
    assert (last["details"]["turns"], last["details"]["ended"]) == (3, "turns")


def test_a_spent_budget_keeps_what_was_done_and_goes_on(tools):
    configure(tools, budget={"task": {"tokens": 30_000}})
    drop(tools, "add", ADD)
    dear = {**editor("create", file_text="x = 1\n"), "tokens": {"input": 29_000, "output": 1}}
    said = run(tools, working(dear, {"text": "Done."}))
    task = only(said)
    assert (said.code, task["state"], task["tokens"]) == (4, "waiting", 29_001)
    assert git(tools, "show", f"frmo/task/{task['task']}:kit/add.py") == "x = 1"
    configure(tools, budget={"task": {"tokens": 100_000}})
    said = run(tools, working(editor("create", file_text=CODE), {"text": "Done."}))
    assert (said.code, only(said)["attempt"]) == (0, 1)


def test_what_turns_without_a_change_cost_is_not_lost_when_the_budget_ends(tools):
    configure(tools, budget={"task": {"tokens": 30_000}})
    drop(tools, "add", ADD)
    task = only(run(tools, working({**bash("true"), "tokens": {"input": 29_000, "output": 1}}, {"text": "Done."})))
    assert (task["state"], task["tokens"]) == ("waiting", 29_001)
    assert frmo("cost", "--json", at=tools).data["total"]["tokens"]["input"] == 29_000


@pytest.mark.parametrize(
    "turn",
    [
        {"content": [{"type": "tool_use", "id": "1", "name": "bash", "input": {}}]},
        {"content": [{"type": "tool_use", "id": "1", "name": "launch", "input": {}}]},
        {**bash("echo ran > kit/add.py"), "stop_reason": "end_turn"},
        {**bash("echo ran > kit/add.py"), "stop_reason": "max_tokens"},
    ],
    ids=["no-input", "no-such-tool", "not-asked", "cut"],
)
def test_a_call_that_is_not_whole_never_runs(tools, turn):
    drop(tools, "add", {**ADD, "budget": {"attempts": 1}})
    task = only(run(tools, working(turn)))
    assert task["state"] in ("failed", "waiting")
    assert git(tools, "ls-tree", "--name-only", "frmo/task/" + task["task"], "kit/add.py") == ""


def test_no_key_no_network_no_repository_in_the_shell(tools, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-agents-0123456789")
    drop(tools, "add", ADD)
    probe = f"env; git log 2>&1; ls -a; ls {tools} 2>&1; (echo > /dev/tcp/127.0.0.1/22) 2>&1; grep -c . /proc/*/environ"
    task = only(run(tools, working(bash(probe), editor("create", file_text=CODE), {"text": "Done."})))
    shown = results(tools, task)[0]
    assert "sk-ant" not in shown
    assert "No such file" in shown
    assert "not a git repository" in shown or "git: command not found" in shown
    assert "state" not in shown.split()
