import gzip
import io
import json
import tarfile

import pytest

from frmo.bench.validate import measure
from frmo.errors import UsageFault

pytestmark = pytest.mark.sandbox

TASK = {
    "task": "T/1",
    "entry": "double",
    "prompt": "",
    "base": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 6\n\ndef test_check():\n    check(double)\n",
    "et": "",
}


def solution(number, code, truth):
    return {
        "id": str(number),
        "task": "T/1",
        "code": code,
        "truth": truth,
        "entry_point": "double",
        "visible_tests": ["assert double(1) == 3"],
    }


def lines(folder, name, rows):
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(row) for row in rows) + "\n")


def values(folder):
    said = []
    report = measure(said.append, folder)
    return {row.name: row.value for row in report.rows}, said


def test_detection(tmp_path):
    lines(tmp_path, "tasks_mbpp", [TASK])
    rows = [
        solution(1, "def double(x):\n    return 2 * x\n", "right"),
        solution(2, "def double(x):\n    return x + x\n", "right"),
        solution(3, "def double(x):\n    return x * x\n", "wrong"),
        solution(4, "def double(x:\n", "syntax"),
        solution(5, "def double(x):\n    return 2 * x if x != 7 else [][x]\n", "silent"),
    ]
    lines(tmp_path, "detect_mbpp", rows)
    found, _ = values(tmp_path)
    assert found["MBPP: refused of 2 right"] == 0
    assert found["MBPP: recall on 2 wrong"] == 1
    # What is asserted against every right solution contradicts the labels, and is left out.
    assert found["  assertions that contradict the labels, left out"] == 1
    assert found["  silent: not refused"] == 1
    assert found["MBPP, level 5 without a reference, near: right refused of 2"] == 0


def test_hand_broken_solutions(tmp_path):
    row = {
        "task_id": "P/1", "prompt": "def double(x: int) -> int:\n", "canonical_solution": "    return 2 * x\n",
        "buggy_solution": "    return 2 + x\n", "entry_point": "double", "test": "def check(double):\n    assert double(3) == 6\n",
    }  # fmt: skip
    lines(tmp_path, "tasks_humanevalpack", [row])
    found, _ = values(tmp_path)
    assert found["HumanEvalPack with tests: refused of 1 broken"] == 1
    assert found["HumanEvalPack, reference, level 5 alone: refused of 1 broken"] == 1
    assert found["HumanEvalPack, reference, level 5 alone: refused of 1 right"] == 0
    assert any(name.startswith("HumanEvalPack: ") and "mutants" in name for name in found)


def test_writing(tmp_path):
    lines(
        tmp_path,
        "tasks_ifeval_en",
        [{"prompt": "p", "instruction_id_list": ["en:punctuation:no_comma"], "kwargs": [{}]}],
    )
    responses = [
        {"prompt": "p", "response": text, "follow_list": [good]} for text, good in (("a b", True), ("a, b", False))
    ]
    lines(tmp_path, "responses_ifeval_en_qwen_mistral", responses)
    found, _ = values(tmp_path)
    assert found["IFEval: agreement on 2 instructions"] == 1


def test_calls(tmp_path):
    answer = {"id": "1", "ground_truth": [{"area": {"base": [10], "unit": ["m", ""], "more": [{"a": [1, 2]}]}}]}
    with tarfile.open(tmp_path / "tasks_bfcl.tar.gz", "w:gz") as archive:
        for name in ("simple_python", "multiple"):
            raw = json.dumps(answer).encode()
            info = tarfile.TarInfo(f"possible_answer/BFCL_v4_{name}.json")
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    found, _ = values(tmp_path)
    assert found["BFCL: accepted of 2 gold calls"] == 1
    assert found["BFCL: refused of 12 wrong calls"] == 1


def test_a_folder_is_needed(tmp_path):
    with pytest.raises(UsageFault, match="--data FOLDER"):
        measure(lambda text: None)
    with pytest.raises(UsageFault, match="holds no recorded work"):
        measure(lambda text: None, tmp_path)
