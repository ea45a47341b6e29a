import os
import socket

import pytest

from frmo.sandbox.collection import Caps, collect, discard


@pytest.fixture
def tree(tmp_path):
    path = tmp_path / "tree"
    path.mkdir()
    yield path
    if path.exists():
        discard(path)


def write(tree, name, content="x", mode=0o644):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)


def files(collected):
    return {file.path: (file.content, file.mode) for file in collected.files}


def refused(collected):
    return {item.path: item.reason for item in collected.refused}


def test_regular_files_come_with_two_modes(tree):
    write(tree, "a/b.py", "one")
    write(tree, "tool", "two", 0o4755)
    write(tree, "odd", "", 0o7600)
    found = collect(tree)
    assert files(found) == {"a/b.py": (b"one", 0o100644), "tool": (b"two", 0o100755), "odd": (b"", 0o100644)}
    assert found.refused == ()
    assert found.complete


def test_links_pipes_and_sockets_are_refused(tree, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tree / "link").symlink_to(tmp_path / "secret")
    (tree / "folder").symlink_to(tmp_path)
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "socket"))
    found = collect(tree)
    assert found.files == ()
    assert refused(found) == {
        "link": "is a link", "folder": "is a link", "pipe": "is not a regular file", "socket": "is not a regular file",
    }  # fmt: skip


def test_a_hard_link_to_a_file_elsewhere_is_refused(tree, tmp_path):
    (tmp_path / "secret").write_text("secret")
    os.link(tmp_path / "secret", tree / "stolen")
    write(tree, "one")
    os.link(tree / "one", tree / "two")
    found = collect(tree)
    assert set(files(found)) == {"one", "two"}
    assert refused(found) == {"stolen": "is a hard link to a file elsewhere"}


@pytest.mark.parametrize("name", [".git/config", "sub/.GIT/hooks/x", ".git", "git~1/x", ".g\u200cit/config", ".git./x", ".git /x", ".git::$INDEX/x"])  # fmt: skip
def test_a_repository_is_refused(tree, name):
    write(tree, name)
    found = collect(tree)
    assert found.files == ()
    assert "git" in next(iter(refused(found).values()))


def test_git_files_that_are_no_repository_are_left_to_the_protected_paths(tree):
    write(tree, ".gitignore")
    assert set(files(collect(tree))) == {".gitignore"}


def test_twins_are_refused_together(tree):
    for name in ("README.md", "readme.md", "src/a", "SRC/b", "src2/a", "\u00e9.txt"):
        write(tree, name)
    found = collect(tree)
    assert set(files(found)) == {"src2/a", "\u00e9.txt"}
    assert set(refused(found)) == {"README.md", "readme.md", "src/a", "SRC/b"}


@pytest.mark.parametrize("name", ["a\\b", "con\ntrol", "e\u0301.txt", " space", "dot.", "\ufb01le"])
def test_odd_names_are_refused(tree, name):
    write(tree, name)
    assert collect(tree).files == ()
    assert len(collect(tree).refused) == 1


def test_a_name_that_is_no_text_is_refused(tree):
    with open(os.path.join(os.fsencode(tree), b"\xff.py"), "wb"):  # noqa: PTH118, PTH123  bytes
        pass
    found = collect(tree)
    assert found.files == ()
    assert refused(found) == {"?.py": "is not a name in UTF-8"}


def test_caps(tree):
    for name in ("a", "b", "c"):
        write(tree, name, "x" * 10)
    large = collect(tree, Caps(file_bytes=9))
    assert large.files == ()
    assert large.complete
    total = collect(tree, Caps(total_bytes=25))
    assert set(files(total)) == {"a", "b"}
    assert not total.complete
    count = collect(tree, Caps(files=2))
    assert len(count.files) == 2
    assert not count.complete


def test_a_sparse_giant_is_not_read(tree):
    with (tree / "giant").open("wb") as file:
        file.truncate(1 << 40)
    assert "larger than" in refused(collect(tree))["giant"]


def test_caches_are_skipped_and_depth_is_bounded(tree):
    write(tree, "__pycache__/a.pyc")
    place = tree
    for _ in range(80):
        place /= "d"
    place.mkdir(parents=True)
    (place / "deep").write_text("x")
    found = collect(tree)
    assert found.files == ()
    assert [reason for reason in refused(found).values() if "deeper" in reason]


def test_a_tree_deeper_than_python_recurses_is_removed(tree):
    start = os.open(tree, os.O_RDONLY)
    folder = start
    for _ in range(1100):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    collect(tree)
    discard(tree)
    assert not tree.exists()


def test_the_folder_itself_must_not_be_a_link(tree, tmp_path):
    (tmp_path / "link").symlink_to(tree)
    with pytest.raises(OSError, match="link"):
        collect(tmp_path / "link")
