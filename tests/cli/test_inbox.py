"""`frmo new` and `frmo add`."""

import io
import os
import sys
from types import SimpleNamespace

import pytest
from support.cli import frmo
from support.repositories import make_repository

from frmo.files import yaml_file
from frmo.store.inbox import scan
from frmo.store.workspace import Workspace


@pytest.fixture
def root(tmp_path):
    root = make_repository(tmp_path / "r")
    assert frmo("init", "-q", at=root).code == 0
    return root


def tasks(root):
    return {entry.path: entry.task.id for entry in scan(Workspace.open(root)) if entry.task}


def piped(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_new_writes_a_valid_file_and_prints_path_and_id(root):
    said = frmo("new", "Add slugify(text)", "--file", "text/slug.py", "--test", "tests/t.py", "--level", "3", at=root)
    assert said.code == 0
    ((path, task),) = tasks(root).items()
    assert said.out == f"{path}  {task}\n"
    assert path == "tasks/add-slugify-text.yaml"
    assert yaml_file.load((root / path).read_bytes(), path) == {
        "title": "Add slugify(text)",
        "files": ["text/slug.py"],
        "validation": {"level": 3, "tests": ["tests/t.py"]},
    }


def test_new_never_overwrites(root):
    paths = [frmo("new", "Same", "--json", at=root).data["tasks"][0]["path"] for _ in range(3)]
    assert paths == ["tasks/same.yaml", "tasks/same-2.yaml", "tasks/same-3.yaml"]


@pytest.mark.parametrize("title", ["Ünïcödé 🐍", "!!!", "../../etc/passwd", "x: y # z"])
def test_any_title_gets_a_safe_name(root, title):
    assert frmo("new", title, at=root).code == 0
    (name,) = [path.name for path in (root / "tasks").iterdir() if path.name != "README.md"]
    assert name.isascii()
    assert not name.startswith((".", "-"))
    assert yaml_file.load((root / "tasks" / name).read_bytes(), name) == {"title": title}


@pytest.mark.parametrize(
    "args", [("",), ("a\nb",), ("x", "--file", "/etc/passwd"), ("x", "--domain", "No Such"), ("x" * 201,)]
)
def test_new_refuses_what_would_be_no_task(root, args):
    said = frmo("new", *args, at=root)
    assert said.code == 2
    assert tasks(root) == {}


def test_new_opens_an_editor_and_checks_what_was_written(root, tmp_path, monkeypatch):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "priorty: 1" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    said = frmo("new", "Edit me", "--edit", at=root)
    assert said.code == 2
    assert "did you mean 'priority'?" in said.err
    assert (root / "tasks/edit-me.yaml").read_text().endswith("priorty: 1\n")


def test_add_places_copies(root, tmp_path):
    (tmp_path / "one.yaml").write_text("title: One\n")
    (tmp_path / "two.json").write_text('{"title": "Two"}')
    said = frmo("add", tmp_path / "one.yaml", tmp_path / "two.json", "--json", at=root)
    assert said.code == 0
    assert {row["path"]: row["id"] for row in said.data["tasks"]} == tasks(root)
    assert (root / "tasks/one.yaml").read_text() == "title: One\n"
    assert (tmp_path / "one.yaml").is_file()


def test_add_tells_every_fault_of_every_file_and_places_none(root, tmp_path):
    (tmp_path / "good.yaml").write_text("title: Good\n")
    (tmp_path / "bad.yaml").write_text("titel: x\npriority: 10\nfiles: [../x]\n")
    (tmp_path / "worse.yaml").write_text("title: [\n")
    said = frmo("add", tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "worse.yaml", at=root)
    assert said.code == 2
    assert said.out == ""
    bad, worse = tmp_path / "bad.yaml", tmp_path / "worse.yaml"
    for start in (
        f"{bad}:1:1: title is missing",
        f"{bad}:1:1: unknown key",
        f"{bad}:2:11: priority",
        f"{bad}:3:9: files[0]",
        f"{worse}:2:1: ",
    ):
        assert start in said.err
    assert tasks(root) == {}


def test_add_from_stdin(root, monkeypatch):
    piped(monkeypatch, b"title: Piped\n")
    assert frmo("add", "-", "--name", "piped", at=root).out.startswith("tasks/piped.yaml  piped-")
    piped(monkeypatch, b"titel: Piped\n")
    said = frmo("add", "-", "--name", "other.yaml", at=root)
    assert said.code == 2
    assert "stdin:1:1: title is missing" in said.err
    assert frmo("add", "-", at=root).code == 2


def test_add_refuses_what_is_no_file(root, tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    for name, why in (("pipe.yaml", "is a named pipe"), ("none.yaml", "is not there"), (".", "is a folder")):
        said = frmo("add", tmp_path / name, at=root)
        assert (said.code, said.out) == (2, "")
        assert why in said.err


def test_add_never_replaces_and_knows_what_is_there(root, tmp_path):
    (tmp_path / "a.yaml").write_text("title: A\n")
    first = frmo("add", tmp_path / "a.yaml", at=root)
    assert frmo("add", tmp_path / "a.yaml", at=root).out == first.out
    (tmp_path / "a.yaml").write_text("title: B\n")
    said = frmo("add", tmp_path / "a.yaml", at=root)
    assert said.code == 2
    assert "tasks/a.yaml: is there already" in said.err
    assert frmo("add", tmp_path / "a.yaml", "--name", "b", at=root).code == 0
    assert frmo("add", root / "tasks/a.yaml", at=root).out == first.out


def test_no_workspace_says_what_to_do(tmp_path):
    said = frmo("new", "x", at=make_repository(tmp_path / "plain"))
    assert said.code == 2
    assert "frmo init" in said.err
