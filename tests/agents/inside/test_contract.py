"""Replies of real and odd models, and what the contract makes of them."""

import pytest

from frmo.agents.inside.contract import UnusableReply, read_reply


def brief(*files):
    return {"task": {"files": list(files)}}


def contract(**changes):
    return {"format": "files", "cut": "block", "stop": [], "imports": [], **changes}


FENCE = "```"
CODE = contract(format="code")


@pytest.mark.parametrize(
    ("head", "path"),
    [
        (f"{FENCE}python path=text/slug.py", "text/slug.py"),
        (f'{FENCE}python title="text/slug.py"', "text/slug.py"),
        (f"{FENCE}text/slug.py", "text/slug.py"),
        (f"**text/slug.py**\n{FENCE}python", "text/slug.py"),
        (f"### `text/slug.py`:\n\n{FENCE}python", "text/slug.py"),
        (f"File: slug.py\n{FENCE}", "slug.py"),
    ],
)
def test_a_block_names_its_file(head, path):
    reply = f"Here you are.\n\n{head}\nx = 1\n{FENCE}\nDone."
    assert read_reply(reply, contract(), brief("a.py", "b.py")) == {"files": {path: "x = 1\n"}}


def test_several_files_and_tildes():
    reply = f"a.py\n{FENCE}python\nA = 1\n{FENCE}\n\nb.md\n~~~\n{FENCE}\ninner\n{FENCE}\n~~~\n"
    assert read_reply(reply, contract(), brief()) == {
        "files": {"a.py": "A = 1\n", "b.md": f"{FENCE}\ninner\n{FENCE}\n"}
    }


def test_one_nameless_block_is_the_one_file():
    assert read_reply(f"{FENCE}\nA = 1\n{FENCE}", contract(), brief("a.py")) == {"files": {"a.py": "A = 1\n"}}


@pytest.mark.parametrize(
    ("reply", "shape", "code"),
    [
        ("  \n", contract(), "empty-reply"),
        ("just talk", contract(), "no-code-block"),
        (f"{FENCE}\nA\n{FENCE}", contract(), "no-path"),
        ("just talk", CODE, "no-code-block"),
        ("no object here {", contract(format="json"), "no-json"),
    ],
)
def test_an_unusable_reply_has_a_code(reply, shape, code):
    targets = ("a.py",) if shape is CODE else ("a.py", "b.py")
    with pytest.raises(UnusableReply) as error:
        read_reply(reply, shape, brief(*targets))
    assert error.value.code == code


def test_code_needs_exactly_one_file():
    with pytest.raises(UnusableReply, match="exactly one file"):
        read_reply(f"{FENCE}\nA\n{FENCE}", CODE, brief("*.py"))


def test_a_block_cut_by_the_stop_sequence_is_whole():
    assert read_reply(f"Sure:\n\n{FENCE}python\ndef f():\n    return 1", CODE, brief("a.py")) == {
        "files": {"a.py": "def f():\n    return 1\n"}
    }


def test_definitions_drop_talk_example_usage_and_a_cut_line():
    reply = "import os\n\n@cache\ndef f(x):\n    return x\n\nprint(f(1))\n\ndef g(x):\n    return (x"
    found = read_reply(reply, contract(format="code", cut="definitions"), brief("a.py"))
    assert found == {"files": {"a.py": "import os\n\n@cache\ndef f(x):\n    return x\n"}}


def test_imports_are_supplied_only_when_used_and_unbound():
    shape = contract(format="code", imports=["from typing import List, Dict, Any", "import math"])
    reply = f"{FENCE}python\nfrom typing import Any\ndef f(x: List[int]) -> Any:\n    return math.sqrt(x[0])\n{FENCE}"
    body = read_reply(reply, shape, brief("a.py"))["files"]["a.py"]
    assert body.startswith("from typing import List\nimport math\n\n\nfrom typing import Any\n")


def test_imports_leave_other_files_and_broken_code_alone():
    shape = contract(format="code", imports=["import math"])
    assert read_reply(f"{FENCE}\nmath.x(\n{FENCE}", shape, brief("a.py"))["files"]["a.py"] == "math.x(\n"
    assert read_reply(f"{FENCE}\nmath.x\n{FENCE}", shape, brief("a.js"))["files"]["a.js"] == "math.x\n"


def test_json_is_found_within_talk():
    assert read_reply('Well {x}: {"a": {"b": [1]}} ok', contract(format="json"), brief()) == {"a": {"b": [1]}}
