"""What is known of a function before it is called: its parameters, and calls that tests, cases and docstrings show."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from frmo.validators.values import Value

_DOCTEST = re.compile(r"^\s*>>>\s*(.+)$")
_CALL = re.compile(r"(\w+)\(")


@dataclass(frozen=True)
class Shown:
    """One call that somebody wrote down. `result`: a list with the expected value, or empty where it isn't known."""

    args: tuple[Value, ...]
    result: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Target:
    """A function of a changed file. `annotations`: of its parameters, as source; '' where there is none."""

    path: str
    name: str
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    returns: str = ""
    docstring: str = ""
    source: str = ""
    line: int = 0
    optional: int = 0
    examples: tuple[Shown, ...] = field(default=())

    @property
    def raises(self) -> frozenset[str]:
        """Exceptions that the docstring names."""
        return frozenset(re.findall(r"\b([A-Z]\w*(?:Error|Exception))\b", self.docstring))


def targets(source: bytes, path: str) -> list[Target]:
    """Public functions at the top of a file that can be called with values: no `*args`, no keyword-only ones."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    text = source.decode("utf-8", "replace")
    found = {node.name: _target(node, path, text) for node in tree.body if isinstance(node, ast.FunctionDef)}
    return [target for target in found.values() if target and not target.name.startswith(("_", "test"))]


def _target(node: ast.FunctionDef, path: str, text: str) -> Target | None:
    given = node.args
    if given.vararg or given.kwonlyargs or given.kwarg:
        return None
    parameters = [*given.posonlyargs, *given.args]
    return Target(
        path=path,
        name=node.name,
        parameters=tuple(item.arg for item in parameters),
        annotations=tuple(ast.unparse(item.annotation) if item.annotation else "" for item in parameters),
        returns=ast.unparse(node.returns) if node.returns else "",
        docstring=ast.get_docstring(node) or "",
        source=ast.get_source_segment(text, node) or "",
        line=node.lineno,
        optional=len(given.defaults),
    )


def from_source(source: str, name: str) -> list[Shown]:
    """Calls of `name` with literal arguments in Python source; with the result where an assert compares it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    compared = dict(_compared(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_call(node, name)]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    return [shown for node in calls if (shown := _literal(node, compared.get(node)))]


def from_docstring(docstring: str, name: str) -> list[Shown]:
    """Calls that a docstring shows: after `>>>`, or as `name(1, 2) == 3`, `name(1, 2) -> 3`, `name(1, 2) returns 3`."""
    found: list[Shown] = []
    lines = docstring.splitlines()
    for number, line in enumerate(lines):
        match = _DOCTEST.match(line)
        text = match[1] if match else line
        for start in (item.start() for item in re.finditer(rf"\b{re.escape(name)}\(", text)):
            call, rest = _balanced(text[start:])
            result = (lines[number + 1] if number + 1 < len(lines) else "") if match else rest.strip()
            result = re.sub(
                r"^(?:==|=+>|[-\u2013\u2014]+>|\u279e|=|returns?|should return|is|gives|:)\s*", "", result.strip()
            )
            found += from_source(f"assert {call} == {result}", name) or from_source(f"{call}", name)
    return found


def _balanced(text: str) -> tuple[str, str]:
    """A call at the beginning of `text`, and what follows it."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == ")":
            return text[: place + 1], text[place + 1 :]
    return text, ""


def _compared(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is):
            yield node.left, node.comparators[0]
        if isinstance(node, ast.Call) and _is_call(node, "assertEqual") and len(node.args) > 1:
            yield node.args[0], node.args[1]


def _is_call(node: ast.Call, name: str) -> bool:
    function = node.func
    return (isinstance(function, ast.Name) and function.id == name) or (
        isinstance(function, ast.Attribute) and function.attr == name
    )


def _literal(node: ast.Call, result: ast.expr | None) -> Shown | None:
    if node.keywords:
        return None
    try:
        args = tuple(ast.literal_eval(item) for item in node.args)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    try:
        return Shown(args, (ast.literal_eval(result),) if result is not None else ())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Shown(args)


def called_names(sources: Iterable[str]) -> set[str]:
    """Names that are called anywhere in some texts."""
    return {match[1] for source in sources for match in _CALL.finditer(source)}
