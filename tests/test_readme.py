"""The README keeps its word: every command it names exists with its options, and its task file is valid."""

import re
import shlex
from pathlib import Path

import click
import pytest

from frmo.cli.main import VERBS, group
from frmo.files import yaml_file
from frmo.schema.check import faults

TEXT = (Path(__file__).parent.parent / "README.md").read_text()
CODE = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.S)
COMMANDS = sorted(
    {
        line.split("#")[0].strip()
        for kind, body in CODE
        if kind == "sh"
        for line in body.splitlines()
        if line.startswith("frmo ")
    }
    | set(re.findall(r"`(frmo [a-z][^`]*)`", TEXT))
)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_named_command_exists_with_its_options(line):
    _, verb, *words = shlex.split(line.replace("KIND", "local"))
    assert verb in VERBS
    command = group.get_command(click.Context(group), verb)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    if isinstance(command, click.Group):
        return
    assert {word for word in words if word.startswith("-")} <= known


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 10


def test_its_task_file_is_valid():
    (example,) = [body for kind, body in CODE if kind == "yaml"]
    assert faults("task", yaml_file.load(example.encode(), "README.md"), "README.md") == []


def test_the_second_command_is_what_ci_runs():
    ci = (Path(__file__).parent.parent / ".ci" / "run").read_text()
    assert ".venv/bin/pytest\n" in TEXT
    assert '"$venv/bin/pytest"\n' in ci
