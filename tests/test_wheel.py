"""What lands in the wheel: the seed, the schemas and the demo, which ignore rules could silently drop."""

import subprocess
import sys
import zipfile
from pathlib import Path

from frmo.schema.check import kinds
from frmo.store.seed import seed_files

ROOT = Path(__file__).parent.parent


def test_seed_schemas_and_demo_land_in_the_wheel(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    defaults = [
        path for path in (ROOT / "frmo" / "defaults").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {path.relative_to(ROOT).as_posix() for path in defaults} <= names
    assert {f"frmo/defaults/{path}" for path in seed_files()} <= names
    assert {f"frmo/schemas/{kind}.schema.json" for kind in kinds()} <= names
