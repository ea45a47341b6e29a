"""The file editor: every command, and every way to ask wrongly."""

import pytest

from frmo.agents.inside.editor import Misuse, edit


@pytest.fixture
def root(tmp_path):
    folder = tmp_path.resolve() / "work"
    (folder / "kit").mkdir(parents=True)
    (folder / "kit" / "a.py").write_text("one\ntwo\ntwo\nthree")
    return folder


def call(root, command, path="kit/a.py", **more):
    return edit({"command": command, "path": path, **more}, str(root))


def test_view_numbers_lines_and_lists_folders(root):
    assert call(root, "view").splitlines()[0] == "     1\tone"
    assert call(root, "view", view_range=[2, 3]) == "     2\ttwo\n     3\ttwo"
    assert call(root, "view", view_range=[4, -1]) == "     4\tthree"
    assert call(root, "view", path=".") == "kit/a.py"
    assert call(root, "view", path=str(root / "kit")) == "a.py"


def test_create_makes_folders_and_replaces_whole_files(root):
    call(root, "create", path="new/deep/b.py", file_text="x = 1\n")
    call(root, "create", file_text="")
    assert (root / "new/deep/b.py").read_text() == "x = 1\n"
    assert (root / "kit/a.py").read_text() == ""


def test_str_replace_wants_exactly_one_place(root):
    call(root, "str_replace", old_str="one\ntwo", new_str="1\n2")
    call(root, "str_replace", old_str="three")
    assert (root / "kit/a.py").read_text() == "1\n2\ntwo\n"
    for old, count in (("nowhere", 0), ("", 0)):
        with pytest.raises(Misuse, match=f"there {count} times"):
            call(root, "str_replace", old_str=old, new_str="x")
    (root / "kit/a.py").write_text("two two")
    with pytest.raises(Misuse, match="there 2 times"):
        call(root, "str_replace", old_str="two", new_str="x")
    assert (root / "kit/a.py").read_text() == "two two"


@pytest.mark.parametrize(
    ("line", "text"),
    [(0, "X\none\ntwo\ntwo\nthree"), (1, "one\nX\ntwo\ntwo\nthree"), (4, "one\ntwo\ntwo\nthree\nX\n")],
)
def test_insert_goes_after_a_line(root, line, text):
    call(root, "insert", insert_line=line, insert_text="X")
    assert (root / "kit/a.py").read_text() == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"command": "undo_edit"},
        {"command": "view", "path": "nowhere.py"},
        {"command": "view", "view_range": [9, 12]},
        {"command": "view", "path": "../outside"},
        {"command": "create", "path": "/etc/x", "file_text": ""},
        {"command": "create"},
        {"command": "create", "path": "kit", "file_text": ""},
        {"command": "insert", "insert_line": 9, "insert_text": "x"},
    ],
    ids=str,
)
def test_misuse_is_told_and_changes_nothing(root, wrong):
    with pytest.raises(Misuse):
        edit({"path": "kit/a.py", **wrong}, str(root))
    assert (root / "kit/a.py").read_text() == "one\ntwo\ntwo\nthree"


def test_a_link_out_of_the_folder_is_not_followed(root):
    (root / "link").symlink_to("/etc")
    with pytest.raises(Misuse, match="outside"):
        call(root, "view", path="link/passwd")


def test_bytes_that_are_no_text_are_told(root):
    (root / "kit/a.py").write_bytes(b"\xff\xfe")
    with pytest.raises(Misuse, match="UTF-8"):
        call(root, "view")
