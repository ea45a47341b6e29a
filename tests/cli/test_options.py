"""The shared options."""

from pathlib import Path

import click
from click.testing import CliRunner

from frmo.cli.options import common_options


@click.command()
@common_options
def show(directory, as_json, quiet, verbose):
    click.echo(repr((directory, as_json, quiet, verbose)))


def test_defaults():
    assert CliRunner().invoke(show, []).output == f"{(Path(), False, False, False)!r}\n"


def test_all_given(tmp_path):
    result = CliRunner().invoke(show, ["-C", str(tmp_path), "--json", "-q", "-v"])
    assert result.output == f"{(tmp_path, True, True, True)!r}\n"


def test_a_folder_that_is_not_there_is_bad_usage(tmp_path):
    assert CliRunner().invoke(show, ["-C", str(tmp_path / "no")]).exit_code == 2
