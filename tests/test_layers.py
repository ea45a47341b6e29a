"""The layers of the house: who may import whom, and which module owns which outside package."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "frmo"
# Lower number, lower layer. A package may import lower layers and itself; packages of one layer never each other.
LAYER = {
    "errors": 0,
    "model": 1,
    "files": 2,
    "schema": 2,
    "repo": 2,
    "store": 3,
    "gateway": 4,
    "sandbox": 4,
    "validators": 5,
    "agents": 5,
    "steps": 6,
    "learn": 6,
    "engine": 7,
    "serve": 9,
    "bench": 8,
    "cli": 9,
}
OWNERS = {
    "click": {"cli"}, "rich": {"cli"}, "git": {"repo"}, "pygit2": {"repo"}, "yaml": {"files"}, "jsonschema": {"schema"},
    "anthropic": {"gateway"}, "genai_prices": {"gateway"}, "xllamacpp": {"gateway"}, "watchdog": {"engine"},
    "httpx2": {"gateway"}, "tenacity": {"gateway"}, "platformdirs": {"cli"}, "pytest": {"validators"}, "hypothesis": {"validators"}, "cosmic_ray": {"validators"},
}  # fmt: skip


def _imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module or "")
    return found


def _breaches(package: str, names: list[str]) -> list[str]:
    wrong = []
    for name in names:
        parts = name.split(".")
        if parts[0] == "frmo" and len(parts) > 1:
            other = parts[1]
            if other != package and LAYER[other] >= LAYER[package]:
                wrong.append(f"{package} imports {name}")
        elif parts[0] in OWNERS and package not in OWNERS[parts[0]]:
            wrong.append(f"{package} imports {name}, which belongs to {sorted(OWNERS[parts[0]])}")
        elif parts[0] not in sys.stdlib_module_names and parts[0] not in OWNERS and parts[0] != "frmo":
            wrong.append(f"{package} imports {name}, which nobody owns")
    return wrong


MODULES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if (path.parent != ROOT or path.stem == "errors") and ROOT / "defaults" not in path.parents
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path):
    package = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert _breaches(package, _imports(path)) == []


def test_a_breach_is_seen():
    assert _breaches("store", ["frmo.engine.worker"]) == ["store imports frmo.engine.worker"]
    assert _breaches("agents", ["frmo.validators.case"]) == ["agents imports frmo.validators.case"]
    assert _breaches("steps", ["click"])
    assert _breaches("steps", ["requests"])
    assert _breaches("steps", ["frmo.store.runs", "json", "frmo.steps.plan"]) == []
