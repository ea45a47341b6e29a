"""The demo: with a scripted agent, and once with the real local model."""

import json

import pytest
from support.cli import frmo
from support.project import git
from support.weights import real_weights_folder

pytestmark = pytest.mark.sandbox

DONE = {
    "add": "def add(a, b):\n    return a + b",
    "is_even": "def is_even(n):\n    return n % 2 == 0",
}


def test_from_nothing_to_a_table(tmp_path):
    replies = [
        {"role": "executor", "task": f"{name.replace('_', '-')}-*", "text": f"```python\n{code}\n```"}
        for name, code in DONE.items()
    ]
    replies.append({"role": "executor", "text": "```python\nx = 1\n```"})
    (tmp_path / "script.json").write_text(json.dumps({"replies": replies}))
    said = frmo("demo", "shop", "--agent", "scripted", "--script", tmp_path / "script.json", at=tmp_path)
    assert said.code == 0, said.err
    assert "2 of 6 complete" in said.out
    assert "+def add(a, b):" in said.out
    for command in ("git log --graph", " log add-", " accept add-"):
        assert command in said.out
    again = frmo("demo", "shop", "--agent", "scripted", "--script", tmp_path / "script.json", at=tmp_path)
    assert (again.code, "not empty" in again.err) == (2, True)


@pytest.mark.model
def test_with_the_real_model(tmp_path, monkeypatch):
    cache = real_weights_folder().parent.parent
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    said = frmo("demo", "shop", "--json", at=tmp_path)
    assert said.code == 0, said.err
    rows = said.data["tasks"]
    assert len(rows) == 6
    assert sum(row["state"] == "complete" for row in rows) >= 2
    for row in rows:
        assert row["state"] in ("complete", "failed")
        if row["state"] == "failed":
            assert frmo("errors", row["task"], "--json", at=tmp_path / "shop").data["errors"]
    assert git(tmp_path / "shop", "fsck", "--no-dangling") == ""
