"""pytest's settings for a judged run: the project's own as the base commit has them, less what would change the judge."""

import configparser
import itertools
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from frmo.errors import Fault, InputError
from frmo.validators.expected import Naming

_SOURCES = (
    ("pytest.toml", "pytest"), (".pytest.toml", "pytest"), ("pytest.ini", "pytest"), (".pytest.ini", "pytest"),
    ("pyproject.toml", "tool.pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"),
)  # fmt: skip
_DROPPED = frozenset(
    {"addopts", "cache_dir", "junit_family", "required_plugins", "minversion", "log_file", "norecursedirs"}
)
_PREFIXES = ("--import-mode", "--asyncio-mode", "--doctest-modules", "--ds=", "--dc=", "--anyio-mode")
_PATHS = "pythonpath"


@dataclass(frozen=True)
class PytestSettings:
    """`ini`: name to value as the file had it. `options`: the part of `addopts` that is kept."""

    ini: Mapping[str, str]
    options: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """An ini file. Where to import from is not in it: pytest would take that relative to the file."""
        lines = ["[pytest]", "addopts ="]
        for name, value in sorted(self.ini.items()):
            if name != _PATHS:
                lines.append(f"{name} =" + "".join(f"\n    {line}" for line in value.splitlines() if line.strip()))
        return "\n".join(lines) + "\n"

    @property
    def import_paths(self) -> tuple[str, ...]:
        """Folders of the project that its modules are imported from."""
        return tuple(shlex.split(self.ini.get(_PATHS, "")))

    @property
    def naming(self) -> Naming:
        """How tests are named."""
        functions = tuple(self.ini.get("python_functions", "").split()) or Naming().functions
        return Naming(functions, tuple(self.ini.get("python_classes", "").split()) or Naming().classes)

    @property
    def file_patterns(self) -> tuple[str, ...]:
        """Globs of test files."""
        return tuple(self.ini.get("python_files", "").split()) or ("test_*.py", "*_test.py")

    @property
    def test_paths(self) -> tuple[str, ...]:
        """Where the project keeps its tests; empty: anywhere."""
        return tuple(self.ini.get("testpaths", "").split())


def pytest_settings(base: Path) -> PytestSettings:
    """Settings of the first file that has some, in pytest's order. Raises InputError for one that can't be read."""
    for name, section in _SOURCES:
        path = base / name
        if path.is_file() and (found := _read(path, section)) is not None:
            kept = {key: value for key, value in found.items() if key not in _DROPPED}
            return PytestSettings(kept, _kept_options(found.get("addopts", "")))
    return PytestSettings({})


def _read(path: Path, section: str) -> dict[str, str] | None:
    try:
        if path.suffix == ".toml":
            return _toml(tomllib.loads(path.read_text(encoding="utf-8")), section)
        parser = configparser.RawConfigParser()
        parser.read_string(path.read_text(encoding="utf-8"))
    except (ValueError, configparser.Error) as fault:
        raise InputError([Fault(path.name, f"can't be read: {fault}")]) from fault
    if not parser.has_section(section):
        return {} if path.name in ("pytest.ini", ".pytest.ini") else None
    return dict(parser.items(section))


def _toml(data: object, section: str) -> dict[str, str] | None:
    for part in section.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        return None
    data = data.get("ini_options", data)
    return {key: _flat(value, key) for key, value in data.items()} if isinstance(data, dict) else None


def _flat(value: object, key: str) -> str:
    if isinstance(value, list):
        words = key in ("addopts", _PATHS)
        return "\n".join(shlex.quote(str(item)) if words else str(item) for item in value)
    return str(value)


def _kept_options(options: str) -> tuple[str, ...]:
    """Options that say how to import or which plugin to load; the rest is about reports, selection and speed."""
    words = shlex.split(options, comments=True)
    kept = [word for word in words if word.startswith(_PREFIXES)]
    for first, second in itertools.pairwise(words):
        if (first == "-p" and not second.startswith("no:")) or first == "--import-mode":
            kept += [first, second] if first == "-p" else [second]
    return tuple(kept)
