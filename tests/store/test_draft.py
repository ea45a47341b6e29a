"""A drafted task file is valid, also with every comment of it taken at its word."""

import pytest

from frmo.files import yaml_file
from frmo.schema.check import faults
from frmo.store.draft import draft


@pytest.mark.parametrize(
    "title", ["Do it", "Colon: here", "# hash", "- dash", "yes", "12", "ü 'quote' \"two\"", "{x}", "@a"]
)
def test_titles_are_quoted_as_needed(title):
    assert yaml_file.load(draft(title), "t") == {"title": title}


def test_what_is_given_is_filled_in_and_its_comment_gone():
    content = draft("T", description="a\nb", files=["x/*.py"], tests=["t.py"], domain="any", level=4)
    assert yaml_file.load(content, "t") == {
        "title": "T",
        "description": "a\nb\n",
        "domain": "any",
        "files": ["x/*.py"],
        "validation": {"level": 4, "tests": ["t.py"]},
    }
    for field in (b"# domain", b"# files", b"# description", b"# validation", b"#   cases"):
        assert field not in content
    assert b"# priority" in content


def test_the_comments_are_a_valid_task_themselves():
    lines = draft("T").decode().splitlines()
    start = lines.index("# Everything else is optional. What is left out has the default that stands here.")
    uncommented = "title: T\n" + "\n".join(line[2:] for line in lines[start + 1 :]) + "\n"
    document = yaml_file.parse(uncommented.encode(), "t")
    assert document.faults == ()
    assert faults("task", document.data, "t") == []
    assert {"files", "validation", "priority", "budget", "after", "agent", "domain"} <= set(document.data)
