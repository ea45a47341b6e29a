"""One hardened run of pytest in the sandbox: tests and settings of the base commit, planted failures, sealed records."""

from collections.abc import Mapping
from dataclasses import dataclass

from frmo.errors import Fault, InputError
from frmo.sandbox.program import Mount
from frmo.validators.invocation import Records, import_paths, sealed
from frmo.validators.outcome import Outcome, outcomes
from frmo.validators.planted import plant
from frmo.validators.pytest_settings import PytestSettings
from frmo.validators.selection import Selection, TestFile
from frmo.validators.stage import content, stage
from frmo.validators.subject import Subject

_SHARE = 0.5
_INI = "/frmo/pytest.ini"
# Plugins that load much and that a project's tests name when they use them: word to plugin.
_SELDOM = {"hypothesis": "hypothesispytest", "anyio": "anyio"}


@dataclass(frozen=True)
class PytestRun:
    """`tests`: what became of each test, by node. `planted`: nodes that had to fail. `altered`: files that decide and
    were written to during the run."""

    records: Records
    tests: dict[str, Outcome]
    planted: frozenset[str]
    altered: tuple[str, ...]

    @property
    def own(self) -> dict[str, Outcome]:
        """The project's tests: all but the planted ones."""
        return {node: test for node, test in self.tests.items() if test.function not in self.planted}


def run_tests(subject: Subject, selection: Selection, settings: PytestSettings, *, of_base: bool = False) -> PytestRun:
    """Stage, plant, run, read. Raises InputError where pytest is not installed in the project's interpreter."""
    staged = stage(subject, "tests-base" if of_base else "tests", of_base=of_base)
    planted: set[str] = set()
    for file in selection.files:
        seeded = plant(file.source, settings.naming)
        (staged.root / file.path).write_bytes(seeded.source)
        planted |= {f"{file.path}::{name}" for name in seeded.names}
    ini = subject.scratch / "pytest.ini"
    ini.write_text(settings.text, encoding="utf-8")
    trusted = {path: content(staged.root / path) for path in sorted(staged.from_base) if path.endswith(".py")}
    request = {
        "paths": import_paths(staged.root, settings.import_paths),
        "seconds": max(1.0, subject.limits.seconds * _SHARE),
        "changed": [] if of_base else sorted(set(subject.changed) - staged.from_base),
        "deciding": list(trusted),
        "plain": {file.path: _plain(file) for file in selection.files},
        "args": [*settings.options, *_unused(trusted), *_targets(selection, planted)],
    }
    records = sealed(subject, "tests", request, staged.root, (Mount(ini, _INI),))
    if unusable := records.of("unusable"):
        hint = f"{subject.python.path} -m pip install pytest"
        raise InputError([Fault("environment.python", f"pytest can't be used there: {unusable[0]['text']}", hint=hint)])
    altered = tuple(path for path, source in trusted.items() if content(staged.root / path) != source)
    return PytestRun(records, outcomes(records), frozenset(planted), altered)


def _plain(file: TestFile) -> dict[str, int]:
    """Line of each test that nothing wraps: what runs under its name must be the code of that line."""
    return {item.name: item.line for item in file.expected if item.plain}


def _unused(sources: Mapping[str, bytes | None]) -> list[str]:
    words = b"\n".join(source for source in sources.values() if source)
    return [part for word, name in _SELDOM.items() if word.encode() not in words for part in ("-p", f"no:{name}")]


def _targets(selection: Selection, planted: set[str]) -> list[str]:
    targets: list[str] = []
    for file in selection.files:
        targets += [f"{file.path}::{node}" for node in file.nodes] or [file.path]
        if file.nodes:
            targets += sorted(node for node in planted if node.startswith(f"{file.path}::"))
    return targets
