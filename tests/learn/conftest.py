import shutil

import pytest
from support.cli import frmo
from support.learning import FENCED, TALKING, learn, past
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


@pytest.fixture(scope="session")
def won_template(template, tmp_path_factory):
    """The same after a round of learning that merged."""
    folder = tmp_path_factory.mktemp("won") / "repo"
    shutil.copytree(template, folder, symlinks=True)
    said = learn(folder, replies=(TALKING, FENCED))
    assert said.data["happened"][-1]["what"] == "merged", said
    return folder


@pytest.fixture
def won(won_template, tmp_path):
    folder = tmp_path / "repo"
    shutil.copytree(won_template, folder, symlinks=True)
    return folder
