"""The assertions of a recorded test, one by one: as cases where call and result are literals, else as a test each."""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frmo.model.task import Case


@dataclass(frozen=True)
class Assertion:
    """`case`, or `source`: statements that end in an assert about `candidate`. `text`: as it was written."""

    text: str
    case: Case | None = None
    source: str = ""


def assertions(tests: str, entry: str) -> list[Assertion]:
    """Asserts of every `check` function and beside them. What stands before one is repeated before it."""
    found: list[Assertion] = []
    before: list[ast.stmt] = []
    for statement in _statements(ast.parse(tests)):
        if not any(isinstance(node, ast.Assert) for node in ast.walk(statement)):
            before.append(statement)
            continue
        text = ast.unparse(statement)
        case = _case(statement, entry)
        source = "" if case else "\n".join(ast.unparse(item) for item in [*before, statement])
        found.append(Assertion(text, case, source))
    return found


def test_file(found: Sequence[Assertion], tests: str, entry: str) -> str:
    """A test file with one function `test_<index>` for each assertion that is no case; '' when there is none."""
    head = [ast.unparse(item) for item in ast.parse(tests).body if isinstance(item, ast.Import | ast.ImportFrom)]
    functions = [_function(number, item.source, entry) for number, item in enumerate(found) if item.source]
    return "\n".join(["import solution as the_work", *head, "", *functions]) if functions else ""


def _function(number: int, source: str, entry: str) -> str:
    tree = ast.parse(source)
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = sorted(name for name in loaded - stored if not hasattr(builtins, name) and name != "candidate")
    lines = [f"    {name} = getattr(the_work, {name!r}, globals().get({name!r}))" for name in names]
    lines.append(f"    candidate = {entry} = the_work.{entry}")
    lines += [f"    {line}" for line in ast.unparse(tree).splitlines()]
    return f"\n\ndef test_{number}():\n" + "\n".join(lines) + "\n"


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements of every `check` function, and asserts beside it."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check"):
            yield from (item for item in node.body if not isinstance(item, ast.Pass))
        elif isinstance(node, ast.Assert):
            yield node


def _case(node: ast.stmt, entry: str) -> Case | None:
    match node:
        case ast.Assert(test=ast.Compare(left=ast.Call() as call, ops=[ast.Eq()], comparators=[right])):
            return _literal_case(call, right, entry)
        case _:
            return None


def _literal_case(call: ast.Call, right: ast.expr, entry: str) -> Case | None:
    if not isinstance(call.func, ast.Name) or call.func.id not in (entry, "candidate"):
        return None
    try:
        args = tuple(ast.literal_eval(item) for item in call.args)
        kwargs = {item.arg: ast.literal_eval(item.value) for item in call.keywords if item.arg}
        expect = ast.literal_eval(right)
    except (ValueError, TypeError, MemoryError, SyntaxError):
        return None
    return Case(f"solution:{entry}", args, kwargs, expect)
