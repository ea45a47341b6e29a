"""Only regular files within the cap are read; nothing else is opened."""

import os
import socket

import pytest

from frmo.errors import InputError
from frmo.files.reading import read


def refusal(path, **kwargs):
    with pytest.raises(InputError) as caught:
        read(path, "name", **kwargs)
    return str(caught.value)


def test_a_regular_file_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    assert read(tmp_path / "a", "name") == b"x"


def test_pipes_folders_sockets_devices_and_missing_files_are_refused_at_once(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "name: is a named pipe, not a regular file"
    assert "is a folder" in refusal(tmp_path)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert "is a socket" in refusal(tmp_path / "socket")
    assert "is a device" in refusal(tmp_path.joinpath("/dev/zero"))
    assert refusal(tmp_path / "no") == "name: is not there"


def test_a_large_file_is_refused_by_its_size(tmp_path):
    with (tmp_path / "big").open("wb") as file:
        file.truncate(100 << 20)
    assert refusal(tmp_path / "big").startswith("name: is larger than 1048576 bytes")
    assert refusal(tmp_path / "big", cap=10).startswith("name: is larger than 10 bytes")


def test_links_are_followed_only_inside_the_folder(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret").write_text("s")
    (inside / "a").write_text("x")
    (inside / "good").symlink_to("a")
    (inside / "out").symlink_to(tmp_path / "secret")
    (inside / "loop").symlink_to("loop")
    (inside / "gone").symlink_to("nothing")
    assert read(inside / "good", "name", within=inside) == b"x"
    assert "is a link, which is not followed" in refusal(inside / "good")
    assert "is a link out of the folder" in refusal(inside / "out", within=inside)
    assert refusal(inside / "gone", within=inside) == "name: is not there"
    assert "name: " in refusal(inside / "loop", within=inside)
