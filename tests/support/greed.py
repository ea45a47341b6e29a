"""Programs that take more than they may, and how far they get. One JSON object on stdout: `greed.py FOLDER NAME…`.

A program of its own, as `attacker.py`: the tests run it as another user too.
"""

import json
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from frmo.sandbox.full import FullSandbox  # noqa: E402
from frmo.sandbox.interpreter import python_mounts  # noqa: E402
from frmo.sandbox.program import MIB, Limits, Program  # noqa: E402

LIMITS = Limits(
    seconds=10,
    memory_bytes=384 * MIB,
    processes=24,
    disk_bytes=96 * MIB,
    file_bytes=32 * MIB,
    output_bytes=MIB,
    inodes=3000,
)
# No program here doubles without an end: a broken watchdog must fail a test, not the machine.
PROGRAMS = {
    "memory-of-eight-processes": "import os\nfor _ in range(7):\n  if not os.fork(): break\na = []\n"
    "while len(a) < 4000: a.append(b'x' * (1 << 18))\nimport time; time.sleep(9)",
    "memory-of-one-process": "a = []\nwhile True: a.append(b'x' * (1 << 20))",
    "shared-memory": "import mmap\na = []\nwhile len(a) < 2000:\n  a.append(mmap.mmap(-1, 1 << 20)); a[-1][:] = b'x' * (1 << 20)",
    "forked-memory": "import os, time\na = bytearray(b'x' * (90 << 20))\nfor _ in range(11):\n  if not os.fork(): break\n"
    "time.sleep(.3)\nfor at in range(0, len(a), 4096): a[at] = 1\ntime.sleep(9)",
    "memory-in-files": "import time\nfor n in range(24):\n  for place in ('/tmp', '/dev/shm'):\n"
    "    try: open(f'{place}/{n}', 'wb').write(bytes(30 << 20))\n    except OSError: pass\ntime.sleep(9)",
    "scratch-is-sized": "n = 0\ntry:\n  while True:\n    open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)); n += 1\n"
    "except OSError as error: print(n, error.errno)",
    "many-files-on-disk": "for n in range(4000): open(f'f{n}', 'wb').write(bytes(1 << 20))\nimport time; time.sleep(9)",
    "removed-files-on-disk": "import os, time\nkept = []\nfor n in range(100):\n  kept.append(open('f', 'wb')); os.unlink('f')\n"
    "  kept[-1].write(bytes(8 << 20)); kept[-1].flush()\ntime.sleep(9)",
    "reserved-disk": "import os, time\nfor n in range(100):\n  os.posix_fallocate(os.open(f'f{n}', 66), 0, 30 << 20)\ntime.sleep(9)",
    "files-without-content": "for n in range(200000): open(f'f{n}', 'wb').close()",
    "folders-in-folders": "import os\nfor n in range(20000): os.mkdir('d'); os.chdir('d')",
    "processes": "import os, time\nfor _ in range(7): os.fork()\ntime.sleep(9)",
    "processes-in-sessions": "import os, time\nfor _ in range(7):\n  if not os.fork(): os.setsid()\ntime.sleep(9)",
    "threads": "import threading, time\nthreading.stack_size(65536)\n"
    "for _ in range(400): threading.Thread(target=time.sleep, args=(1,)).start()",
    "output": "while True: print('x' * 1000)",
    "open-files": "import os\nkept = []\ntry:\n  while True: kept.append(os.open('/dev/null', 0))\nexcept OSError as error: print(error.errno)",
}  # fmt: skip

SAMPLER = """
import os, select, sys, time
mark, folder, memory, disk = sys.argv[1].encode(), sys.argv[2], 0, 0
def of(pid):
    try:
        if mark not in open(f"/proc/{pid}/cmdline", "rb").read(): return 0
        lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon", "Pss_Shmem")))
    except OSError: return 0
def size():
    total = 0
    for entry in os.scandir(folder):
        try: total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError: pass
    return total
print(flush=True)
while not select.select([0], [], [], 0.001)[0]:
    memory = max(memory, sum(of(pid) for pid in os.listdir("/proc") if pid.isdigit() and pid != str(os.getpid())))
    disk = max(disk, size())
print(memory, max(disk, size()))
"""


def main(folder: str, *names: str) -> None:
    sandbox = FullSandbox(shutil.which("bwrap"))
    sys.stdout.write(json.dumps({name: outcome(sandbox, Path(folder), name) for name in names}))


def outcome(sandbox: FullSandbox, folder: Path, name: str) -> dict:
    began = time.monotonic()
    tree = folder / name
    tree.mkdir()
    mark = f"greed-{secrets.token_hex(8)}"
    python = sys.executable
    program = Program(
        (python, "-I", "-S", "-c", PROGRAMS[name], mark),
        writable=tree,
        readonly=python_mounts(Path(python)),
        limits=LIMITS,
    )
    command = [python, "-I", "-S", "-c", SAMPLER, mark, str(tree)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sampler:
        sampler.stdout.readline()
        ended = sandbox.run(program)
        alive = [
            path
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if f"{mark}\0" in _read(path) and int(path.parent.name) != sampler.pid
        ]
        memory, disk = sampler.communicate(b"x")[0].split()
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    return {
        "status": ended.status, "code": ended.code, "memory": int(memory), "disk": int(disk), "alive": len(alive),
        "stdout": ended.stdout.decode()[:100], "stderr": ended.stderr.decode()[-200:], "size": len(ended.stdout), "took": [round(ended.duration_s,2), round(time.monotonic() - began, 2)],
    }  # fmt: skip


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
