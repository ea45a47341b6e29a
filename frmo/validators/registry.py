"""Every validator by name. A new one is one module with one function `check(subject) -> Result` and one line here."""

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
