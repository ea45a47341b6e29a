"""What lies in the cache folder, and which file a model's name means."""

import pytest
from support.weights import CONTENT, FAKE

from frmo.errors import ProviderUnavailable, UsageFault
from frmo.gateway.weights import DEFAULT, known, remove, stored, usable


def test_states(tmp_path):
    path = tmp_path / FAKE.file
    assert stored(FAKE, tmp_path).state == "missing"
    path.write_bytes(CONTENT[:-1])
    assert stored(FAKE, tmp_path).state == "incomplete"
    path.write_bytes(b"X" + CONTENT[1:])
    assert stored(FAKE, tmp_path).state == "ok"
    assert stored(FAKE, tmp_path, verify=True).state == "damaged"
    path.write_bytes(CONTENT)
    assert stored(FAKE, tmp_path, verify=True).state == "ok"
    assert remove(FAKE, tmp_path)
    assert not remove(FAKE, tmp_path)


def test_missing_weights_say_what_to_type(tmp_path):
    with pytest.raises(ProviderUnavailable, match="are missing; run: frmo models fetch smollm2-135m-instruct"):
        usable(DEFAULT.name, tmp_path, {})


def test_any_gguf_file_by_its_path(tmp_path):
    path = tmp_path / "own.gguf"
    with pytest.raises(ProviderUnavailable, match="no such file"):
        usable(str(path), tmp_path, {})
    path.write_bytes(b"GGUF")
    assert usable(str(path), tmp_path, {}) == path
    assert usable("~/own.gguf", tmp_path, {"HOME": str(tmp_path)}) == path
    with pytest.raises(ProviderUnavailable, match="give the whole path"):
        usable("own.gguf", tmp_path, {})


def test_unknown_names_list_the_known_ones(tmp_path):
    with pytest.raises(ProviderUnavailable, match="smollm2-135m-instruct"):
        usable("gpt", tmp_path, {})
    with pytest.raises(UsageFault, match="smollm2-135m-instruct"):
        known("gpt")
