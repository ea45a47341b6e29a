import pytest

from frmo.validators import python_static
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def codes(tmp_path, work, base=None, **more):
    found = python_static.check(subject(tmp_path, work, base, **more)).findings
    return sorted(item.code for item in found if item.decides), sorted(item.code for item in found if not item.decides)


def test_clean_code(tmp_path):
    assert codes(tmp_path, {"a.py": "def f(x: int) -> int:\n    return x\n"}) == ([], [])


def test_what_means_broken_decides_and_the_rest_advises(tmp_path):
    decided, advised = codes(tmp_path, {"a.py": "import os\n\n\ndef f():\n    return nowhere\n"})
    assert decided == ["F821"]
    assert "F401" in advised


def test_silencing_comments_and_the_projects_settings_mean_nothing(tmp_path):
    work = {
        "a.py": "# ruff: noqa\ndef f() -> int:\n    return nowhere  # noqa: F821\n\n\ndef g() -> int:\n    return 1 + 'x'\n",
        "ruff.toml": "exclude = ['*']",
        "mypy.ini": "[mypy]\nignore_errors = True\nplugins = evil\n",
        "evil.py": "import os\nos._exit(0)\n",
    }
    decided, _ = codes(tmp_path, work)
    assert decided == ["F821", "operator"]


def test_types_decide(tmp_path):
    made = subject(tmp_path, {"a.py": "def f(x: int) -> str:\n    return x.upper()\n"})
    (found,) = python_static.check(made).findings
    assert (found.code, found.path, found.line, found.excerpt) == ("attr-defined", "a.py", 2, "return x.upper()")
    assert str(tmp_path) not in str(found)


def test_what_the_base_had_is_not_new(tmp_path):
    old = "def f() -> int:\n    return nowhere\n\n\ndef g() -> int:\n    return 1 + 'x'\n"
    new = '"""Moved down."""\n' + old
    assert codes(tmp_path, {"a.py": new}, {"a.py": old})[0] == []
    twice = old + "\n\ndef h() -> int:\n    return nowhere\n"
    assert codes(tmp_path / "more", {"a.py": twice}, {"a.py": old})[0] == ["F821"]


def test_only_changed_files_are_judged(tmp_path):
    assert codes(tmp_path, {"a.py": "import b\n"}, {"b.py": "x: int = 'no'\ny = nowhere\n"})[0] == []


def test_imports_that_resolve(tmp_path):
    source = """
        import json, os.path, xml.etree.ElementTree
        import pytest
        import helper, pack.inner
        from pack import inner
        import lib
        try:
            import not_there
        except ImportError:
            not_there = None
    """
    base = {"helper.py": "", "pack/__init__.py": "", "pack/inner.py": "", "src/lib/__init__.py": ""}
    assert codes(tmp_path, {"a.py": source}, base)[0] == []


def test_imports_that_do_not(tmp_path):
    base = {"pack/__init__.py": "", "old.py": "import gone\n"}
    made = subject(
        tmp_path, {"a.py": "import not_there\nimport pack.nothing\n", "old.py": "import gone\nx = 1\n"}, base
    )
    found = [item for item in python_static.check(made).findings if item.code == "unresolved-import"]
    assert [(item.message, item.line, item.exception) for item in found] == [
        ("no module named 'not_there'", 1, "ModuleNotFoundError"),
        ("no module named 'pack.nothing'", 2, "ModuleNotFoundError"),
    ]


def test_a_module_named_like_a_tool_does_no_harm(tmp_path):
    evil = "import os\nos._exit(0)\n"
    work = {"a.py": "x = nowhere\n", "mypy/__init__.py": evil, "json.py": evil, "ast.py": evil, "typing.py": evil}
    assert "F821" in codes(tmp_path, work)[0]


def test_advice_is_cut(tmp_path):
    result = python_static.check(subject(tmp_path, {"a.py": "".join(f"import m{n}\n" for n in range(60))}))
    assert sum(not item.decides for item in result.findings) <= 20
    assert "remarks" in result.note


def test_with_a_memory_the_findings_are_the_same_and_the_types_of_the_library_are_read_once(tmp_path):
    memory = {}
    asked = []

    def remember(key, make):
        asked.append(key)
        if key not in memory:
            memory[key] = make()
        return memory[key]

    work = {"a.py": "import json\n\n\ndef f(x: int) -> str:\n    return json.loads(x)\n"}
    plain = codes(tmp_path / "1", work)
    assert plain[0] == ["arg-type"]
    assert codes(tmp_path / "2", work, remember=remember) == plain
    assert codes(tmp_path / "3", work, remember=remember) == plain
    assert len(asked) == 2
    assert len(memory) == 1


def test_what_runs_all_the_same_is_advice(tmp_path):
    source = "def f() -> int:\n    return 1\n\n\ndef f() -> int:\n    return 'x'\n\n\ndef g(x: int) -> int:\n    if x:\n        return 1\n"
    decided, advised = codes(tmp_path, {"a.py": source})
    assert decided == []
    assert {"no-redef", "return-value", "return"} <= set(advised)
