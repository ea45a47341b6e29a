"""Imports of changed files that the project's interpreter can't resolve, read without running anything."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One import: the module's full name and the line."""

    module: str
    line: int


def imports(source: bytes, path: str) -> list[Import]:
    """Unconditional imports of one file, relative ones made absolute. [] for a file that can't be parsed.

    Left out: those under `try` that handle ImportError, under `if` (platform, TYPE_CHECKING), and inside functions.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    package = path.removesuffix(".py").removesuffix(".pyi").split("/")[:-1]
    return [found for node in _unconditional(tree.body) for found in _modules(node, package)]


def _unconditional(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.ClassDef | ast.With):
            yield from _unconditional(node.body)


def _modules(node: ast.Import | ast.ImportFrom, package: list[str]) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno) for alias in node.names)
    elif not node.level:
        yield Import(node.module or "", node.lineno)
    elif node.level <= len(package):
        above = package[: len(package) - node.level + 1]
        yield Import(".".join([*above, *([node.module] if node.module else [])]), node.lineno)
