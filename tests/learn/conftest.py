import shutil

import pytest
from support.cli import frmo
from support.learning import past
from support.project import make_repository


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A workspace with a past in which talk after the code recurs; made once, copied per test."""
    folder = make_repository(tmp_path_factory.mktemp("template") / "repo")
    said = frmo("init", at=folder)
    assert said.code == 0, said.err
    past(folder)
    return folder


@pytest.fixture
def workspace(template, tmp_path):
    folder = tmp_path / "repo"
    shutil.copytree(template, folder, symlinks=True)
    return folder
