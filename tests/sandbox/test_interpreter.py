import sys
from pathlib import Path

import pytest

from frmo.sandbox.interpreter import python_mounts
from frmo.sandbox.program import Program
from tests.support.sandboxes import sandbox


def installation(prefix: Path) -> Path:
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib/python3.12").mkdir(parents=True)
    (prefix / "lib/python3.12/os.py").touch()
    (prefix / "secret").touch()
    (prefix / "bin/python3.12").touch()
    (prefix / "bin/python3").symlink_to("python3.12")
    return prefix / "bin/python3"


def environment(place: Path, python: Path) -> Path:
    (place / "bin").mkdir(parents=True)
    (place / "lib").mkdir()
    (place / "pyvenv.cfg").write_text(f"home = {python.parent}\nversion = 3.12\n")
    (place / "bin/python").symlink_to(python)
    return place / "bin/python"


def targets(executable):
    return {mount.target for mount in python_mounts(executable)}


def test_an_installation_shows_its_programs_and_library_and_nothing_else(tmp_path):
    python = installation(tmp_path / "py")
    assert targets(python) == {f"{tmp_path}/py/bin", f"{tmp_path}/py/lib"}


def test_an_environment_shows_itself_and_its_base(tmp_path):
    python = environment(tmp_path / "project/.venv", installation(tmp_path / "py"))
    (tmp_path / "project/.git").mkdir()
    base, own = tmp_path / "py", tmp_path / "project/.venv"
    assert targets(python) == {f"{base}/bin", f"{base}/lib", f"{own}/bin", f"{own}/lib", f"{own}/pyvenv.cfg"}


def test_a_prefix_by_way_of_a_linked_folder_is_shown_under_both_names(tmp_path):
    installation(tmp_path / "py-3.12.4")
    (tmp_path / "py-3.12").symlink_to("py-3.12.4")
    python = environment(tmp_path / "venv", tmp_path / "py-3.12/bin/python3")
    found = {mount.target: mount.source for mount in python_mounts(python)}
    assert found[f"{tmp_path}/py-3.12/lib"] == (tmp_path / "py-3.12.4/lib").resolve()


def test_the_system_interpreter_needs_nothing():
    system = Path("/usr/bin/python3")
    if not system.exists():
        pytest.skip("no system interpreter")
    assert python_mounts(system) == ()


def test_a_planted_home_shows_nothing_of_it(tmp_path):
    (tmp_path / "people/.ssh/bin").mkdir(parents=True)
    (tmp_path / "people/.ssh/bin/key").touch()
    python = environment(tmp_path / "venv", installation(tmp_path / "py"))
    (tmp_path / "venv/pyvenv.cfg").write_text(f"home = {tmp_path}/people/.ssh/bin\n")
    assert not any("people" in target for target in targets(python))


def test_a_planted_link_shows_nothing_behind_it(tmp_path):
    (tmp_path / "people").mkdir()
    python = environment(tmp_path / "venv", installation(tmp_path / "py"))
    (tmp_path / "venv/lib64").symlink_to(tmp_path / "people")
    assert not any("people" in str(mount.source) for mount in python_mounts(python))


def test_what_is_no_interpreter_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        python_mounts(tmp_path / "none/bin/python")
    with pytest.raises(ValueError, match="absolute"):
        python_mounts(Path("bin/python"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    with pytest.raises(ValueError, match="no Python installation"):
        python_mounts(tmp_path / "bin/python")


@pytest.mark.sandbox
def test_our_own_interpreter_runs_with_its_packages():
    code = "import pytest, sys; print(sys.prefix)"
    ended = sandbox().run(Program((sys.executable, "-I", "-c", code), readonly=python_mounts(Path(sys.executable))))
    assert ended.stdout.decode().strip() == sys.prefix, ended.stderr
