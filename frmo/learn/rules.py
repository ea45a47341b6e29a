"""The learner that needs no model: a few errors whose remedy is a setting of the output contract. Pure."""

import re
from collections.abc import Sequence

from frmo.learn.draft import Draft, default_scope
from frmo.learn.recurrence import Recurrence
from frmo.model.protocol import Contract

_UNDEFINED = re.compile(r"name ['`](\w+)['`] is not defined|[Uu]ndefined name ['`](\w+)['`]")
_TYPING = (
    "Any", "Callable", "DefaultDict", "Deque", "Dict", "FrozenSet", "Generator", "Iterable", "Iterator", "List", "Mapping",
    "Optional", "Sequence", "Set", "Tuple", "Type", "TypeVar", "Union",
)  # fmt: skip
_COLLECTIONS = ("Counter", "OrderedDict", "defaultdict", "deque", "namedtuple")
_MODULES = (
    "bisect", "collections", "copy", "datetime", "functools", "heapq", "itertools", "json", "math", "operator", "os",
    "random", "re", "string", "sys",
)  # fmt: skip
_SAID_NOT_DONE = frozenset({"no-code-block", "no-path", "empty-reply"})


def ruled(about: Recurrence, contract: Contract) -> Draft | None:
    """What a rule knows against the pattern, given the contract in force; None when none applies."""
    codes = {row.code for row in about.examples}
    exceptions = {row.exception for row in about.examples}
    names = [name for row in about.examples for pair in _UNDEFINED.findall(row.message) for name in pair if name]
    if names and (draft := _imports(about, names, contract)):
        return draft
    if "SyntaxError" in exceptions | codes or codes & _SAID_NOT_DONE:
        return _cut(about, contract)
    return None


def _imports(about: Recurrence, names: Sequence[str], contract: Contract) -> Draft | None:
    """Imports put in front of a reply that uses their names: the whole family, as only used names are taken."""
    lines = []
    if any(name in _TYPING for name in names):
        lines.append(f"from typing import {', '.join(_TYPING)}")
    if any(name in _COLLECTIONS for name in names):
        lines.append(f"from collections import {', '.join(_COLLECTIONS)}")
    lines += [f"import {module}" for module in _MODULES if module in names]
    missing = [line for line in lines if line not in contract.imports]
    if not missing:
        return None
    families = " and ".join(line.split()[1] for line in missing)
    return Draft(
        id=f"imports-{families.replace(' and ', '-')}",
        kind="contract",
        cause=f"The reply uses names of {families} and does not import them.",
        contract={"imports": missing},
        scope=default_scope(about),
    )


def _cut(about: Recurrence, contract: Contract) -> Draft | None:
    """Where the reply is one file's code: keep its whole definitions, and not what was said around them or cut off."""
    if contract.format != "code" or contract.cut == "definitions":
        return None
    return Draft(
        id="cut-to-definitions",
        kind="contract",
        cause="There is talk, or a half line, around the code of the reply.",
        contract={"cut": "definitions"},
        scope=default_scope(about),
    )
