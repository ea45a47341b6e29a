"""What an answer may be, by the contract that is known of a function, and by a reference. Pure."""

import math

from frmo.validators.caller import Answer
from frmo.validators.function_examples import Target
from frmo.validators.values import Value, shown

# Raised by mistake, unless the docstring names them; ValueError and its like are how input is refused.
CRASHES = frozenset({
    "IndexError", "KeyError", "AttributeError", "NameError", "UnboundLocalError", "TypeError", "ZeroDivisionError",
    "RecursionError", "MemoryError", "SystemExit",
})  # fmt: skip
_ENDS = {"late": ("hang", "took too long"), "died": ("died", "ended the process")}


def against_contract(target: Target, answer: Answer) -> tuple[str, str] | None:
    """No crash, no hang, no end of the process, no result of another type than is shown or annotated."""
    if answer.kind in _ENDS:
        return _ENDS[answer.kind]
    if answer.kind == "raised":
        name = answer.raised[0]
        by_mistake = name in CRASHES and not set(answer.raised) & target.raises and answer.phase == "call"
        return ("crash", f"raises {name}: {_first(answer.text)}") if by_mistake else None
    if answer.kind == "value" and (wanted := result_kinds(target)) and (kind := kind_of(answer.value)) not in wanted:
        return (
            "type",
            f"gives {shown(answer.value, 80)}, of type {kind}, where others give {' or '.join(sorted(wanted))}",
        )
    return None


def against_reference(mine: Answer, theirs: Answer) -> tuple[str, str] | None:
    """The same value; where the reference raises, hangs or is unclear, anything goes."""
    if theirs.kind != "value" or mine.kind == "unclear":
        return None
    if mine.kind in _ENDS:
        return _ENDS[mine.kind]
    if mine.kind == "raised":
        return "crash", f"raises {mine.raised[0]}: {_first(mine.text)}, the reference gives {shown(theirs.value, 80)}"
    if alike(theirs.value, mine.value):
        return None
    return "differs", f"gives {shown(mine.value, 80)}, the reference gives {shown(theirs.value, 80)}"


def alike(one: Value, other: Value) -> bool:
    """Equal, floats to nine digits."""
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    return bool(one == other)


def kind_of(value: Value) -> str:
    """The kind of a result; numbers are one kind, lists and tuples too, and so are True and 1."""
    if value is None:
        return "None"
    if isinstance(value, bool | int | float):
        return "number"
    return {"tuple": "list", "frozenset": "set"}.get(type(value).__name__, type(value).__name__)


def result_kinds(target: Target) -> frozenset[str]:
    """Kinds of the results that are shown; empty where there are none, or the annotation leaves it open."""
    if any(word in target.returns for word in ("Optional", "None", "Union", "|", "Any")):
        return frozenset()
    return frozenset(kind_of(item) for example in target.examples for item in example.result)


def _first(text: str) -> str:
    return text.strip().splitlines()[0][:120] if text.strip() else ""
