"""The shell tool, each in a process of its own: it ends all of its process's descendants."""

import subprocess
import sys
from pathlib import Path

from support.sandboxes import alive

import frmo

_CODE = (
    "import sys; from frmo.agents.inside.shell import adopt_orphans, run_command; adopt_orphans();"
    "text, well = run_command(sys.argv[1], sys.argv[2], float(sys.argv[3])); print(well); print(text)"
)


def run(command, folder, timeout_s=20.0):
    argv = [sys.executable, "-c", _CODE, command, str(folder), str(timeout_s)]
    env = {"PYTHONPATH": str(Path(frmo.__file__).parent.parent), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=60, check=True)
    well, _, text = ended.stdout.partition("\n")
    return well == "True", text.removesuffix("\n")


def test_output_of_both_streams_and_the_exit_code(tmp_path):
    assert run("echo out; echo err >&2; touch here", tmp_path) == (True, "out\nerr")
    assert (tmp_path / "here").exists()
    assert run("echo no; exit 3", tmp_path) == (False, "no\n[exit code 3]")
    assert run("true", tmp_path) == (True, "[no output]")


def test_a_slow_command_is_stopped_with_what_it_said(tmp_path):
    well, text = run("echo begun; sleep 600", tmp_path, 0.5)
    assert (well, text) == (False, "begun\n[stopped: not done after 0.5 s]")


def test_the_middle_of_a_long_output_is_left_out(tmp_path):
    well, text = run("echo first; head -c 100000 /dev/zero | tr '\\0' x; echo; echo last", tmp_path)
    assert well
    assert text.startswith("first")
    assert text.endswith("last")
    assert "bytes left out" in text
    assert len(text) < 17_000


def test_nothing_that_it_started_lives_on(tmp_path):
    mark = "86399.25"
    assert run(f"(setsid nohup sleep {mark} >/dev/null 2>&1 &) ; sleep {mark} & echo started", tmp_path)[1] == "started"
    assert alive(mark) == []
