"""A key planted in every way it could leak: none of its forms is in a commit, a ref, a log or on the screen."""

import base64
import json
import subprocess

import pytest
from support.cli import frmo
from support.project import ADD, GOOD, drop, executor, run_scripted

KEY = "s3cr3t-Value/with+odd=chars-0123456789"
FORMS = {
    "plain": KEY, "reversed": KEY[::-1], "hex": KEY.encode().hex(), "base64": base64.b64encode(KEY.encode()).decode(),
}  # fmt: skip


def _everything(folder, home):
    """All objects of the repository and all files that frmo wrote outside it, as one text."""
    names = subprocess.run(
        ["git", "-C", folder, "cat-file", "--batch", "--batch-all-objects"], capture_output=True, check=True
    ).stdout
    refs = subprocess.run(["git", "-C", folder, "for-each-ref"], capture_output=True, check=True).stdout
    logs = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    return names + refs + logs


def _hits(text):
    data = text if isinstance(text, bytes) else text.encode()
    return [name for name, form in FORMS.items() if form.encode() in data]


WAYS = {
    "a file it writes": lambda form: [executor(f"```python\nK = '{form}'\n\n\ndef add(a, b):\n    return a + b\n```")],
    "an error of its tests": lambda form: (
        [executor(f"```python\ndef add(a, b):\n    raise ValueError('{form}')\n```")] * 3
    ),
    "an answer that can't be read": lambda form: [executor(f"no code here, only {form}")] * 3,
    "a syntax error": lambda form: [executor(f"```python\ndef add(a, b) {form}\n```")] * 3,
    "a fault of the provider": lambda form: [executor(GOOD, fault={"status": 400, "message": form})] * 3,
    "what its process says": lambda form: [executor(GOOD, process={"stderr": form, "exit": 3})] * 3,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_a_planted_key_is_nowhere(workspace, tmp_path, monkeypatch, way, form):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    home = tmp_path / "home"
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    (home / ".gitconfig").parent.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    drop(workspace, "add", ADD)
    said = run_scripted(workspace, *WAYS[way](FORMS[form]))
    (workspace.parent / "script.json").unlink()
    task = said.data["tasks"][0]["task"]
    shown = [frmo(*command, at=workspace) for command in (("log", task), ("errors",), ("status",), ("diff", task))]
    assert said.data["tasks"][0]["state"] in ("complete", "failed", "waiting")
    assert _hits(_everything(workspace, home)) == []
    assert _hits("".join(item.out + item.err for item in (said, *shown))) == []
    assert frmo("verify", at=workspace).code == 0


def test_the_search_would_find_it(workspace, tmp_path):
    """Without a secret to hide, the same file is committed as it is."""
    drop(workspace, "add", ADD)
    run_scripted(workspace, *WAYS["a file it writes"](KEY))
    assert _hits(_everything(workspace, tmp_path / "none")) == ["plain"]
    assert json.dumps(KEY)
