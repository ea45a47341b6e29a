import pytest

from frmo.validators.deciding import deciding

RULES = deciding(["spec/slug.py", "./checks/"], ["text/*.py", "pkg/tests/support.py", "setup.cfg"], frozenset())


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py", "a/b/conftest.py", "pytest.ini", "tox.ini", "pyproject.toml", "sitecustomize.py", "x/usercustomize.py",
        "evil.pth", "evil-1.dist-info/entry_points.txt", "a.egg-info/PKG-INFO", "spec/slug.py", "checks/data.json",
        "test_a.py", "x/a_test.py", "tests/support.py", "x/tests/data.txt", "pytest.py", "_pytest/x.py", "unittest/__init__.py",
    ],
)  # fmt: skip
def test_comes_from_the_base(path):
    assert RULES.of_base(path)


@pytest.mark.parametrize(
    "path",
    ["text/slug.py", "pkg/tests/support.py", "setup.cfg", "spec/other.py", "a/contest.py", "testing/x.py", "README.md"],
)
def test_comes_from_the_agent(path):
    assert not RULES.of_base(path)


def test_compiled_files_and_frmos_own_folders_are_left_out():
    rules = deciding([], [], frozenset({"state/config.yaml"}))
    for path in (
        "a/__pycache__/b.pyc",
        "b.pyc",
        ".git/config",
        "tasks/x.yaml",
        "logs/errors/x.json",
        ".frmo/tasks/x.yaml",
    ):
        assert rules.left_out(path)
    assert not RULES.left_out("tasks/x.yaml")
    assert not RULES.left_out("logs/logger.py")
