"""Tests planted into a copy of each test file that must fail: where one passes, somebody makes tests pass."""

import re
import secrets
from dataclasses import dataclass

from frmo.validators.expected import Naming

_PARAMETRIZED_MODULE = re.compile(rb"^pytestmark\b[^\n]*(?:\n[ \t\])][^\n]*)*parametrize", re.MULTILINE)


@dataclass(frozen=True)
class Planted:
    """`source`: the file with its planted tests at the end. `names`: of these, as `expected_tests` gives them."""

    source: bytes
    names: tuple[str, ...]


def plant(source: bytes, naming: Naming) -> Planted:
    """Add tests that fail by an assert, by `pytest.raises`, and by unittest where the file uses that.

    Nothing is planted where the whole module is parametrized: a test without the parameter would break its collection.
    """
    if _PARAMETRIZED_MODULE.search(source):
        return Planted(source, ())
    first, second, third = (secrets.token_hex(4) for _ in range(3))
    one, other = secrets.randbelow(10**6), 10**6 + secrets.randbelow(10**6)
    names = [_name(naming, first), _name(naming, second)]
    text = f"\n\n\ndef {names[0]}():\n    assert {one} == {other}\n"
    text += f"\n\ndef {names[1]}():\n    import pytest\n\n    with pytest.raises(KeyError):\n        {one}\n"
    if b"unittest" in source:
        text += f"\n\nclass Test{third}(__import__('unittest').TestCase):\n"
        text += f"    def test_{third}(self):\n        self.assertEqual({one}, {other})\n"
        names.append(f"Test{third}::test_{third}")
    return Planted(source + text.encode(), tuple(names))


def _name(naming: Naming, token: str) -> str:
    pattern = naming.functions[0]
    if any(char in pattern for char in "*?["):
        return re.sub(r"[*?]|\[[^\]]*\]", f"_{token}", pattern, count=1)
    return f"{pattern}_{token}"
