from frmo.validators import protected_paths
from tests.support.subjects import subject


def test_each_protected_path_is_a_finding(tmp_path):
    made = subject(tmp_path, {"a.py": "", "tasks/x.yaml": "", "sub/.gitattributes": ""}, protected=("tasks/", ".git*"))
    result = protected_paths.check(made)
    assert [(item.code, item.path) for item in result.findings] == [
        ("tampering", "sub/.gitattributes"),
        ("tampering", "tasks/x.yaml"),
    ]
    assert result.checks == 3
