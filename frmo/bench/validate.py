"""`frmo bench validate`: what the validators find and what they refuse wrongly, on recorded work of real models."""

from collections.abc import Callable, Iterator
from pathlib import Path

from frmo.bench.broken import broken_rows
from frmo.bench.calls import call_rows
from frmo.bench.detection import detection_rows, property_rows
from frmo.bench.queries import query_rows
from frmo.bench.report import Report, Row
from frmo.bench.writing import writing_rows
from frmo.errors import UsageFault

SAMPLE = 600
PROPERTY_SAMPLE = 150
MUTANT_SAMPLE = 40
CALL_SAMPLE = 200
SEED = 7

Progress = Callable[[str], None]


def measure(progress: Progress, data: Path | None = None, sample: int | None = SAMPLE, seed: int = SEED) -> Report:
    """All figures on the recorded work in `data`; the same seed takes the same sample (None: everything).

    Raises UsageFault without a folder.
    """
    if data is None:
        raise UsageFault("frmo bench validate needs recorded work: frmo bench validate --data FOLDER")
    found = list(_rows(data, progress, sample, seed))
    if not found:
        raise UsageFault(f"{data} holds no recorded work that this measurement knows")
    return Report(tuple(found), f"frmo bench validate --data {data}")


def _rows(data: Path, progress: Progress, sample: int | None, seed: int) -> Iterator[Row]:
    if (data / "detect_mbpp.jsonl.gz").is_file():
        yield from detection_rows(data, progress, sample, seed)
        yield from property_rows(data, progress, PROPERTY_SAMPLE, seed)
    if (data / "tasks_humanevalpack.jsonl.gz").is_file():
        yield from broken_rows(data, progress, MUTANT_SAMPLE)
    if (data / "tasks_ifeval_en.jsonl.gz").is_file():
        yield from writing_rows(data, progress)
    if (data / "tasks_bfcl.tar.gz").is_file():
        yield from call_rows(data, progress, CALL_SAMPLE)
    if (data / "tasks_sql.jsonl.gz").is_file():
        yield from query_rows(data, progress, seed)
