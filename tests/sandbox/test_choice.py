import os

import pytest

from frmo.errors import SandboxUnavailable, UsageFault
from frmo.sandbox.choice import choose

PATH = os.environ["PATH"]


@pytest.mark.sandbox
def test_full_unless_something_else_is_said():
    assert choose({"PATH": PATH}).level == "full"


def test_the_environment_wins_over_the_users_configuration():
    assert choose({"PATH": PATH, "FRMO_SANDBOX": "none"}, "full").level == "none"
    assert choose({"PATH": PATH}, "none").level == "none"


def test_an_unknown_level_is_refused():
    with pytest.raises(UsageFault, match="full, container, none"):
        choose({"FRMO_SANDBOX": "off"})


def test_nothing_weaker_is_taken_when_full_is_not_there(tmp_path):
    with pytest.raises(SandboxUnavailable):
        choose({"PATH": str(tmp_path)})


def test_a_container_needs_an_engine(tmp_path):
    with pytest.raises(SandboxUnavailable, match="neither docker nor podman"):
        choose({"PATH": str(tmp_path), "FRMO_SANDBOX": "container"})


def engine(folder, answer):
    (folder / "podman").write_text(f"#!/bin/sh\n{answer}\n")
    (folder / "podman").chmod(0o755)
    return {"PATH": str(folder), "FRMO_SANDBOX": "container"}


def test_an_engine_without_the_image_says_what_to_pull(tmp_path):
    env = engine(tmp_path, "echo 'no such image' >&2; exit 1")
    with pytest.raises(SandboxUnavailable, match=r"podman pull docker.io/library/python"):
        choose(env)


def test_an_engine_with_the_image_is_taken(tmp_path):
    env = engine(tmp_path, 'echo "[{}]"')
    assert choose(env).level == "container"
    with pytest.raises(SandboxUnavailable, match="not the name of a container image"):
        choose({**env, "FRMO_SANDBOX_IMAGE": "--privileged"})
