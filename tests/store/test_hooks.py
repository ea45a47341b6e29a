"""Installed hooks: copies of the shipped scripts, foreign ones kept and called first."""

import os

import pytest
from support.repositories import git, make_repository

from frmo.repo.repository import Repository
from frmo.store.hooks import EVENTS, install


@pytest.fixture
def root(tmp_path):
    return make_repository(tmp_path / "r")


def hooks(root):
    return root / ".git" / "hooks"


def script(place, text):
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


def test_installing_twice_is_installing_once(root):
    repo = Repository.discover(root)
    assert install(repo).events == EVENTS
    before = (hooks(root) / "pre-commit").read_bytes()
    assert install(repo).kept == ()
    assert (hooks(root) / "pre-commit").read_bytes() == before
    assert os.access(hooks(root) / "pre-commit", os.X_OK)


def test_an_older_copy_of_ours_is_replaced(root):
    script(hooks(root) / "pre-commit", "# frmo hook\nexit 1")
    assert install(Repository.discover(root)).kept == ()
    assert b"write-tree" in (hooks(root) / "pre-commit").read_bytes()


def test_a_foreign_hook_is_kept_and_called_first(root, tmp_path):
    script(hooks(root) / "pre-commit", f'echo "$0 $*" >> {tmp_path}/called; [ ! -e {tmp_path}/refuse ]')
    repo = Repository.discover(root)
    assert install(repo).kept == ("pre-commit",)
    assert install(repo).kept == ("pre-commit",)
    git(root, "commit", "-q", "--allow-empty", "-m", "passes")
    assert (tmp_path / "called").read_text() == ".git/hooks/pre-commit.before-frmo \n"
    (tmp_path / "refuse").touch()
    head = git(root, "rev-parse", "HEAD")
    git(root, "commit", "-q", "--allow-empty", "-m", "is refused", check=False)
    assert git(root, "rev-parse", "HEAD") == head


def test_another_foreign_hook_on_top_of_ours_is_left_alone(root):
    script(hooks(root) / "pre-commit", "# one")
    repo = Repository.discover(root)
    install(repo)
    script(hooks(root) / "pre-commit", "# two")
    done = install(repo)
    assert done.events == ()
    assert "is there already" in done.skipped
    assert (hooks(root) / "pre-commit").read_text() == "#!/bin/sh\n# two\n"
    assert "# one" in (hooks(root) / "pre-commit.before-frmo").read_text()


def test_a_configured_hooks_path_is_said_and_left_alone(root, tmp_path):
    git(root, "config", "core.hooksPath", "tools/hooks")
    done = install(Repository.discover(root))
    assert (done.events, done.skipped) == ((), "core.hooksPath is tools/hooks")
    assert not (hooks(root) / "pre-commit").exists()
    git(root, "config", "core.hooksPath", str(hooks(root)))
    assert install(Repository.discover(root)).events == EVENTS


def test_a_repository_without_hooks_folder(root):
    for path in hooks(root).iterdir():
        path.unlink()
    hooks(root).rmdir()
    assert install(Repository.discover(root)).events == EVENTS
