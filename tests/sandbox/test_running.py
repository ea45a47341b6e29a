"""The same behaviour at both levels that run here: one program, its pipes, its limits, its end."""

import os
import secrets
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from frmo.sandbox.program import MIB
from tests.support.sandboxes import LIMITS, alive, python, sandbox

pytestmark = pytest.mark.sandbox


@pytest.fixture(params=["full", "none"])
def box(request):
    return sandbox(request.param)


@pytest.fixture
def mark():
    name = f"mark-{secrets.token_hex(8)}"
    yield name
    assert alive(name) == []  # nothing outlives its program, whatever it was


def test_output_and_exit_code_come_back(box, tmp_path):
    code = "import sys; print('out'); print('err', file=sys.stderr); open('made', 'w').write('x'); sys.exit(3)"
    ended = box.run(python(code, worktree=tmp_path))
    assert (ended.status, ended.code, ended.stdout, ended.stderr) == ("exited", 3, b"out\n", b"err\n")
    assert (tmp_path / "made").read_text() == "x"
    assert not ended.ok


def test_a_signal_is_an_exit_code(box):
    ended = box.run(python("import os; os.kill(os.getpid(), 9)"))
    assert (ended.status, ended.code) == ("exited", 137)


def test_input_is_given_whole(box):
    code = "import sys; data = sys.stdin.buffer.read(); print(len(data), data[:3], data[-3:])"
    data = b"go\n" + b"x" * 3_000_000 + b"end"
    assert box.run(replace(python(code), stdin=data)).stdout == b"3000006 b'go\\n' b'end'\n"


def test_without_input_the_program_reads_its_end(box):
    assert box.run(python("import sys; print(repr(sys.stdin.read()))")).stdout == b"''\n"


def test_the_environment_is_what_was_given(box):
    program = python("import os; print(sorted(os.environ))", env={"GIVEN": "1"})
    names = set(eval(box.run(program).stdout))
    assert names - {"LC_CTYPE", "FRMO_PROGRAM"} == {"PATH", "HOME", "LANG", "TMPDIR", "GIVEN"}


def test_home_and_scratch_can_be_written(box):
    code = "import os; [open(os.environ[n] + '/f', 'w').write('x') for n in ('HOME', 'TMPDIR')]; print('yes')"
    assert box.run(python(code)).stdout == b"yes\n"


def test_a_program_that_is_not_there_did_not_start(box):
    ended = box.run(replace(python(""), argv=("/no/such/program",)))
    assert (ended.status, ended.code) == ("not_started", None)
    assert b"/no/such/program" in ended.stderr


def test_a_place_that_is_not_there_did_not_start(box, tmp_path):
    ended = box.run(replace(python("", worktree=tmp_path), cwd="/work/nowhere"))
    assert ended.status == "not_started"


def test_descriptors_are_kept_only_when_passed(box):
    inside, outside = os.pipe()
    os.set_inheritable(outside, True)
    try:
        code = "import os, sys; n = int(sys.argv[1])\ntry: os.fstat(n); print('there')\nexcept OSError: print('gone')"
        assert box.run(python(code, str(outside))).stdout == b"gone\n"
        assert box.run(replace(python(code, str(outside)), pass_fds=(outside,))).stdout == b"there\n"
    finally:
        os.close(inside)
        os.close(outside)


def test_the_deadline_ends_it(box, mark):
    ended = box.run(
        python("import time; print('x', flush=True); time.sleep(60)", mark, limits=replace(LIMITS, seconds=0.3))
    )
    assert (ended.status, ended.code, ended.stdout) == ("timeout", None, b"x\n")


def test_the_deadline_ends_what_ignores_every_signal(box, mark):
    code = (
        "import os, signal, time\nos.fork(); os.fork()\nfor n in range(1, 64):\n"
        "  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\ntime.sleep(60)"
    )
    assert box.run(python(code, mark, limits=replace(LIMITS, seconds=0.5))).status == "timeout"


def test_cancel_ends_it(box, mark):
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    assert box.run(python("import time; time.sleep(60)", mark), cancel).status == "cancelled"
    assert time.monotonic() - began < 10  # not its own end


def test_cancelled_before_it_began(box):
    cancel = threading.Event()
    cancel.set()
    assert box.run(python("import time; time.sleep(60)"), cancel).status == "cancelled"


