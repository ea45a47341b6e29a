import pytest

from frmo.model.protected import protected_patterns
from frmo.model.task import Task, Validation
from frmo.steps.edits import MAX_FILES, sifted

TASK = Task(
    "a-00000000",
    "tasks/a.yaml",
    {},
    "t",
    files=("kit/*.py", "docs/**"),
    validation=Validation(tests=("tests/test_a.py",)),
)
PROTECTED = protected_patterns("", ["*.lock"])
TREE = {"kit": 0o040000, "kit/old.py": 0o100755, "docs": 0o120000, "kit/link.py": 0o120000, "kit/part.py": 0o160000}


def codes(**files):
    edits = sifted({path.replace("__", "/"): text for path, text in files.items()}, TASK, PROTECTED, TREE.get)
    return edits.kept, [(finding.code, finding.decides) for finding in edits.findings]


def test_what_the_task_lists_is_kept():
    kept, findings = codes(**{"kit/a.py": "x\n", "kit/old.py": "ü\n"})
    assert kept == {"kit/a.py": b"x\n", "kit/old.py": "ü\n".encode()}
    assert findings == []


@pytest.mark.parametrize(
    ("path", "code", "decides"),
    [
        ("other.py", "outside-files", False),
        ("tests/test_a.py", "tampering", True),
        ("Tests/TEST_a.py", "tampering", True),
        ("state/config.yaml", "tampering", True),
        ("kit/.gitattributes", "tampering", True),
        (".github/x.yml", "tampering", True),
        ("kit/uv.lock", "tampering", True),
        ("../kit/a.py", "bad-path", True),
        ("kit//a.py", "bad-path", True),
        ("kit/a.py\n", "bad-path", True),
        ("docs/through/a/link.md", "bad-path", True),
        ("kit/link.py", "bad-path", True),
        ("kit/part.py", "bad-path", True),
    ],
)
def test_what_is_dropped_and_why(path, code, decides):
    assert codes(**{path: "x"}) == ({}, [(code, decides)])


def test_twins_of_one_file_are_seen():
    kept, findings = codes(**{"kit/A.py": "x", "kit/a.py": "y"})
    assert (list(kept), findings) == (["kit/A.py"], [("twin-path", True)])


def test_there_is_an_end_to_files():
    kept, findings = codes(**{f"kit/{number:04d}.py": "x" for number in range(MAX_FILES + 2)})
    assert (len(kept), len(findings)) == (MAX_FILES, 2)


def test_a_hidden_workspace_protects_its_one_folder():
    edits = sifted(
        {".frmo/state/config.yaml": "x", "state/mine.py": "y"},
        Task("a-00000000", "p", {}, "t"),
        protected_patterns(".frmo/"),
        TREE.get,
    )
    assert list(edits.kept) == ["state/mine.py"]
    assert [finding.code for finding in edits.findings] == ["tampering"]
