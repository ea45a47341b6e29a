from dataclasses import replace
from pathlib import Path

import pytest

from frmo.sandbox.plain import PlainSandbox, outside
from frmo.sandbox.program import Mount, Program
from tests.support.sandboxes import python

PROGRAM = Program(
    ("x",), writable=Path("/host/tree"), readonly=(Mount(Path("/data"), "/in"), Mount(Path("/d2"), "/in/two"))
)


@pytest.mark.parametrize(
    ("inside", "there"),
    [
        ("/work", "/host/tree"), ("/work/a.py", "/host/tree/a.py"), ("/workshop", "/workshop"), ("/in/x", "/data/x"),
        ("/in/two/x", "/d2/x"), ("/in:/work:/usr", "/data:/host/tree:/usr"), ("-c", "-c"), ("a/work/b", "a/work/b"),
    ],
)  # fmt: skip
def test_paths_inside_become_those_of_the_machine(inside, there):
    assert outside(PROGRAM, inside, "/home") == there


def test_a_program_reads_its_mounts_and_writes_its_tree(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/x").write_text("seen")
    (tmp_path / "tree").mkdir()
    code = "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read())"
    program = python(code, "/in/x", "/work/y", worktree=tmp_path / "tree")
    ended = PlainSandbox(tmp_path).run(replace(program, readonly=(Mount(tmp_path / "data", "/in"),)))
    assert ended.ok, ended.stderr
    assert (tmp_path / "tree/y").read_text() == "seen"


def test_its_home_is_removed(tmp_path):
    box = PlainSandbox(tmp_path)
    box.run(python("import os; open(os.environ['HOME'] + '/f', 'w').write('x')"))
    box.run(replace(python(""), argv=("/no/such/program",)))
    assert list(tmp_path.iterdir()) == []
