import os

from frmo.validators.stage import content, files_of, stage
from tests.support.subjects import subject

BASE = {"tests/test_a.py": "good", "a.py": "1", "tests/data.txt": "d", "conftest.py": "c"}


def test_what_decides_is_the_bases_and_the_rest_the_agents(tmp_path):
    work = {
        "tests/test_a.py": "bad",
        "a.py": "2",
        "tests/conftest.py": "bad",
        "new.py": "n",
        "x.pyc": "p",
        "conftest.py": "bad",
    }
    made = stage(subject(tmp_path, work, BASE, {"tests": "tests/test_a.py"}), "s")
    assert files_of(made.root) == {"tests/test_a.py", "tests/data.txt", "conftest.py", "a.py", "new.py"}
    assert content(made.root / "tests/test_a.py") == b"good"
    assert content(made.root / "conftest.py") == b"c"
    assert content(made.root / "a.py") == b"2"


def test_a_deleted_test_comes_back(tmp_path):
    made = stage(subject(tmp_path, {}, BASE, deleted=["tests/test_a.py", "a.py"]), "s")
    assert "tests/test_a.py" in files_of(made.root)
    assert "a.py" not in files_of(made.root)


def test_without_tests_and_of_the_base(tmp_path):
    made = subject(tmp_path, {"a.py": "2"}, BASE)
    assert files_of(stage(made, "one", tests=False).root) == {"a.py"}
    assert content(stage(made, "two", of_base=True).root / "a.py") == b"1"


def test_links_are_not_followed(tmp_path):
    made = subject(tmp_path, {"a.py": "2"})
    (made.work / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(made.work / "pipe.py")
    assert files_of(stage(made, "s").root) == {"a.py"}
    assert content(made.work / "link.py") is None
    assert content(made.work / "pipe.py") is None
