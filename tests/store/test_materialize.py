import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.repositories import git, make_repository, write_files

from frmo.errors import GitError
from frmo.repo.repository import FileChange, Repository, Signature, TreeEntry
from frmo.store.materialize import export, shared_export

LINK = 0o120000


@pytest.fixture
def repo(tmp_path):
    return Repository.discover(
        make_repository(tmp_path / "work", {"a.txt": "a\n", "d/ü b.txt": "b\n", "d/x.sh": "x", "bin": b"\0\xff\r\n"})
    )


def _tree(repo, changes):
    return repo.edit_tree(repo.head(), changes)


def test_files_and_modes_come_out_as_they_are_committed(repo, tmp_path):
    tree = _tree(repo, {"d/x.sh": FileChange(b"#!/bin/sh\n", 0o100755), "big": FileChange(b"x" * 2_000_000)})
    old = os.umask(0o077)
    try:
        done = export(repo, tree, tmp_path / "out")
    finally:
        os.umask(old)
    assert done.written == ("a.txt", "big", "bin", "d/x.sh", "d/ü b.txt") and done.skipped == {}
    modes = {path: stat.S_IMODE((tmp_path / "out" / path).stat().st_mode) for path in done.written}
    assert modes == {"a.txt": 0o644, "big": 0o644, "bin": 0o644, "d/x.sh": 0o755, "d/ü b.txt": 0o644}
    assert (tmp_path / "out" / "bin").read_bytes() == b"\0\xff\r\n"
    assert not (tmp_path / "out" / ".git").exists()


def test_attributes_and_filters_have_no_say(repo, tmp_path):
    ran = tmp_path / "ran"
    git(repo.root, "config", "filter.evil.smudge", f"touch {ran}")
    attributes = b"* filter=evil text eol=crlf export-ignore export-subst\n"
    tree = _tree(repo, {".gitattributes": FileChange(attributes), "a.txt": FileChange(b"$Format:%H$\n")})
    done = export(repo, tree, tmp_path / "out")
    assert "a.txt" in done.written and (tmp_path / "out" / "a.txt").read_bytes() == b"$Format:%H$\n"
    assert not ran.exists()


@pytest.mark.parametrize(
    ("path", "target", "written"),
    [
        ("in", "a.txt", True),
        ("d/up", "../a.txt", True),
        ("d/loop", "loop", True),
        ("out", "/etc/passwd", False),
        ("out", "../secret", False),
        ("d/out", "../../secret", False),
        ("out", "d/../../secret", False),
        ("out", "d/..", False),
        ("d/out", "x/../..", False),
        ("empty", "\0", False),
    ],
)
def test_links_may_stay_inside_only(repo, tmp_path, path, target, written):
    done = export(repo, _tree(repo, {path: FileChange(target.encode(), LINK)}), tmp_path / "out")
    assert (path in done.written) is written
    assert (path in done.skipped) is not written
    assert (tmp_path / "out" / path).is_symlink() is written


def test_a_chain_of_links_does_not_lead_out(repo, tmp_path):
    """`here` points to '.', so `here/..` would be above the directory although its text never climbs."""
    links = {"here": b".", "up": b"here/..", "d/deep": b"../here/d"}
    done = export(repo, _tree(repo, {path: FileChange(to, LINK) for path, to in links.items()}), tmp_path / "out")
    assert set(done.skipped) == {"up"}
    for path in done.written:
        assert (tmp_path / "out" / path).resolve().is_relative_to(tmp_path / "out")


def test_submodules_are_left_out_and_said(repo, tmp_path):
    rows = f"160000 commit {repo.head()}\tsub\n"
    tree = git(repo.root, "mktree", stdin=rows)
    done = export(repo, tree, tmp_path / "out")
    assert done.written == () and "submodule" in done.skipped["sub"]


def test_only_and_overlay_take_the_tests_from_the_base(repo, tmp_path):
    base = repo.commit(
        _tree(repo, {"tests/test_a.py": FileChange(b"base"), "conftest.py": None}), [], "base", Signature("a", "b", 1)
    )
    agent = repo.edit_tree(
        base, {"tests/test_a.py": FileChange(b"forged"), "conftest.py": FileChange(b"evil"), "new.py": FileChange(b"n")}
    )
    overlay = {"tests/test_a.py": repo.entry(base, "tests/test_a.py"), "conftest.py": repo.entry(base, "conftest.py")}
    done = export(repo, agent, tmp_path / "out", overlay=overlay, only=lambda path: path.endswith(".py"))
    assert done.written == ("new.py", "tests/test_a.py")
    assert (tmp_path / "out" / "tests" / "test_a.py").read_bytes() == b"base"


def test_an_overlay_wins_over_a_link_or_file_in_its_way(repo, tmp_path):
    base = repo.edit_tree(None, {"tests/test_a.py": FileChange(b"base")})
    for number, trick in enumerate((FileChange(b"d", LINK), FileChange(b"a file"))):
        agent = _tree(repo, {"tests": trick})
        out = tmp_path / f"out{number}"
        export(repo, agent, out, overlay={"tests/test_a.py": repo.entry(base, "tests/test_a.py")})
        assert not (out / "tests").is_symlink() and (out / "tests" / "test_a.py").read_bytes() == b"base"
    folder = repo.edit_tree(None, {"tests/test_a.py/inside": FileChange(b"x")})
    out = tmp_path / "out3"
    export(repo, folder, out, overlay={"tests/test_a.py": repo.entry(base, "tests/test_a.py")})
    assert (out / "tests" / "test_a.py").read_bytes() == b"base"


def test_a_path_into_git_or_out_of_the_directory_is_not_written(repo, tmp_path):
    blob = repo.write_blob(b"evil")
    overlay = {path: TreeEntry(path, 0o100644, blob) for path in (".git/config", "../up", "x/.GIT/hooks", "/abs")}
    done = export(repo, repo.head(), tmp_path / "out", overlay=overlay)
    assert set(done.skipped) == set(overlay)
    assert not (tmp_path / "up").exists()


def test_a_name_too_long_for_the_disk_is_said(repo, tmp_path):
    done = export(repo, _tree(repo, {"n" * 300: FileChange(b"x")}), tmp_path / "out")
    assert "too long" in done.skipped["n" * 300]


def test_only_into_an_empty_directory(repo, tmp_path):
    write_files(tmp_path / "out", {"mine": "x"})
    with pytest.raises(GitError, match="not empty"):
        export(repo, repo.head(), tmp_path / "out")


def test_a_shared_tree_is_written_once_and_old_ones_go(repo, tmp_path):
    folder = tmp_path / "bases"
    first = shared_export(repo, repo.head(), folder)
    assert first == shared_export(repo, _tree(repo, {}), folder)
    assert (first / "a.txt").read_bytes() == b"a\n"
    os.utime(first, (1, 1))
    trees = [_tree(repo, {"n": FileChange(b"%d" % number)}) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        places = list(pool.map(lambda tree: shared_export(repo, tree, folder), trees * 4))
    assert len(set(places)) == 8
    assert sorted(folder.iterdir()) == sorted(set(places))
    assert all((place / "a.txt").exists() for place in places)
