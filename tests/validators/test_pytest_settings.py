import configparser

import pytest

from frmo.errors import InputError
from frmo.validators.pytest_settings import pytest_settings
from tests.support.subjects import written


def test_pyproject(tmp_path):
    written(
        tmp_path,
        {
            "pyproject.toml": """
                [tool.pytest.ini_options]
                addopts = "-n 4 --cov=x --import-mode=importlib -p myplugin -p no:randomly --strict-markers"
                pythonpath = ["src", "lib"]
                markers = ["slow: takes long", "net: needs net"]
                python_functions = ["check_*"]
                testpaths = ["spec"]
            """
        },
    )
    found = pytest_settings(tmp_path)
    assert found.options == ("--import-mode=importlib", "-p", "myplugin")
    assert found.import_paths == ("src", "lib")
    assert found.naming.functions == ("check_*",)
    assert found.test_paths == ("spec",)
    parser = configparser.RawConfigParser()
    parser.read_string(found.text)
    assert parser["pytest"]["markers"].split("\n") == ["", "slow: takes long", "net: needs net"]
    assert parser["pytest"]["addopts"] == ""
    assert "pythonpath" not in parser["pytest"]


@pytest.mark.parametrize(
    "files",
    [
        {"pytest.ini": "[pytest]\npython_classes = Should\n", "tox.ini": "[pytest]\npython_classes = Never\n"},
        {"tox.ini": "[tox]\n", "setup.cfg": "[tool:pytest]\npython_classes = Should\n"},
        {"pytest.toml": "[pytest]\npython_classes = ['Should']\n"},
        {"pyproject.toml": "[tool.pytest]\npython_classes = ['Should']\n"},
        {"pyproject.toml": "[project]\nname = 'x'\n", "tox.ini": "[pytest]\npython_classes = Should\n"},
    ],
)
def test_where_settings_are_found(tmp_path, files):
    assert pytest_settings(written(tmp_path, files)).naming.classes == ("Should",)


def test_none(tmp_path):
    found = pytest_settings(tmp_path)
    assert found.naming.functions == ("test",)
    assert found.file_patterns == ("test_*.py", "*_test.py")


def test_a_broken_file_is_an_input_error(tmp_path):
    written(tmp_path, {"pyproject.toml": "[tool.pytest\n"})
    with pytest.raises(InputError, match=r"pyproject\.toml"):
        pytest_settings(tmp_path)
