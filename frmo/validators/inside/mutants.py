"""Makes mutants of Python files with Cosmic Ray's operators: `{files: {path: {source, lines}}, most}` on stdin.

Answers a list of `{path, line, operator, source}`, spread over the lines. Nothing of the files is run.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

# Of two hundred operators those that make slips people make; the others mostly make code that can't work at all.
_PAIRS = {
    "ReplaceBinaryOperator": ("Add_Sub", "Sub_Add", "Mul_Add", "Mul_FloorDiv", "Div_Mul", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul"),
    "ReplaceComparisonOperator": (
        "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Is_IsNot", "IsNot_Is",
    ),
    "ReplaceUnaryOperator": ("USub_UAdd", "Delete_Not"),
}  # fmt: skip
_SINGLE = (
    "AddNot", "NumberReplacer", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop", "ExceptionReplacer",
)  # fmt: skip


def main() -> None:
    """Find every place, choose, then make the chosen ones."""
    request = json.load(sys.stdin)
    places = [place for path, file in request["files"].items() for place in found(path, file)]
    mutants = [made(place, request["files"][place["path"]]["source"]) for place in chosen(places, request["most"])]
    print(json.dumps([mutant for mutant in mutants if mutant]))  # noqa: T201  stdout is how it answers


def operators() -> list[str]:
    """Names of the operators used, as far as this version has them."""
    wanted = [f"core/{name}" for name in _SINGLE]
    wanted += [f"core/{kind}_{pair}" for kind, pairs in _PAIRS.items() for pair in pairs]
    known = set(cosmic_ray.plugins.operator_names())
    return [name for name in wanted if name in known]


def found(path: str, file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every place of a file where an operator can do something, on the lines that count."""
    tree = get_ast(file["source"])
    lines = set(file["lines"])
    for name in operators():
        operator = cosmic_ray.plugins.get_operator(name)()
        occurrence = 0
        for node in ast_nodes(tree):
            for start, _ in operator.mutation_positions(node):
                if start[0] in lines:
                    yield {"path": path, "line": start[0], "operator": name, "occurrence": occurrence}
                occurrence += 1


def chosen(places: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most `most`, line after line in turn, the same ones each time."""
    by_line: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for place in sorted(places, key=lambda item: hashlib.sha256(json.dumps(item).encode()).hexdigest()):
        by_line.setdefault((place["path"], place["line"]), []).append(place)
    picked: list[dict[str, Any]] = []
    rows = [by_line[key] for key in sorted(by_line)]
    for turn in range(max(map(len, rows), default=0)):
        picked += [row[turn] for row in rows if turn < len(row)]
    return picked[:most]


def made(place: dict[str, Any], source: str) -> dict[str, Any] | None:
    """The mutant, or None where nothing changed."""
    operator = cosmic_ray.plugins.get_operator(place["operator"])()
    mutated = mutate_code(source, operator, place["occurrence"])
    if mutated is None or mutated == source:
        return None
    return {
        "path": place["path"],
        "line": place["line"],
        "operator": place["operator"].partition("/")[2],
        "source": mutated,
    }


if __name__ == "__main__":
    main()
