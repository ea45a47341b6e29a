"""The tests that a test file must show, read from its source: a run that doesn't report them all is no proof."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

_TEST_BASES = ("TestCase", "IsolatedAsyncioTestCase")


@dataclass(frozen=True)
class Naming:
    """How the project names tests (`python_functions`, `python_classes` of its pytest settings)."""

    functions: tuple[str, ...] = ("test",)
    classes: tuple[str, ...] = ("Test",)

    def function(self, name: str) -> bool:
        """True when a function of that name is a test."""
        return named(name, self.functions)

    def test_class(self, name: str) -> bool:
        """True when a class of that name holds tests."""
        return named(name, self.classes)


@dataclass(frozen=True)
class Expected:
    """One test: `name` is `function` or `Class::method`. `line` of the code (decorators included).

    `plain`: nothing but pytest's marks decorates it. `may_skip`: its source, its class or the module speaks of skipping.
    """

    name: str
    line: int
    plain: bool
    may_skip: bool


def expected_tests(source: bytes | str, naming: Naming = Naming()) -> list[Expected]:
    """Tests of one file in order. Raises SyntaxError or ValueError where it can't be parsed."""
    tree = ast.parse(source)
    skips = any(_speaks_of_skipping(node) for node in tree.body if not isinstance(node, _DEFINITIONS))
    found: dict[str, Expected] = {}
    for node in tree.body:
        for name, test, own in _tests(node, naming):
            if not _is_fixture(test):
                line = min([item.lineno for item in test.decorator_list] + [test.lineno])
                may_skip = skips or own or _speaks_of_skipping(test)
                found[name] = Expected(name, line, all(map(_is_mark, test.decorator_list)), may_skip)
    return list(found.values())


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


def _tests(node: ast.stmt, naming: Naming) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    if isinstance(node, _FUNCTIONS) and naming.function(node.name):
        yield node.name, node, False
    if isinstance(node, ast.ClassDef) and (unit := _is_test_case(node) or _is_test_class(node, naming)):
        own = any(_speaks_of_skipping(part) for part in [*node.decorator_list, *_setting_up(node)])
        for item in node.body:
            if isinstance(item, _FUNCTIONS) and (naming.function(item.name) or (unit and item.name.startswith("test"))):
                yield f"{node.name}::{item.name}", item, own


def _setting_up(node: ast.ClassDef) -> list[ast.stmt]:
    """Class level statements and set-up methods: a skip there skips every test of the class."""
    return [item for item in node.body if not (isinstance(item, _FUNCTIONS) and item.name.startswith("test"))]


def _is_test_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).split(".")[-1] in _TEST_BASES for base in node.bases)


def _is_test_class(node: ast.ClassDef, naming: Naming) -> bool:
    names = {item.name for item in node.body if isinstance(item, _FUNCTIONS)}
    names |= {target.id for item in node.body if isinstance(item, ast.Assign) for target in _name_targets(item)}
    return naming.test_class(node.name) and not names & {"__init__", "__new__", "__test__"}


def _name_targets(item: ast.Assign) -> list[ast.Name]:
    return [target for target in item.targets if isinstance(target, ast.Name)]


def _is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(item) for item in node.decorator_list)


def _is_mark(node: ast.expr) -> bool:
    return ast.unparse(node).startswith(("pytest.mark.", "mark."))


def _speaks_of_skipping(node: ast.AST) -> bool:
    words = (getattr(part, "id", "") or getattr(part, "attr", "") for part in ast.walk(node))
    return any("skip" in str(word).lower() or str(word) in ("xfail", "expectedFailure") for word in words)


def named(name: str, patterns: tuple[str, ...]) -> bool:
    """As pytest does it: a prefix, or a glob when the pattern has one of its characters."""
    return any(
        name.startswith(pattern) or (any(char in pattern for char in "*?[") and fnmatchcase(name, pattern))
        for pattern in patterns
    )
