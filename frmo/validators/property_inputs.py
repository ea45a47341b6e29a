"""Inputs like the ones that are shown for a function, and a little beyond: Hypothesis strategies from examples and types.

`width` says how far beyond: 0 keeps what all examples share (not empty, positive, sorted, distinct, as long as another
argument), 1 adds empty and zero, 2 negative numbers and any text.
"""

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from frmo.validators.function_examples import Target
from frmo.validators.values import Value

Strategy = SearchStrategy[Any]
_MANY = 6
_GUESSED = 3
_LITERAL = re.compile(
    r"\[[^\]\[]*(?:\[[^\]]*\][^\]\[]*)*\]|\([^()]*,[^()]*\)|(?<!\w)'[^'\n]*'|\"[^\"\n]*\"|(?<![\w.])-?\d+(?:\.\d+)?"
)
_TEXT = "abcxyzABC019 _-.,"
NEAR, EDGES, WIDE = 0, 1, 2
_COMMON: tuple[Strategy, ...] = (
    st.integers(0, 40), st.text("abcdeAB 12", max_size=8), st.lists(st.integers(-5, 20), max_size=_MANY),
    st.lists(st.text("abcd", min_size=1, max_size=5), max_size=_MANY), st.floats(-10, 40).map(lambda x: round(x, 2)),
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=4), min_size=1, max_size=4),
)  # fmt: skip


def arguments(target: Target, width: int) -> Strategy | None:
    """Tuples of arguments, or None where neither examples nor annotations say what they are."""
    rows = [shown.args for shown in target.examples if len(shown.args) <= len(target.parameters)]
    needed = len(target.parameters) - target.optional
    rows = [row for row in rows if len(row) >= needed]
    if not target.parameters:
        return st.just(())
    if not rows:
        typed = [annotated(text, width) for text in target.annotations[:needed]]
        return st.tuples(*typed) if all(item is not None for item in typed) else None
    length = min(len(row) for row in rows)
    columns = [[row[place] for row in rows] for place in range(length)]
    free = st.tuples(*(shaped(column, width) for column in columns))
    near = st.sampled_from(rows).flatmap(lambda row: _one_changed(row[:length], columns, width))
    return st.one_of(free, near).map(lambda args: related(args, rows) if width < WIDE else args)


def guesses(target: Target) -> Iterator[Strategy]:
    """Arguments of likely kinds, for a function of which nothing is shown: one strategy per combination of kinds."""
    count = len(target.parameters) - target.optional
    kinds = [*(shaped(values, EDGES) for values in literals(target.docstring)), *_COMMON]
    if 0 < count <= _GUESSED:
        yield from (st.tuples(*chosen) for chosen in itertools.product(kinds, repeat=count))


def literals(text: str) -> list[list[Value]]:
    """Lists, tuples, texts and numbers that stand in a text, by kind."""
    found: dict[str, list[Value]] = {}
    for match in _LITERAL.finditer(text):
        try:
            value = ast.literal_eval(match[0])
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        kind = type(value).__name__ + (type(value[0]).__name__ if isinstance(value, list | tuple) and value else "")
        found.setdefault(kind, []).append(value)
    return list(found.values())


def _one_changed(row: tuple[Value, ...], columns: Sequence[list[Value]], width: int) -> Strategy:
    """An example with one argument drawn anew."""

    def changed(place: int) -> Strategy:
        parts = [shaped(columns[place], width) if index == place else st.just(item) for index, item in enumerate(row)]
        return st.tuples(*parts)

    return st.integers(0, len(row) - 1).flatmap(changed)


def related(args: tuple[Value, ...], rows: Sequence[tuple[Value, ...]]) -> tuple[Value, ...]:
    """`args` with what holds between arguments in every example: a number that is a length or within one, equal lengths,
    one number below another."""
    found = list(args)
    for one in range(len(found)):
        for other in range(len(found)):
            pairs = [(row[one], row[other]) for row in rows]
            if one == other or not pairs:
                continue
            if all(_sized(b) and type(a) is int for a, b in pairs):
                found[one] = _within(found[one], found[other], pairs)
                if all(_rows_of(b) for _, b in pairs) and _rows_of(found[other]):
                    inner = [(a, min(b, key=len)) for a, b in pairs]
                    found[one] = _within(found[one], min(found[other], key=len), inner)
            elif one < other and all(
                isinstance(a, list) and isinstance(b, list) and len(a) == len(b) for a, b in pairs
            ):
                size = min(len(found[one]), len(found[other]))
                found[one], found[other] = found[one][:size], found[other][:size]
            elif one < other and len(pairs) > 1 and all(type(a) is type(b) is int and a < b for a, b in pairs):
                found[one], found[other] = sorted((found[one], found[other]))
    return tuple(found)


