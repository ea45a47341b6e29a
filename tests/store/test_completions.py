"""The completion cache in git: what was put is found again, by every clone that fetches it."""

import pytest
from support.project import git
from support.runs import make_workspace

from frmo.repo.repository import Repository
from frmo.store.completions import CachedCompletions

KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "r")


def test_what_is_put_is_found_and_the_first_stays(workspace):
    shelf = CachedCompletions(workspace.repo)
    assert shelf.get(KEY) is None
    shelf.put(KEY, {"text": "one"})
    shelf.put(KEY, {"text": "two"})
    assert shelf.get(KEY) == {"text": "one"}
    assert shelf.get(OTHER) is None


def test_clones_share_what_they_fetch(workspace, tmp_path):
    CachedCompletions(workspace.repo).put(KEY, {"text": "one"})
    git(tmp_path, "clone", "-q", str(workspace.root), "clone")
    theirs = CachedCompletions(Repository.discover(tmp_path / "clone"))
    theirs.put(OTHER, {"text": "theirs"})
    assert theirs.get(KEY) is None
    git(tmp_path / "clone", "fetch", "-q", "origin", "refs/frmo/cache/*:refs/frmo/cache/*")
    assert theirs.get(KEY) == {"text": "one"}
    git(tmp_path / "clone", "push", "-q", "origin", "refs/frmo/cache/*:refs/frmo/cache/*")
    assert CachedCompletions(workspace.repo).get(OTHER) == {"text": "theirs"}
    assert git(workspace.root, "branch", "--list", "*cache*") == ""


def test_garbage_under_a_name_is_no_record(workspace):
    oid = workspace.repo.write_blob(b"not json")
    git(workspace.root, "update-ref", f"refs/frmo/cache/ab/{KEY}", oid)
    assert CachedCompletions(workspace.repo).get(KEY) is None


def test_only_a_hash_is_a_key(workspace):
    with pytest.raises(ValueError, match="no SHA-256"):
        CachedCompletions(workspace.repo).put("../heads/main", {})
