"""The system call filter as a classic BPF program for `bwrap --seccomp`: a deny list, assembled here.

Instruction and data layout: Linux `include/uapi/linux/filter.h`, `seccomp.h`. Arguments are compared by their low 32
bits, which is all that the kernel reads of the arguments filtered here.
"""

import struct

from frmo.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN, NEWEST_KNOWN, UNSUPPORTED

_LOAD, _JEQ, _JGT, _JSET, _RET = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS, _EOPNOTSUPP, _EAFNOSUPPORT = 1, 38, 95, 97
_NR, _ARCH = 0, 4
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_SET_ID_BITS = 0o6000
_DEVICE_BIT = 0o020000  # set in character and block devices, in no other file type
_CREATES = 0o100 | 0o20000000  # O_CREAT, O_TMPFILE: only then is the mode an argument
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)

Instruction = tuple[int, int, int, int]


def program(machine: str) -> bytes:
    """The filter for `machine` (`x86_64` or `aarch64`, as `platform.machine()` has it). Raises KeyError for others."""
    audit, column = _MACHINES[machine]
    code: list[Instruction] = [(_LOAD, 0, 0, _ARCH), (_JEQ, 1, 0, audit), (_RET, 0, 0, _KILL_PROCESS)]
    # Above the newest known call lie also all of x32 (bit 30).
    code += [(_LOAD, 0, 0, _NR), (_JGT, 0, 1, NEWEST_KNOWN), _refuse(_ENOSYS)]
    for table, error in ((FORBIDDEN, _EPERM), (ABSENT, _ENOSYS), (UNSUPPORTED, _EOPNOTSUPP)):
        for numbers in table.values():
            code += _when(numbers[column], [_refuse(error)])
    for name, numbers in FILTERED.items():
        code += _when(numbers[column], _argument_rules(name))
    code.append((_RET, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    """`body` for one call; every body ends in a return."""
    return [] if number < 0 else [(_JEQ, 0, len(body), number), *body]


def _argument_rules(name: str) -> list[Instruction]:
    if name == "clone":
        return _unless_bits(0, _NEW_NAMESPACES)
    if name in ("socket", "socketpair"):
        return _families()
    if name == "ioctl":
        return [_argument(1), *_refuse_values(_TERMINAL_INJECTION), (_RET, 0, 0, _ALLOW)]
    if name == "personality":
        allowed = [line for value in _PERSONALITIES for line in ((_JEQ, 0, 1, value), (_RET, 0, 0, _ALLOW))]
        return [_argument(0), *allowed, _refuse(_EPERM)]
    if name in ("mknod", "mknodat"):
        return _unless_bits(2 if name == "mknodat" else 1, _SET_ID_BITS | _DEVICE_BIT)
    if name in ("open", "openat"):
        flags = 2 if name == "openat" else 1
        return [_argument(flags), (_JSET, 1, 0, _CREATES), (_RET, 0, 0, _ALLOW), *_unless_bits(flags + 1, _SET_ID_BITS)]
    return _unless_bits(2 if name == "fchmodat" else 1, _SET_ID_BITS)


def _unless_bits(argument: int, bits: int) -> list[Instruction]:
    return [_argument(argument), (_JSET, 0, 1, bits), _refuse(_EPERM), (_RET, 0, 0, _ALLOW)]


def _families() -> list[Instruction]:
    """AF_UNIX, AF_INET, AF_INET6; of netlink only the routing family, which name look-ups ask."""
    allowed = [line for family in (_UNIX, _INET, _INET6) for line in ((_JEQ, 0, 1, family), (_RET, 0, 0, _ALLOW))]
    netlink = [(_JEQ, 1, 0, _NETLINK), _refuse(_EAFNOSUPPORT), _argument(2), (_JEQ, 1, 0, 0), _refuse(_EAFNOSUPPORT)]
    return [_argument(0), *allowed, *netlink, (_RET, 0, 0, _ALLOW)]


def _refuse_values(values: tuple[int, ...]) -> list[Instruction]:
    return [line for value in values for line in ((_JEQ, 0, 1, value), _refuse(_EPERM))]


def _argument(index: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index)


def _refuse(error: int) -> Instruction:
    return (_RET, 0, 0, _ERRNO | error)