def _within(number: Value, sized: Value, pairs: Sequence[tuple[Value, Value]]) -> Value:
    if not _sized(sized) or type(number) is not int:
        return number
    size = len(sized)
    if all(a == len(b) for a, b in pairs):
        return size
    if all(a < len(b) for a, b in pairs):
        return max(0, min(number, size - 1))
    return min(number, size) if all(a <= len(b) for a, b in pairs) else number


def _rows_of(value: Value) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(item, list | tuple) for item in value)


def _sized(value: Value) -> bool:
    return isinstance(value, list | tuple | str | dict | set)


def shaped(values: Sequence[Value], width: int) -> Strategy:
    """Values of the kinds, sizes and letters of the given ones."""
    kinds: dict[type, list[Value]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    return st.one_of(*(_of_kind(kind, found, width) for kind, found in kinds.items()))


def _of_kind(kind: type, values: list[Value], width: int) -> Strategy:
    if kind is bool:
        return st.booleans()
    if kind is int:
        return _numbers(values, width)
    if kind is float:
        low, high = min(values), max(values)
        least = _least(low, high, width)
        return st.floats(least, max(high * 2, high + 1, least), allow_nan=False).map(lambda x: round(x, 3))
    if kind is str:
        return _texts(values, width)
    if kind is list:
        return _lists(values, width)
    if kind is tuple:
        return _tuples(values, width)
    if kind in (set, frozenset):
        return st.sets(shaped([item for value in values for item in value] or [1], width), max_size=_largest(values))
    if kind is dict:
        if width < WIDE and len(values[0]) and len({frozenset(value) for value in values}) == 1:
            return st.fixed_dictionaries({key: shaped([value[key] for value in values], width) for key in values[0]})
        keys = [key for value in values for key in value] or ["a"]
        items = [item for value in values for item in value.values()] or [1]
        least = _fewest(values, width)
        return st.dictionaries(shaped(keys, width), shaped(items, width), min_size=least, max_size=_largest(values))
    return st.sampled_from(values)


def _largest(values: Sequence[Any]) -> int:
    return max(map(len, values)) + 3


def _fewest(values: Sequence[Any], width: int) -> int:
    """Items at least: as many as every example has, two at most; beyond near, none."""
    return min(2, *map(len, values)) if width == NEAR else 0


def _least(low: float, high: float, width: int) -> float:
    if width >= WIDE:
        return -max(abs(high), abs(low)) - 1
    if low < 0:
        return low * 1.5 - 1
    return 0 if width == EDGES or low < 1 else 1


def _numbers(values: list[int], width: int) -> Strategy:
    low, high = min(values), max(values)
    return st.one_of(st.integers(int(_least(low, high, width)), high + max(3, abs(high) // 2)), st.sampled_from(values))


def _texts(values: list[str], width: int) -> Strategy:
    """Texts of the letters that are shown and their like; signs stay where they are, since they may be a format."""
    letters = set("".join(values))
    for group in ("abcdefgh", "ABCDEFGH", "0123456789"):
        if letters & set(group):
            letters |= set(group)
    if width >= WIDE:
        letters |= set(_TEXT) | {"\u00e9", "\n"}
    signs = {letter for letter in letters if not letter.isalnum() and letter != " "} if width < WIDE else set()
    plain = sorted(letters - signs) or sorted(letters) or list(_TEXT)
    least = _fewest(values, width)
    edit = st.tuples(st.sampled_from(values), st.integers(0, 40), st.integers(0, 3), st.sampled_from(plain))
    edited = edit.map(lambda part: _edited(*part, least, signs))
    if signs and letters - signs:
        return st.one_of(st.sampled_from(values), edited)
    return st.one_of(st.sampled_from(values), edited, st.text(plain, min_size=least, max_size=_largest(values)))


def _edited(text: str, place: int, how: int, letter: str, least: int, kept: set[str]) -> str:  # noqa: PLR0917  parts of one draw
    """`text` with one letter left out, doubled, replaced or swapped with the next; those of `kept` stay."""
    places = [number for number, char in enumerate(text) if char not in kept]
    if not places:
        return text or letter
    at = places[place % len(places)]
    if how > 2 and text[at + 1 : at + 2] in kept:
        how = 0
    pieces = (text[:at] + text[at + 1 :], text[: at + 1] + text[at:], text[:at] + letter + text[at + 1 :])
    swapped = text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    made = (*pieces, swapped)[how]
    return made if len(made) >= least else text


def _lists(values: list[list[Value]], width: int) -> Strategy:
    items = [item for value in values for item in value]
    if not items:
        return st.just([]) if width < WIDE else st.lists(st.integers(-9, 9), max_size=_MANY)
    least = _fewest(values, width)
    inner = _rows(values, width) if all(isinstance(item, list) for item in items) else None
    free = st.lists(shaped(items, width), min_size=least, max_size=_largest(values)) if inner is None else inner
    made = st.one_of(
        free, st.sampled_from(values).flatmap(st.permutations), st.sampled_from(values).flatmap(_part(least))
    )
    keep = width < WIDE and all(len(value) > 1 for value in values)
    if keep and all(_is_sorted(value) for value in values):
        made = made.map(_sorted)
    if keep and width == NEAR and all(_is_distinct(value) for value in values):
        made = made.map(_distinct)
    return made


def _part(least: int) -> Any:  # noqa: ANN401  a function that makes a strategy
    """A beginning of a list."""

    def part(value: list[Value]) -> Strategy:
        return st.integers(min(least, len(value)), len(value)).map(lambda size: value[:size])

    return part


def _rows(values: list[list[list[Value]]], width: int) -> Strategy | None:
    """Rows of equal length, where every example has such; square ones where every example is square."""
    if width >= WIDE or not all(len({len(row) for row in value}) == 1 for value in values if value):
        return None
    cells = [cell for value in values for row in value for cell in row]
    if not cells:
        return None
    square = all(len(value) == len(value[0]) for value in values if value)
    same = {len(value[0]) for value in values if value}

    def sized(size: int) -> Strategy:
        row = st.lists(shaped(cells, width), min_size=size, max_size=size)
        return st.lists(row, min_size=size if square else 1, max_size=size if square else _largest(values))

    sizes = (
        st.just(same.pop()) if len(same) == 1 and not square else st.integers(min(same) if width == NEAR else 1, _MANY)
    )
    return sizes.flatmap(sized)


def _tuples(values: list[tuple[Value, ...]], width: int) -> Strategy:
    lengths = {len(value) for value in values}
    if len(lengths) == 1 and (len(values) > 1 or len({type(item) for item in values[0]}) > 1) and lengths != {0}:
        return st.tuples(*(shaped([value[place] for value in values], width) for place in range(lengths.pop())))
    return _lists([list(value) for value in values], width).map(tuple)


def _is_sorted(value: list[Value]) -> bool:
    try:
        return value == sorted(value)
    except TypeError:
        return False


def _sorted(value: list[Value]) -> list[Value]:
    try:
        return sorted(value)
    except TypeError:
        return value


def _is_distinct(value: list[Value]) -> bool:
    return len({repr(item) for item in value}) == len(value)


def _distinct(value: list[Value]) -> list[Value]:
    return list({repr(item): item for item in value}.values())


def annotated(text: str, width: int) -> Strategy | None:
    """Values of an annotation, or None for one that isn't understood."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return _annotated(node, width)


def _annotated(node: ast.expr, width: int) -> Strategy | None:
    low = {NEAR: 1, EDGES: 0, WIDE: -20}[width]
    name = ast.unparse(node).rpartition(".")[2] if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    if isinstance(node, ast.Constant) and node.value is None:
        return st.none()
    plain: dict[str, Strategy] = {
        "int": st.integers(low, 40), "float": st.floats(low, 40).map(lambda x: round(x, 2)), "bool": st.booleans(),
        "str": st.text("abcXYZ 019_", min_size=min(max(low, 0), 1), max_size=8),
        "list": st.lists(st.integers(low, 20), min_size=max(low, 0), max_size=_MANY),
        "tuple": st.lists(st.integers(low, 20), min_size=max(low, 0), max_size=_MANY).map(tuple),
        "dict": st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(low, 20), max_size=4),
    }  # fmt: skip
    plain |= {"List": plain["list"], "Tuple": plain["tuple"], "Dict": plain["dict"]}
    if name in plain:
        return plain[name]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either([_annotated(node.left, width), _annotated(node.right, width)])
    return _parametrized(node, width) if isinstance(node, ast.Subscript) else None


def _parametrized(node: ast.Subscript, width: int) -> Strategy | None:
    name = ast.unparse(node.value).rpartition(".")[2].lower()
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    least = 1 if width == NEAR else 0
    if name == "tuple" and isinstance(parts[-1], ast.Constant) and parts[-1].value is ...:
        parts, name = parts[:1], "sequence"
    inner = [_annotated(part, width) for part in parts]
    if name == "optional":
        return _either([*inner, st.none()])
    if name == "union":
        return _either(inner)
    if any(item is None for item in inner):
        return None
    known = [item for item in inner if item is not None]
    if name in ("list", "sequence", "iterable", "collection"):
        return st.lists(known[0], min_size=least, max_size=_MANY)
    if name == "tuple":
        return st.tuples(*known)
    if name in ("set", "frozenset"):
        return st.sets(known[0], min_size=least, max_size=_MANY)
    return st.dictionaries(known[0], known[1], min_size=least, max_size=4) if name in ("dict", "mapping") else None


def _either(parts: Sequence[Strategy | None]) -> Strategy | None:
    known = [part for part in parts if part is not None]
    return st.one_of(*known) if len(known) == len(parts) else None
