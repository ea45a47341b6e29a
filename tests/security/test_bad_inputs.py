"""Bad task files, one table: each is reported with file, line and what to do, and left as it is; the good one runs."""

import os
import socket

import pytest
from support.cli import frmo
from support.project import ADD, GOOD, drop, executor, git, run_scripted

from frmo.store.inbox import scan
from frmo.store.workspace import Workspace

T = "title: x\n"
# Name: content, and a word that the message must hold.
YAML = {
    "nothing": ("", ""), "only a comment": ("# x\n", ""), "only a marker": ("---\n", ""), "a scalar": ("x\n", ""),
    "a list": ("- title: x\n", ""), "a number": ("7\n", ""), "null": ("null\n", ""), "two documents": (T + "---\n" + T, ""),
    "no title": ("description: x\n", "title"), "an empty title": ("title: ''\n", "title"), "a blank title": ("title: '  '\n", ""),
    "a title of two lines": ('title: "a\\nb"\n', ""), "a long title": (f"title: {'x' * 5000}\n", "title"),
    "a numeric title": ("title: 7\n", "title"), "a boolean title": ("title: true\n", "title"), "a list as title": ("title: [x]\n", "title"),
    "a mapping as title": ("title: {a: b}\n", "title"), "null as title": ("title:\n", "title"),
    "an unknown key": (T + "titel: y\n", "title"), "a key in capitals": ("Title: x\n", "title"), "a key that is a number": (T + "1: y\n", ""),
    "a key that is null": (T + "~: y\n", ""), "a key that is a list": (T + "? [a]\n: y\n", ""), "a key twice": (T + T, "twice"),
    "a nested key twice": (T + "budget:\n  usd: 1\n  usd: 2\n", "twice"), "a merge key": (T + "<<: {files: [a]}\n", ""),
    "an alias bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)), ""),
    "an alias to itself": ("title: x\nfiles: &a [*a]\n", ""), "an unknown alias": (T + "files: [*no]\n", ""),
    "a tag of Python": ("title: !!python/object/apply:os.system ['true']\n", ""), "a tag of its own": ("title: !x y\n", ""),
    "a tag of binary": ("title: !!binary aGk=\n", ""), "a set": (T + "files: !!set {a, b}\n", ""),
    "an open quote": ('title: "x\n', ""), "an open bracket": (T + "files: [a, b\n", ""), "a tab": ("title: x\n\tfiles: [a]\n", ""),
    "wrong indentation": (T + "  files: [a]\n", ""), "a colon in text": ("title: a: b\n", ""), "a percent sign": ("title: %x\n", ""),
    "a reserved sign": ("title: @x\n", ""), "a back quote": ("title: `x`\n", ""), "a half escape": ('title: "\\x"\n', ""),
    "half a character": ('title: "\\ud800"\n', ""), "a null byte": ("title: a\0b\n", ""), "an escape sequence": ("title: a\x1b[2Jb\n", ""),
    "not UTF-8": (b"title: \xff\xfe\n", "UTF-8"), "Latin-1": ("title: größe\n".encode("latin-1"), "UTF-8"), "UTF-16": (T.encode("utf-16"), ""),
    "UTF-32": (T.encode("utf-32"), ""), "binary": (bytes(range(256)), ""), "an image": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, ""),
    "a hundred brackets": (T + "files: " + "[" * 100 + "]" * 100 + "\n", ""), "ten thousand brackets": ("[" * 10_000, ""),
    "ten thousand braces": ("{a: " * 10_000, ""), "nested lists by dashes": ("- " * 5_000 + "x\n", ""),
    "a million keys": ("".join(f"k{n}: 1\n" for n in range(60_000)), ""), "too large": (T + "description: |\n" + "  x\n" * 700_000, ""),
    "one endless line": ("title: " + "x" * 3_000_000 + "\n", ""),
    "files as numbers": (T + "files: [1]\n", "files"), "an absolute file": (T + "files: [/etc/passwd]\n", "files"),
    "a file above": (T + "files: [../x]\n", "files"), "a file in the middle above": (T + "files: [a/../../x]\n", "files"),
    "a file of git's": (T + "files: [.git/config]\n", ""), "an empty file name": (T + "files: ['']\n", "files"),
    "a file with a null byte": (T + 'files: ["a\\0b"]\n', ""), "a back slash": (T + "files: ['a\\b']\n", "files"),
    "context above": (T + "context: [../../etc/passwd]\n", "context"), "absolute context": (T + "context: [/etc/shadow]\n", "context"),
    "a priority of zero": (T + "priority: 0\n", "priority"), "a priority of ten": (T + "priority: 10\n", "priority"),
    "a priority as text": (T + "priority: high\n", "priority"), "a half priority": (T + "priority: 1.5\n", "priority"),
    "a negative budget": (T + "budget: {usd: -1}\n", "usd"), "a budget that is none": (T + "budget: {usd: .nan}\n", ""),
    "an endless budget": (T + "budget: {usd: .inf}\n", ""), "a budget as text": (T + "budget: {usd: lots}\n", "usd"),
    "a budget by itself": (T + "budget: 5\n", "budget"), "an unknown budget": (T + "budget: {eur: 1}\n", "eur"), "no attempts": (T + "budget: {attempts: 0}\n", "attempts"),
    "half a token": (T + "budget: {tokens: 0.5}\n", "tokens"), "an octal number": (T + "priority: 007\n", ""), "a number with underscores": (T + "budget: {tokens: 1_000}\n", ""),
    "a level of zero": (T + "validation: {level: 0}\n", "level"), "a level of seven": (T + "validation: {level: 7}\n", "level"),
    "a level as text": (T + "validation: {level: unit}\n", "level"), "an unknown check": (T + "validation: {test: a.py}\n", "tests"),
    "validation as text": (T + "validation: strict\n", "validation"), "a test above": (T + "validation: {tests: ../x.py}\n", "tests"),
    "an absolute test": (T + "validation: {tests: /x.py}\n", "tests"), "a command as mapping": (T + "validation: {commands: [{run: x}]}\n", "commands"),
    "an empty command": (T + "validation: {commands: ['']}\n", "commands"), "a case without call": (T + "validation: {cases: [{args: [1]}]}\n", "call"),
    "a case with an unknown key": (T + "validation: {cases: [{call: f, arg: 1, expect: 2}]}\n", "arg"), "cases as mapping": (T + "validation: {cases: {call: f}}\n", ""),
    "a domain with a slash": (T + "domain: ../../x\n", "domain"), "a domain in capitals": (T + "domain: PYTHON\n", "domain"),
    "a domain as list": (T + "domain: [python]\n", "domain"), "an agent with a space": (T + "agent: rm -rf\n", "agent"), "an agent as number": (T + "agent: 1\n", "agent"),
    "an option as base": (T + "base: --upload-pack=x\n", "base"), "a range as base": (T + "base: a..b\n", "base"), "a base with a space": (T + "base: a b\n", "base"),
    "after itself as text": (T + "after: 7\n", "after"), "after as mapping": (T + "after: {a: b}\n", "after"),
    "an unknown environment": (T + "environment: {pyhton: .venv}\n", "python"), "an environment as text": (T + "environment: .venv\n", "environment"),
    "a date as title": ("title: 2024-01-01T00:00:00Z extra: x\n", ""), "JSON with a comment": ('{"title": "x" // y\n}', ""),
}  # fmt: skip
JSON = {
    "nothing": "", "a list": "[]", "a word": "x", "a comma at the end": '{"title": "x",}', "single quotes": "{'title': 'x'}",
    "a key twice": '{"title": "x", "title": "y"}', "two values": '{"title": "x"} {}', "NaN": '{"title": "x", "priority": NaN}',
    "a comment": '{"title": "x"} // y', "half a file": '{"title": "x', "deep": "[" * 100_000, "an unknown key": '{"title": "x", "file": []}',
    "a huge number": '{"title": "x", "priority": 1e999}', "a long integer": '{"title": "x", "priority": ' + "9" * 10_000 + "}",
}  # fmt: skip
CASES = {f"{name}.yaml": row for name, row in YAML.items()} | {
    f"{name}.json": (text, "") for name, text in JSON.items()
}


