"""What the filter says about calls, on both machines, by running it."""

import errno

import pytest

from frmo.sandbox.seccomp import program
from frmo.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN, UNSUPPORTED
from tests.support.bpf import ALLOW, ERRNO, KILL, verdict

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = {"x86_64": 0, "aarch64": 1}


@pytest.fixture(params=sorted(ARCH))
def ask(request):
    machine = request.param

    def verdict_of(name, *arguments):
        number = (
            {**FORBIDDEN, **ABSENT, **FILTERED, **UNSUPPORTED}[name][COLUMN[machine]] if isinstance(name, str) else name
        )
        return None if number < 0 else verdict(program(machine), ARCH[machine], number, arguments)

    return verdict_of


def refused(code=errno.EPERM):
    return ERRNO | code


def test_every_listed_call_is_refused(ask):
    assert {ask(name) for name in FORBIDDEN} - {None} == {refused()}
    assert {ask(name) for name in ABSENT} - {None} == {refused(errno.ENOSYS)}
    assert {ask(name) for name in UNSUPPORTED} == {refused(errno.EOPNOTSUPP)}


def test_calls_of_every_day_are_allowed(ask):
    listed = {
        number for table in (FORBIDDEN, ABSENT, FILTERED, UNSUPPORTED) for pair in table.values() for number in pair
    }
    free = [number for number in range(463) if number not in listed]
    assert len(free) > 250
    assert {ask(number) for number in free} == {ALLOW}


@pytest.mark.parametrize("number", [463, 500, 0x40000000, 0x40000000 + 101, 0xFFFFFFFF])
def test_calls_that_nobody_knows_and_x32_are_absent(ask, number):
    assert ask(number) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", sorted(ARCH))
def test_another_architecture_is_killed(machine):
    for arch in {0x40000003, 0x40000028, *ARCH.values()} - {ARCH[machine]}:
        assert verdict(program(machine), arch, 1) == KILL


@pytest.mark.parametrize("machine", sorted(ARCH))
def test_no_jump_leaves_the_program_and_it_is_not_too_long(machine):
    code = program(machine)
    assert len(code) % 8 == 0
    assert len(code) // 8 <= 4096


def test_other_machines_are_unknown():
    with pytest.raises(KeyError):
        program("riscv64")


@pytest.mark.parametrize("flag", [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000])
def test_clone_makes_threads_but_no_namespace(ask, flag):
    assert ask("clone", 0x003D0F00) == ALLOW
    assert ask("clone", flag | 17) == refused()
    assert ask("clone", flag | 0xFFFF_FFFF_0000_0000) == refused()


@pytest.mark.parametrize("name", ["socket", "socketpair"])
def test_socket_families(ask, name):
    assert {ask(name, family, 1, 0) for family in (1, 2, 10)} == {ALLOW}
    others = {ask(name, family, 1, 0) for family in range(50) if family not in (1, 2, 10, 16)}
    assert others == {refused(errno.EAFNOSUPPORT)}
    assert ask(name, 16, 3, 0) == ALLOW  # routes, which name look-ups ask for
    assert {ask(name, 16, 3, protocol) for protocol in range(1, 23)} == {refused(errno.EAFNOSUPPORT)}


def test_terminal_injection(ask):
    assert ask("ioctl", 0, 0x5413) == ALLOW
    assert {ask("ioctl", 0, request) for request in (0x5412, 0x541C, 0x1_0000_5412)} == {refused()}


def test_personality(ask):
    assert {ask("personality", value) for value in (0, 8, 0xFFFFFFFF)} == {ALLOW}
    assert {ask("personality", value) for value in (0x40000, 0x80000, 1)} == {refused()}


@pytest.mark.parametrize(("name", "place"), [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("creat", 1)])
def test_no_set_id_bit_by_mode(ask, name, place):
    if ask(name) is None:
        pytest.skip("not on this machine")
    assert ask(name, *[0] * place, 0o1777) == ALLOW
    assert {ask(name, *[0] * place, mode) for mode in (0o4755, 0o2755, 0o6000)} == {refused()}


@pytest.mark.parametrize(("name", "flags"), [("open", 1), ("openat", 2)])
def test_no_set_id_bit_by_creation(ask, name, flags):
    if ask(name) is None:
        pytest.skip("not on this machine")
    before = [0] * flags
    assert ask(name, *before, 0o100, 0o777) == ALLOW
    assert ask(name, *before, 0, 0o4777) == ALLOW  # nothing is created: the mode is whatever lay there
    assert {ask(name, *before, flag, 0o4755) for flag in (0o100, 0o101, 0o20000000)} == {refused()}


@pytest.mark.parametrize(("name", "place"), [("mknod", 1), ("mknodat", 2)])
def test_no_devices(ask, name, place):
    if ask(name) is None:
        pytest.skip("not on this machine")
    before = [0] * place
    assert {ask(name, *before, kind | 0o644) for kind in (0, 0o100000, 0o010000, 0o140000)} == {ALLOW}
    assert {ask(name, *before, kind | 0o644) for kind in (0o020000, 0o060000, 0o104000)} == {refused()}
