import subprocess
import sys

import pytest

from frmo.errors import InputError
from frmo.validators.interpreter import own, resolve


def test_none_is_frmos_own(tmp_path):
    assert resolve(None, tmp_path, "config") == own()


def test_a_virtual_environment_relative_to_the_workspace(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    found = resolve(".venv", tmp_path, "config")
    assert found.path == tmp_path / ".venv/bin/python"
    assert any(mount.target.startswith(str(tmp_path / ".venv")) for mount in found.mounts)


def test_what_is_not_there_says_how_to_make_it(tmp_path):
    with pytest.raises(InputError, match=r"state/config\.yaml: .*no interpreter at '\.venv'.*python3 -m venv \.venv"):
        resolve(".venv", tmp_path, "state/config.yaml")


def test_a_program_that_is_no_interpreter_is_refused(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text("")
    with pytest.raises(InputError, match="no Python installation"):
        resolve("bin/python", tmp_path, "config")