@pytest.fixture(scope="module")
def scanned(template, tmp_path_factory):
    """All bad files in one inbox, with what the scan says of each."""
    folder = tmp_path_factory.mktemp("bad") / "repo"
    git(folder.parent, "clone", "-q", template, folder)
    written = {}
    for number, (name, (content, _)) in enumerate(CASES.items()):
        path = folder / "tasks" / f"{number:03d}.{name.rsplit('.', 1)[1]}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        written[name] = path
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in written.values()}
    found = {entry.path: entry for entry in scan(Workspace.open(folder))}
    return folder, written, before, found


def test_there_are_at_least_a_hundred():
    assert len(CASES) >= 100


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_named_with_its_line_and_left_as_it_is(scanned, name):
    _, written, before, found = scanned
    path = written[name]
    entry = found[f"tasks/{path.name}"]
    assert entry.task is None and entry.faults, "it was taken for a task"
    text = "\n".join(map(str, entry.faults))
    assert text.startswith(f"tasks/{path.name}") and CASES[name][1] in text, text
    assert len(entry.faults) <= 50 and len(text) < 20_000 and "Traceback" not in text
    assert text.replace("\n", "").isprintable(), text
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before[path]


def test_odd_files_are_not_opened(workspace):
    """A FIFO would hang, a link leads out, a folder is no file, /dev/zero never ends."""
    inbox = workspace / "tasks"
    os.mkfifo(inbox / "fifo.yaml")
    (inbox / "link.yaml").symlink_to("/etc/passwd")
    (inbox / "zero.yaml").symlink_to("/dev/zero")
    (inbox / "loop.yaml").symlink_to("loop.yaml")
    (inbox / "folder.yaml").mkdir()
    listener = socket.socket(socket.AF_UNIX)
    here = os.open(inbox, os.O_RDONLY)
    listener.bind(f"/proc/self/fd/{here}/socket.yaml")
    with (inbox / "large.yaml").open("wb") as large:
        large.truncate(100 << 20)
    faults = [str(fault) for entry in scan(Workspace.open(workspace)) for fault in entry.faults]
    for name in ("fifo", "link", "zero", "loop", "socket", "large"):
        assert any(f"tasks/{name}.yaml" in fault for fault in faults), (name, faults)
    listener.close()
    os.close(here)


