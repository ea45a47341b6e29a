"""The inbox: every file is seen, a bad one is reported and left alone, none hides another."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.repositories import make_repository, write_files

from frmo.errors import InputError
from frmo.store import inbox
from frmo.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(make_repository(tmp_path / "r", {"state/config.yaml": "version: 1\n"}))


def drop(workspace, files):
    write_files(workspace.root, {f"tasks/{name}": content for name, content in files.items()})


def test_tasks_come_sorted_with_stable_ids(workspace):
    drop(workspace, {"b.yaml": "title: B\n", "sub/a.yml": "title: A\n", "c.json": '{"title": "C"}'})
    first, second = inbox.scan(workspace), inbox.scan(workspace)
    assert [entry.path for entry in first] == ["tasks/b.yaml", "tasks/c.json", "tasks/sub/a.yml"]
    assert [entry.task.title for entry in first] == ["B", "C", "A"]
    assert [entry.task.id for entry in first] == [entry.task.id for entry in second]
    assert first[0].source == b"title: B\n"
    drop(workspace, {"b.yaml": "# a comment changes nothing\ntitle:   B\n"})
    assert inbox.scan(workspace)[0].task.id == first[0].task.id
    drop(workspace, {"b.yaml": "title: B!\n"})
    assert inbox.scan(workspace)[0].task.id != first[0].task.id


def test_hiding_the_folders_makes_no_new_tasks(tmp_path, workspace):
    drop(workspace, {"b.yaml": "title: B\n"})
    hidden = make_repository(tmp_path / "h", {".frmo/state/config.yaml": "", ".frmo/tasks/b.yaml": "title: B\n"})
    (entry,) = inbox.scan(Workspace.open(hidden))
    assert entry.path == ".frmo/tasks/b.yaml"
    assert entry.task.id == inbox.scan(workspace)[0].task.id


def test_no_inbox_is_an_empty_one(workspace):
    assert inbox.scan(workspace) == []


@pytest.mark.parametrize(
    "name",
    [".hidden.yaml", "a.yaml~", "#a.yaml#", "a.yaml.tmp", ".a.yaml.swp", "a.swp", "a.bak", "a.orig", "README.md", "readme",
     "README.yaml", "4913", ".dir/a.yaml", "x~/a.yaml"],
)  # fmt: skip
def test_what_editors_leave_is_ignored(workspace, name):
    drop(workspace, {name: "title: no\n", "a.yaml": "title: yes\n"})
    assert [entry.path for entry in inbox.scan(workspace)] == ["tasks/a.yaml"]


def test_bad_files_are_reported_with_place_and_left_byte_for_byte(workspace):
    bad = {
        "a.yaml": b"titel: x\npriority: 10\n",
        "b.yaml": b"title: [\n",
        "c.yaml": b"",
        "d.yaml": b"\xff\xfe",
        "e.txt": b"title: x\n",
        "f.json": b'{"title": "x"',
        "g.yaml": b"title: x\x00\n",
        "h.yaml": b"title: x\n" + b"#" * (1 << 20),
    }
    drop(workspace, {**bad, "z.yaml": b"title: good\n"})
    entries = {entry.path: entry for entry in inbox.scan(workspace)}
    assert entries["tasks/z.yaml"].task.title == "good"
    for name, content in bad.items():
        entry = entries[f"tasks/{name}"]
        assert entry.task is None
        assert entry.faults
        assert all(fault.path == entry.path for fault in entry.faults)
        assert (workspace.root / "tasks" / name).read_bytes() == content
    assert [str(fault) for fault in entries["tasks/a.yaml"].faults] == [
        "tasks/a.yaml:1:1: title is missing",
        "tasks/a.yaml:1:1: unknown key 'titel' (did you mean 'title'?)",
        "tasks/a.yaml:2:11: priority must be at most 9, not 10",
    ]
    assert "not called like a task file" in str(entries["tasks/e.txt"].faults[0])


def test_what_is_no_regular_file_is_refused_without_opening_it(workspace, tmp_path):
    drop(workspace, {"good.yaml": "title: x\n", "real.yaml": "title: y\n"})
    tasks = workspace.root / "tasks"
    os.mkfifo(tasks / "pipe.yaml")
    with (tasks / "huge.yaml").open("wb") as file:
        file.truncate(100 << 20)
    (tmp_path / "secret.yaml").write_text("title: secret\n")
    (tasks / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (tasks / "in.yaml").symlink_to("real.yaml")
    (tasks / "loop").symlink_to(".")
    (tasks / "gone.yaml").symlink_to("nowhere")
    entries = {entry.path.removeprefix("tasks/"): entry for entry in inbox.scan(workspace)}
    faults = {name: entry.faults[0].message for name, entry in entries.items() if entry.faults}
    assert faults == {
        "pipe.yaml": "is a named pipe, not a regular file",
        "huge.yaml": "is larger than 1048576 bytes",
        "out.yaml": "is a link out of the folder",
        "loop": "is a link to a folder, which is not followed",
        "gone.yaml": "is not there",
    }
    assert entries["in.yaml"].task.title == "y"


def test_odd_file_names_do_not_crash(workspace):
    tasks = workspace.root / "tasks"
    tasks.mkdir()
    for name in (b"a\nb.yaml", b"\xff\xfe.yaml", "ü x.yaml".encode(), b"--x.yaml", b"\xf0\x9f\x90\x8d.yaml"):
        (tasks / os.fsdecode(name)).write_text("title: x\n")
    entries = {entry.path: entry for entry in inbox.scan(workspace)}
    assert {path for path, entry in entries.items() if entry.task} == {
        "tasks/--x.yaml",
        "tasks/ü x.yaml",
        "tasks/🐍.yaml",
    }
    assert len({entry.task.id for entry in entries.values() if entry.task}) == 3
    assert "odd characters" in entries["tasks/a\nb.yaml"].faults[0].message
    assert "not UTF-8" in entries["tasks/\\xff\\xfe.yaml"].faults[0].message


def test_an_inbox_that_is_a_link_is_not_followed(workspace, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (workspace.root / "tasks").symlink_to(tmp_path / "elsewhere")
    assert inbox.scan(workspace)[0].faults[0].message == "is a link, which is not followed"


def test_only_changed_files_are_read_again(workspace, monkeypatch):
    drop(workspace, {"a.yaml": "title: A\n", "b.yaml": "title: B\n"})
    seen = {}
    before = inbox.scan(workspace, seen)
    again = inbox.scan(workspace, seen)
    assert all(old is new for old, new in zip(before, again, strict=True))
    drop(workspace, {"a.yaml": "title: A2\n"})
    (workspace.root / "tasks" / "b.yaml").unlink()
    (entry,) = inbox.scan(workspace, seen)
    assert entry.task.title == "A2"
    assert list(seen) == ["tasks/a.yaml"]


def test_a_byte_order_mark_is_told(workspace):
    drop(workspace, {"a.yaml": b"\xef\xbb\xbftitle: x\n"})
    (entry,) = inbox.scan(workspace)
    assert entry.task
    assert entry.notes == ("begins with a byte order mark, which is ignored",)


def test_place_puts_all_or_none(workspace):
    with pytest.raises(InputError, match="title is missing"):
        inbox.place(workspace, [("a.yaml", b"title: A\n"), ("b.yaml", b"x: 1\n")])
    assert inbox.scan(workspace) == []
    placed = inbox.place(workspace, [("a.yaml", b"title: A\n"), ("sub/b.yaml", b"title: B\n")])
    assert [entry.path for entry in placed] == ["tasks/a.yaml", "tasks/sub/b.yaml"]
    assert [entry.task.id for entry in inbox.scan(workspace)] == [entry.task.id for entry in placed]
    assert sorted(path.name for path in (workspace.root / "tasks").iterdir()) == ["a.yaml", "sub"]


def test_place_never_replaces_a_file(workspace):
    drop(workspace, {"a.yaml": "title: mine\n"})
    with pytest.raises(InputError, match=r"tasks/a.yaml: is there already"):
        inbox.place(workspace, [("a.yaml", b"title: other\n"), ("b.yaml", b"title: B\n")])
    assert (workspace.root / "tasks" / "a.yaml").read_text() == "title: mine\n"
    assert not (workspace.root / "tasks" / "b.yaml").exists()
    (same,) = inbox.place(workspace, [("a.yaml", b"title: mine\n")])
    assert same.task.title == "mine"
    with pytest.raises(InputError, match="is there already"):
        inbox.place(workspace, [("a.yaml", b"title: mine\n")], fresh=True)


@pytest.mark.parametrize("name", [".a.yaml", "README.yaml", "a.yaml~", "a.txt", "../a.yaml", "x/../../a.yaml"])
def test_place_refuses_names_that_would_not_be_found_again(workspace, name):
    with pytest.raises(InputError):
        inbox.place(workspace, [(name, b"title: A\n")])
    assert not (workspace.root / "a.yaml").exists()


def test_two_of_one_name_are_refused(workspace):
    with pytest.raises(InputError, match="is given twice"):
        inbox.place(workspace, [("a.yaml", b"title: A\n"), ("a.yaml", b"title: B\n")])


def test_of_many_who_place_one_name_one_wins(workspace):
    def attempt(number):
        try:
            return inbox.place(workspace, [("a.yaml", f"title: 'n {number}'\n".encode())], fresh=True)[0].task.title
        except InputError:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [title for title in pool.map(attempt, range(24)) if title]
    assert len(winners) == 1
    assert inbox.scan(workspace)[0].task.title == winners[0]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["a.yaml", "a.json"]))
def test_no_content_crashes_it(workspace, content, name):
    entry = inbox.parse(workspace, content, f"tasks/{name}")
    assert (entry.task is None) == bool(entry.faults)
