"""Programs that try to get out of the sandbox, each with the defence that stops it.

Every program has `T` (see `attacker.py`): where the outside is. It calls `won()` when it did what only shows inside;
anything else it does is looked for outside. `defence` names what a weakened sandbox leaves out so that the attack works:
`wall` (no sandbox at all), `filter` (no system call filter), `net`, `pid`, `ipc`, `uts` (that namespace is shared),
`readonly` (nothing is made read-only), `environment` (bubblewrap inherits the worker's), or None where that would
do harm to the machine or can't be told apart on every kernel.
"""

from dataclasses import dataclass

PREAMBLE = """
import ctypes, errno, glob, json, os, re, signal, socket, stat, struct, subprocess, sys, time
T = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def won(what=""):
    print("WON", T["token"], what, flush=True)
def call(name, *args):
    return libc.syscall(ctypes.c_long(T["calls"][name]), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
"""


@dataclass(frozen=True)
class Attack:
    name: str
    code: str
    defence: str | None = None


ATTACKS = [
    # Reading what is not its own.
    Attack("read-absolute", "print(open(T['secret_file']).read())", "wall"),
    Attack("read-parents", "print(open('../' * 20 + T['secret_file']).read())", "wall"),
    Attack("read-through-own-link", "os.symlink(T['secret_file'], 'link'); print(open('link').read())", "wall"),
    Attack("read-proc-1-root", "print(open('/proc/1/root' + T['secret_file']).read())"),
    Attack("read-proc-self-root", "print(open('/proc/self/root' + T['secret_file']).read())", "wall"),
    Attack(
        "read-any-process-root",
        "for path in glob.glob('/proc/[0-9]*/root' + T['secret_file']): print(open(path).read())",
        "wall",
    ),
    Attack("read-worker-environment", "print(open(f'/proc/{T[\"victim\"]}/environ').read())", "wall"),
    Attack(
        "read-every-environment",
        "for path in glob.glob('/proc/[0-9]*/environ'):\n  try: print(open(path).read())\n  except OSError: pass",
        "environment",
    ),
    Attack("read-own-environment", "print(os.environ, open('/proc/self/environ').read())", "environment"),
    Attack(
        "read-worker-memory",
        """
for line in open(f"/proc/{T['worker']}/maps"):
    first, last = (int(part, 16) for part in line.split()[0].split("-"))
    if "[heap]" in line:
        memory = open(f"/proc/{T['worker']}/mem", "rb"); memory.seek(first)
        print(re.findall(rb"secret-[0-9a-f]{32}", memory.read(last - first)))
""",
    ),
    Attack(
        "read-inherited-descriptors",
        "for fd in range(3, 2000):\n  try: print(os.pread(fd, 999, 0))\n  except OSError: pass",
    ),
    Attack(
        "read-repository-above",
        """
place = os.getcwd()
for place in (place, T["worktree"]):
    while place != "/":
        place = os.path.dirname(place)
        if os.path.exists(place + "/.git/config"): print(open(place + "/.git/config").read())
""",
        "wall",
    ),
    Attack("read-home", "print(open(T['home'] + '/.netrc').read())", "wall"),
    Attack("read-host-tmp", "print(open(T['tmp_file']).read())", "wall"),
    Attack("read-host-shared-memory", "print(open(T['shm_file']).read())", "wall"),
    Attack(
        "read-disk-device",
        """
for name in os.listdir("/dev"):
    mode = os.stat("/dev/" + name, follow_symlinks=False).st_mode
    if stat.S_ISBLK(mode): won(name)
for name in ("mem", "kmem", "port", "kvm", "fuse", "net/tun", "loop-control", "vsock", "kmsg", "snapshot"):
    if os.path.exists("/dev/" + name): won(name)
""",
    ),
    Attack("read-kernel-memory", "if len(open('/proc/kcore', 'rb').read(4096)) == 4096: won()"),
    Attack("read-kernel-keys", "if open('/proc/keys').read().strip(): won()"),
    Attack("read-kernel-symbols", "if open('/proc/kallsyms').read(100): won()"),
    Attack("read-kernel-log", "if call('syslog', 3, ctypes.create_string_buffer(4096), 4096) > 0: won()"),
    Attack("read-sysfs", "if os.path.exists('/sys/kernel'): won()", "wall"),
    # Writing where it must not.
    Attack("write-absolute", "open(T['canary'], 'w').write('changed')", "wall"),
    Attack("write-through-link", "os.symlink(T['canary'], 'link'); open('link', 'w').write('changed')", "wall"),
    Attack("create-outside", "open(T['outside'] + '/new', 'w').write('x')", "wall"),
    Attack("delete-outside", "os.unlink(T['canary'])", "wall"),
    Attack("create-in-home", "open(T['home'] + '/.bashrc', 'a').write('x')", "wall"),
    Attack("create-in-host-tmp", "open(T['tmp_file'] + '.new', 'w').write('x')", "wall"),
    Attack("create-in-host-shared-memory", "open(T['shm_file'] + '.new', 'w').write('x')", "wall"),
    Attack("create-beside-worktree", "open('../beside-' + T['token'], 'w').write('x'); won()"),
    Attack("write-read-only-mount", "open('/frmo-test/file', 'a').write('changed')", "readonly"),
    Attack(
        "write-root-folder",
        "for name in ('/', '/etc/', '/dev/', '/opt/', '/home/', '/var/'):\n"
        "  try: open(name + T['token'], 'w'); won(name)\n  except OSError: pass",
    ),
    Attack(
        "write-system-folders",
        "for name in ('/usr/bin/', '/usr/local/bin/', '/usr/lib/', os.path.dirname(os.__file__) + '/'):\n"
        "  try: open(name + T['token'], 'w'); os.unlink(name + T['token']); won(name)\n  except OSError: pass",
    ),
    Attack(
        "write-kernel-settings",
        "for name in ('kernel/core_pattern', 'kernel/modprobe', 'vm/drop_caches', 'kernel/hostname', 'kernel/shmmax'):\n"
        "  try: os.close(os.open('/proc/sys/' + name, os.O_WRONLY)); won(name)\n  except OSError: pass",
    ),
    Attack(
        "write-sysrq",
        "for name in ('sysrq-trigger', 'mtrr', 'acpi/wakeup', 'scsi/scsi', 'irq/default_smp_affinity'):\n"
        "  try: os.close(os.open('/proc/' + name, os.O_WRONLY)); won(name)\n  except OSError: pass",
    ),
    Attack("hard-link-inward", "os.link(T['secret_file'], 'stolen')", "wall"),
    Attack("move-worktree", "os.rename('/work', '/other'); won()"),
    Attack("set-user-id-bit", "open('tool', 'w').write('#!/bin/sh\\n'); os.chmod('tool', 0o4755)", "filter"),
    Attack(
        "set-group-id-bit", "fd = os.open('tool', os.O_CREAT | os.O_WRONLY, 0o2755); os.fchmod(fd, 0o2755)", "filter"
    ),
    Attack("create-with-user-id-bit", "os.umask(0); os.open('tool', os.O_CREAT | os.O_WRONLY, 0o4755)", "filter"),
    Attack("make-device", "os.mknod('disk', 0o60666, os.makedev(254, 0)); won()"),
    Attack("make-whiteout", "os.mknod('white', 0o20666, os.makedev(0, 0)); won()", "filter"),
    Attack("make-pipe-named-like-a-file", "os.mkfifo('result.py')"),
    Attack("plant-link-to-collect", "os.symlink(T['secret_file'], 'result.py'); os.symlink(T['outside'], 'folder')"),
    Attack(
        "plant-repository",
        "os.makedirs('.git/hooks'); open('.git/hooks/post-checkout', 'w').write('#!/bin/sh\\n' + T['token'])\n"
        "open('.GIT', 'w').write('gitdir: ' + T['repository'] + '/.git')",
    ),
    # Other processes.
    Attack("kill-by-number", "os.kill(T['victim'], 9)", "pid"),
    Attack("kill-everything", "signal.signal(15, signal.SIG_IGN); os.kill(-1, 9)"),
    Attack("kill-parents", "for _ in range(2): os.kill(os.getppid(), 15)"),
    Attack("trace-a-process", "if call('ptrace', 16, T['victim'], 0, 0) == 0: won()"),
    Attack(
        "trace-own-child",
        "child = os.fork()\nif not child: time.sleep(5); os._exit(0)\n"
        "if call('ptrace', 0x4206, child, 0, 0) == 0: won()\nos.kill(child, 9)",
        "filter",
    ),
    Attack(
        "read-process-memory",
        "buffer = ctypes.create_string_buffer(8); vector = struct.pack('PN', ctypes.addressof(buffer), 8)\n"
        "child = os.fork()\nif not child: time.sleep(5); os._exit(0)\n"
        "if call('process_vm_readv', child, vector, 1, vector, 1, 0) == 8: won()\nos.kill(child, 9)",
        "filter",
    ),
    Attack("stop-the-worker", "os.kill(T['victim'], signal.SIGSTOP); won()", "pid"),
    Attack(
        "daemon-that-stays",
        "if os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
        "for fd in range(3): os.close(fd)\ntime.sleep(30)",
    ),
    Attack(
        "child-that-ignores-signals",
        "if os.fork(): time.sleep(.1); os._exit(0)\n"
        "for number in range(1, 64):\n  try: signal.signal(number, signal.SIG_IGN)\n  except (OSError, ValueError): pass\n"
        "time.sleep(30)",
    ),
    Attack(
        "stopped-child-that-stays", "child = os.fork()\nif not child: time.sleep(30)\nos.kill(child, signal.SIGSTOP)"
    ),
    Attack("real-time-priority", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); won()"),
    Attack(
        "raise-own-limits",
        "import resource\nfor kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE):\n"
        "  try: resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2); won()\n  except (OSError, ValueError): pass",
    ),
    # The network and other channels.
    Attack("connect-loopback", "socket.create_connection(('127.0.0.1', T['tcp']), 1).send(b'hi')", "net"),
    Attack(
        "send-datagram",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hi', ('127.0.0.1', T['udp']))",
        "net",
    ),
    Attack(
        "connect-abstract-socket",
        "peer = socket.socket(socket.AF_UNIX); peer.connect('\\0' + T['abstract']); peer.send(b'hi')",
        "net",
    ),
    Attack(
        "connect-socket-file",
        "peer = socket.socket(socket.AF_UNIX); peer.connect(T['socket_file']); peer.send(b'hi')",
        "wall",
    ),
    Attack("see-interfaces", "if set(os.listdir('/sys/class/net')) - {'lo'}: won()"),
    Attack(
        "leave-the-machine",
        "peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); peer.connect(('192.0.2.1', 9)); won()",
        "net",
    ),
    Attack("packet-socket", "socket.socket(17, socket.SOCK_RAW, 3); won()"),
    Attack("raw-socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); won()"),
    Attack("machine-socket", "socket.socket(40, socket.SOCK_STREAM); won()"),
    Attack("odd-socket", "socket.socket(38, socket.SOCK_SEQPACKET); won()"),
    Attack("netlink-generic", "socket.socket(16, socket.SOCK_RAW, 16); won()", "filter"),
    Attack(
        "read-system-v-memory",
        "libc.shmat.restype = ctypes.c_void_p\nplace = libc.shmat(T['segment'], None, 0)\n"
        "if place not in (None, 2**64 - 1): print(ctypes.string_at(place, 64))",
        "ipc",
    ),
    Attack(
        "type-into-terminal",
        "import fcntl\nmain, other = os.openpty()\nos.setsid() if os.getsid(0) != os.getpid() else 0\n"
        "fcntl.ioctl(other, 0x540E, 0)\nfcntl.ioctl(other, 0x5412, b'x'); won()",
    ),
    Attack("rename-the-host", "name = T['token'][:12].encode(); libc.sethostname(name, len(name))"),
    # The kernel.
    Attack("new-user-namespace", "if libc.unshare(0x10000000) == 0: won()"),
    Attack("new-mount-namespace", "if libc.unshare(0x00020000) == 0: won()"),
    Attack(
        "clone-user-namespace",
        "pid = call('clone', 0x10000000 | 17, 0, 0, 0, 0)\nif pid == 0: os._exit(0)\nif pid > 0: won()",
    ),
    Attack(
        "clone3-user-namespace",
        "child = call('clone3', struct.pack('11Q', 0x10000000, *[0] * 3, 17, *[0] * 6), 88)\n"
        "if child == 0: os._exit(0)\nif child > 0: won()",
    ),
    Attack("join-namespace", "if libc.setns(os.open('/proc/1/ns/mnt', 0), 0) == 0: won()"),
    Attack("mount-tmpfs", "if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0: won()"),
    Attack("mount-proc", "if libc.mount(b'proc', b'/work', b'proc', 0, None) == 0: won()"),
    Attack("remount-writable", "if libc.mount(None, b'/usr', None, 0x1020, None) == 0: won()"),
    Attack("unmount-cover", "if libc.umount2(b'/proc/kcore', 2) == 0: won()"),
    Attack("change-root", "os.chroot('.'); won()"),
    Attack("pivot-root", "if call('pivot_root', b'.', b'.') == 0: won()"),
    Attack(
        "open-by-handle",
        "handle = struct.pack('Ii8s', 8, 1, struct.pack('II', 2, 0))\n"
        "if call('open_by_handle_at', os.open('/', 0), handle, 0) >= 0: won()",
    ),
    Attack(
        "load-module", "if call('finit_module', os.open('/bin/sh', 0), b'', 0) == 0 or ctypes.get_errno() != 1: won()"
    ),
    Attack("load-program-into-kernel", "if call('bpf', 5, ctypes.create_string_buffer(128), 128) >= 0: won()"),
    Attack(
        "performance-counters",
        "if call('perf_event_open', struct.pack('II', 1, 64) + bytes(56), 0, -1, -1, 0) >= 0: won()",
    ),
    Attack("fault-handler", "if call('userfaultfd', 1) >= 0: won()", "filter"),
    Attack("io-ring", "if call('io_uring_setup', 1, ctypes.create_string_buffer(120)) >= 0: won()", "filter"),
    Attack(
        "kernel-keyring",
        "if call('add_key', b'user', T['token'].encode(), b'x', 1, -3) >= 0: won()",
        "filter",
    ),
    Attack("hidden-memory", "if call('memfd_create', b'x', 0) >= 0: won()", "filter"),
    Attack("system-v-memory", "if libc.shmget(0, 4096, 0o1600) >= 0: won()", "filter"),
    Attack("set-the-clock", "if libc.clock_settime(0, struct.pack('qq', 0, 0)) == 0: won()"),
    Attack("switch-swap-off", "if call('swapoff', b'/nowhere') == 0 or ctypes.get_errno() != 1: won()"),
    Attack("other-personality", "if call('personality', 0x0040000) >= 0: won()", "filter"),
    Attack("foreign-call-numbers", "if libc.syscall(ctypes.c_long(0x40000000 + 39)) > 0: won()"),
    Attack(
        "call-of-tomorrow",
        "if libc.syscall(ctypes.c_long(467), -1, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != 38: won()",
    ),
]