def test_the_good_one_behind_the_bad_ones_runs(workspace):
    for number, (content, _) in enumerate(list(YAML.values())[:12]):
        (workspace / "tasks" / f"0{number:02d}.yaml").write_text(content)
    drop(workspace, "add", ADD)
    said = run_scripted(workspace, executor(GOOD))
    assert [row["state"] for row in said.data["tasks"]] == ["complete"] and said.code == 2, said
    again = frmo("status", at=workspace)
    assert "tasks/000.yaml" in again.out + again.err


@pytest.mark.parametrize("args", [
    ("diff", "--output=/tmp/x"), ("log", "no-such"), ("accept", "../../etc"), ("accept", "$(id)"), ("verify", "--", "--all"),
    ("verify", "a..b..c"), ("verify", "HEAD;id"), ("run", "--jobs", "-1"), ("new", "\x00"), ("add", "/no/such"), ("add", "/dev/zero"),
    ("retry", "x" * 5000), ("cancel", "\n"), ("errors", "tasks/none.yaml"), ("hook", "pre-commit", "HEAD"), ("reject", "x", "--why", ""),
])  # fmt: skip
def test_a_bad_argument_is_one_message(workspace, args):
    said = frmo(*args, at=workspace)
    assert said.code == 2 and "bug in frmo" not in said.err and "Traceback" not in said.err, said
    assert said.err.strip()
