"""`frmo cost`: sums that can be checked by hand, cache hits included."""

import pytest
from support.cli import frmo
from support.messages_server import MessagesServer, Play, plays
from support.project import ADD, BAD, GOOD, configure, drop, executor, git, run_scripted

pytestmark = pytest.mark.sandbox


def test_sums_by_everything(workspace):
    assert "no model was asked yet" in frmo("cost", at=workspace).err
    drop(workspace, "add", {**ADD, "budget": {"attempts": 2}})
    bad = executor(BAD, attempt=1, tokens={"input": 100, "output": 10})
    run_scripted(workspace, bad, executor(GOOD, attempt=2, tokens={"input": 200, "output": 20}))
    data = frmo("cost", "--json", at=workspace).data
    assert data["total"]["tokens"] == {"input": 300, "output": 30, "cached": 0}
    assert (data["total"]["steps"], data["total"]["completions"], data["total"]["hit_rate"]) == (2, 2, 0)
    assert [row["key"] for row in data["by"]["agent"]] == ["scripted"]
    assert [row["key"] for row in data["by"]["model"]] == ["script"]
    sha = git(workspace, "rev-parse", "main:protocols/executor")
    assert [row["key"] for row in data["by"]["protocol"]] == [f"executor@{sha}"]
    [day] = data["by"]["day"]
    assert frmo("cost", "--since", day["key"], "--json", at=workspace).data["total"] == data["total"]
    assert frmo("cost", "--since", "2999-01-01", "--json", at=workspace).data["total"]["steps"] == 0
    table = frmo("cost", "--by", "model", at=workspace).out.splitlines()
    assert table[1].split() == ["script", "0.000000", "300", "30", "0", "2", "0%"]


def test_what_the_cache_gave_is_counted_and_free(workspace, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-for-a-loopback-server")
    drop(workspace, "add", ADD)
    with MessagesServer(plays(Play(text=GOOD, input_tokens=50, output_tokens=7))) as server:
        configure(workspace, agents={"anthropic": {"base_url": server.url, "model": "toy", "mode": "reply"}})
        assert frmo("run", "--agent", "anthropic", at=workspace).code == 0
        drop(workspace, "twin", ADD)
        said = frmo("run", "--agent", "anthropic", "--json", at=workspace)
        assert (said.code, len(server.calls)) == (0, 1)
    total = frmo("cost", "--json", at=workspace).data["total"]
    assert (total["completions"], total["cached"], total["hit_rate"]) == (2, 1, 0.5)
    assert total["tokens"] == {"input": 50, "output": 7, "cached": 0}
