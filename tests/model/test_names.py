import re

import pytest

from frmo.model.names import ID, folded, path_fault, safe_name, shard, task_id


def test_an_id_comes_from_path_and_content_alone():
    one = task_id("tasks/Über Größe.yaml", {"title": "x", "files": ["a"]})
    assert one == task_id("tasks/Über Größe.yaml", {"files": ["a"], "title": "x"})
    assert re.fullmatch(r"uber-groe-[0-9a-f]{8}", one)
    assert one != task_id("tasks/sub/Über Größe.yaml", {"title": "x", "files": ["a"]})
    assert ID.fullmatch(one)


@pytest.mark.parametrize(
    "bad", ["", "a", "a-1234567", "A-12345678", "a-12345678\n", "-12345678", "a..b-12345678", "a/b-12345678"]
)
def test_what_is_no_id(bad):
    assert not ID.fullmatch(bad)


@pytest.mark.parametrize("text", ["", "...", "日本", "--"])
def test_a_name_is_never_empty(text):
    assert safe_name(text) == "task"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/./b",
        "a\\b",
        "C:x",
        "a/b.",
        " a",
        "a\n",
        "a\x00b",
        "a/\u212b.py",
        "x" * 1025,
    ],
)
def test_paths_that_no_agent_may_write(path):
    assert path_fault(path)


@pytest.mark.parametrize("path", ["a.py", "a/b/c.txt", "größe/ü.py", "a b/c d.py", "a/.hidden"])
def test_paths_that_are_fine(path):
    assert path_fault(path) is None


def test_twins_fold_to_one():
    assert folded("A/Straße.py") == folded("a/STRASSE.py")
    assert re.fullmatch("[0-9a-f]{2}", shard("a-00000000"))