def test_a_flood_of_output_is_cut(box, mark):
    limits = replace(LIMITS, output_bytes=MIB)
    for stream in ("stdout", "stderr"):
        ended = box.run(python(f"import sys\nwhile True: sys.{stream}.write('x' * 10000)", mark, limits=limits))
        assert ended.status == "output"
        assert len(ended.stdout) + len(ended.stderr) == MIB


def test_one_large_file_is_refused_by_the_kernel(box, tmp_path):
    ended = box.run(python("open('big', 'wb').write(bytes(8 << 20))", worktree=tmp_path))
    assert (ended.status, ended.code) == ("exited", 1)
    assert (tmp_path / "big").stat().st_size <= LIMITS.file_bytes


def test_one_large_process_gets_a_memory_error(box):
    ended = box.run(python("a = b'x' * (300 << 20)"))
    assert b"MemoryError" in ended.stderr


def test_what_stays_behind_is_ended_with_its_program(box, mark):
    code = (
        "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(60)\n  os._exit(0)\n"
        "time.sleep(.1); print('done')"
    )
    ended = box.run(python(code, mark))
    assert (ended.status, ended.stdout) == ("exited", b"done\n")


def test_a_stopped_process_is_ended(box, mark):
    code = "import os, signal, time\nchild = os.fork()\nif not child: time.sleep(60)\nos.kill(child, signal.SIGSTOP)"
    assert box.run(python(code, mark)).status == "exited"


def test_nothing_is_left_open(box, tmp_path):
    program = python("print(1)", worktree=tmp_path)
    box.run(program)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        box.run(program)
        box.run(replace(program, argv=("/no/such/program",)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestExchange:
    CODE = "import sys\nprint('ready', flush=True)\nfor line in sys.stdin: print('got ' + line.strip(), flush=True)\nprint('bye')"

    def test_lines_go_both_ways(self, box):
        running = box.start(python(self.CODE))
        assert running.receive(10) == b"ready"
        assert running.send(b"one")
        assert running.send(b"two")
        assert [running.receive(10), running.receive(10)] == [b"got one", b"got two"]
        assert running.receive(0.05) is None
        assert not running.over
        ended = running.wait()
        assert (ended.status, ended.code, ended.stdout) == ("exited", 0, b"bye\n")
        assert running.wait() == ended

    def test_lines_said_before_its_end_are_all_received(self, box):
        running = box.start(python("for n in range(2000): print(n)"))
        lines = []
        while (line := running.receive(10)) is not None:
            lines.append(int(line))
        assert lines == list(range(2000))
        assert running.over
        assert running.wait().ok

    def test_large_lines_in_both_directions_at_once(self, box):
        code = "import sys\nline = sys.stdin.readline()\nsys.stderr.write('e' * 200_000)\nprint(line.strip() * 2)"
        running = box.start(python(code))
        assert running.send(b"x" * 500_000)
        assert running.receive(10) == b"x" * 1_000_000
        assert running.wait().ok

    def test_it_says_more_than_it_reads(self, box):
        limits = replace(LIMITS, output_bytes=MIB)
        running = box.start(python("import sys\nwhile True: print('x' * 1000)", limits=limits))
        assert not running.send(b"y" * 300_000)
        assert running.wait().status == "output"

    def test_a_line_without_end_is_cut(self, box):
        limits = replace(LIMITS, line_bytes=100_000)
        running = box.start(python("import sys\nwhile True: sys.stdout.write('x' * 1000)", limits=limits))
        assert running.receive(10) is None
        assert running.wait().status == "output"

    def test_a_program_that_no_longer_reads(self, box):
        running = box.start(python("import os, time; os.close(0); print('ready', flush=True); time.sleep(60)"))
        assert running.receive(10) == b"ready"
        assert not running.send(b"x" * 300_000, timeout_s=0.5)
        running.kill()
        assert running.wait().status == "cancelled"

    def test_it_is_killed_from_another_thread(self, box, mark):
        running = box.start(python(self.CODE, mark))
        assert running.receive(10) == b"ready"
        threading.Timer(0.1, running.kill, ["timeout"]).start()
        assert running.receive(10) is None
        assert running.wait().status == "timeout"

    def test_the_first_reason_stays(self, box):
        running = box.start(python(self.CODE))
        running.kill("memory")
        running.kill("timeout")
        assert running.wait().status == "memory"

    def test_its_own_end_is_not_overruled(self, box):
        running = box.start(python("import sys; sys.exit(4)"))
        while not running.over:
            running.receive(0.1)
        running.kill()
        assert (running.wait().status, running.wait().code) == ("exited", 4)
