"""Every validator by name. A new one is one module with one function and one line here; a new domain one YAML file.

A worked example, texts that must not be longer than their base:

    # frmo/validators/no_longer.py
    def check(subject: Subject) -> Result:
        paths = [path for path in sorted(subject.changed) if subject.has(path)]
        grown = [path for path in paths if len(content(subject.work / path) or b"") > len(content(subject.base / path) or b"")]
        found = [Finding("no_longer", 3, "grown", f"{path} is longer than before", path=path) for path in grown]
        return Result(tuple(found), len(paths))

    # VALIDATORS below:                         "no_longer": "frmo.validators.no_longer:check",
    # protocols/domains/brief.yaml:             levels: {syntax: [protected_paths, writing_syntax], unit: [no_longer]}

What a task or domain file gives a validator (`checks: {no_longer: {…}}`) is read by `frmo.validators.given.Given`. Where no
Python is wanted, a domain's `commands` do: exit code 0 passes.
"""

import importlib
from collections.abc import Callable

from frmo.errors import Fault, InputError
from frmo.validators.subject import Result, Subject

Check = Callable[[Subject], Result]

VALIDATORS = {
    "protected_paths": "frmo.validators.protected_paths:check",
    "python_syntax": "frmo.validators.python_syntax:check",
    "python_static": "frmo.validators.python_static:check",
    "python_tests": "frmo.validators.python_tests:check",
    "python_cases": "frmo.validators.python_cases:check",
    "python_properties": "frmo.validators.python_properties:check",
    "python_mutants": "frmo.validators.python_mutants:check",
    "commands": "frmo.validators.commands:check",
    "writing_syntax": "frmo.validators.writing_syntax:check",
    "writing_rules": "frmo.validators.writing_rules:check",
    "sql_syntax": "frmo.validators.sql_static:check_syntax",
    "sql_static": "frmo.validators.sql_static:check",
    "sql_result": "frmo.validators.sql_result:check",
    "shell_syntax": "frmo.validators.shell_syntax:check",
    "shell_effects": "frmo.validators.shell_effects:check",
    "project_checks": "frmo.validators.project_checks:check",
    "data_syntax": "frmo.validators.data_syntax:check",
    "data_schema": "frmo.validators.data_schema:check",
    "data_rules": "frmo.validators.data_rules:check",
}


def find(name: str) -> Check:
    """The function of a validator. Raises InputError for a name that nobody has."""
    if name not in VALIDATORS:
        known = ", ".join(sorted(VALIDATORS))
        raise InputError([Fault("validators", f"no validator {name!r}", hint=f"there are {known}")])
    module, _, function = VALIDATORS[name].partition(":")
    check: Check = getattr(importlib.import_module(module), function)
    return check
