"""Which tests of the base commit judge a task: the ones it names, or all of them as a regression test."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from frmo.errors import Fault, InputError
from frmo.model.task import Task
from frmo.validators.deciding import covers, tidy
from frmo.validators.expected import Expected, expected_tests, named
from frmo.validators.pytest_settings import PytestSettings
from frmo.validators.stage import files_of


@dataclass(frozen=True)
class TestFile:
    """One test file of the base commit. `nodes`: only these (`Class::name` prefixes); empty: all of the file."""

    path: str
    source: bytes
    expected: tuple[Expected, ...]
    nodes: tuple[str, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class Selection:
    """`named`: the task said which; then they must pass, else only what passed before must still pass."""

    files: tuple[TestFile, ...]
    named: bool


def select(task: Task, base: Path, settings: PytestSettings) -> Selection:
    """Tests of the base commit for `task`. Raises InputError for a test that isn't there or can't be parsed."""
    present = files_of(base)
    if not task.validation.tests:
        folders = tuple(map(tidy, settings.test_paths))
        paths = [path for path in present if _is_test(path, settings)]
        paths = [path for path in paths if not folders or any(covers(folder, path) for folder in folders)]
        return Selection(tuple(_read(task, base, path, settings, ()) for path in sorted(paths)), named=False)
    wanted: dict[str, list[str]] = {}
    for text in task.validation.tests:
        pattern, _, node = tidy(text).partition("::")
        found = [path for path in present if path == pattern] or [
            path for path in present if covers(pattern, path) and _is_test(path, settings)
        ]
        if not found:
            hint = "commit the tests first: they are taken from the base commit, never from the agent"
            raise InputError([Fault(task.path, f"validation.tests: no test at {text!r} in the base commit", hint=hint)])
        for path in found:
            wanted.setdefault(path, []).append(node)
    files = [
        _read(task, base, path, settings, () if "" in nodes else tuple(nodes)) for path, nodes in sorted(wanted.items())
    ]
    return Selection(tuple(files), named=True)


def _read(task: Task, base: Path, path: str, settings: PytestSettings, nodes: tuple[str, ...]) -> TestFile:
    source = (base / path).read_bytes()
    try:
        expected = expected_tests(source, settings.naming)
    except (SyntaxError, ValueError, RecursionError) as fault:
        if not task.validation.tests:
            return TestFile(path, source, ())
        raise InputError([Fault(path, f"the base commit's test file can't be parsed: {fault}")]) from fault
    chosen = [item for item in expected if not nodes or any(_under(item.name, node) for node in nodes)]
    return TestFile(path, source, tuple(chosen), nodes)


def _under(name: str, node: str) -> bool:
    plain = node.partition("[")[0]
    return name == plain or name.startswith(plain + "::")


def _is_test(path: str, settings: PytestSettings) -> bool:
    return path.endswith(".py") and named(PurePosixPath(path).name, settings.file_patterns)
