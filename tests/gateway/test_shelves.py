"""Recordings in files: written by one run, read by another."""

import gzip
import json

import pytest

from frmo.errors import InputError
from frmo.gateway.shelves import is_recording, recorder, recordings

KEY = "ab" * 32


@pytest.mark.parametrize("name", ["folder", "file.jsonl"])
def test_what_is_recorded_is_read(tmp_path, name):
    place = tmp_path / "deep" / name
    shelf = recorder(place)
    shelf.put(KEY, {"text": "one"})
    shelf.put(KEY, {"text": "two"})
    recorder(place).put(KEY, {"text": "three"})
    assert is_recording(place)
    assert recordings(place).shelf.get(KEY) == {"text": "one"}
    assert recordings(place).shelf.get("cd" * 32) is None


def test_lines_without_a_hash_are_rows_for_tasks(tmp_path):
    place = tmp_path / "rows.jsonl.gz"
    rows = [{"task": "Mbpp/3", "response": "x", "strategy": "CoT"}, {"request": KEY, "text": "y"}]
    place.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    found = recordings(place)
    assert found.rows == (rows[0],)
    assert found.shelf.get(KEY) == {"text": "y"}


@pytest.mark.parametrize("line", ["{", "[]", '{"task": "x"}'])
def test_a_bad_line_is_named(tmp_path, line):
    place = tmp_path / "rows.jsonl"
    place.write_text(json.dumps({"text": "x"}) + "\n" + line)
    with pytest.raises(InputError, match=r"rows\.jsonl:2"):
        recordings(place)


def test_a_script_is_no_recording(tmp_path):
    assert not is_recording(tmp_path / "script.json")
