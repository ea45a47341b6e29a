"""What a model is told."""

from frmo.agents.inside.prompt import request_for

BRIEF = {
    "text": "You write Python.",
    "items": [],
    "sections": ["task", "files", "current", "plan", "errors"],
    "task": {"title": "Add add(a, b)", "description": "Sum of both.", "files": ["calc.py"]},
    "current": {"calc.py": "X = 1\n"},
    "context": {},
    "plan": [{"action": "python.function.write", "target": "calc.py", "choice": "write add"}],
    "errors": ["calc.py:1: F821 undefined name 'y'"],
    "settings": {"max_tokens": 100, "temperature": 0.0, "seed": 1},
    "contract": {"stop": ["END"]},
    "context_chars": None,
}


def test_sections_come_in_the_protocols_order():
    request = request_for(BRIEF)
    text = request["messages"][-1]["content"]
    places = [
        text.index(part) for part in ("Add add(a, b)", "Files you may change: calc.py", "X = 1", "1. python", "F821")
    ]
    assert places == sorted(places)
    assert request["system"] == "You write Python."
    assert (request["stop"], request["max_tokens"], request["seed"]) == (["END"], 100, 1)


def test_only_the_asked_sections():
    assert request_for({**BRIEF, "sections": ["task"]})["messages"][-1]["content"] == "Add add(a, b)\n\nSum of both."


def test_items_become_instructions_and_turns():
    items = [
        {"kind": "instruction", "text": "Import what you use.\n", "contract": {}},
        {"kind": "example", "text": "", "contract": {"question": "Q", "answer": "A"}},
    ]
    request = request_for({**BRIEF, "items": items})
    assert request["system"].endswith("Heed:\n- Import what you use.")
    assert [turn["role"] for turn in request["messages"]] == ["user", "assistant", "user"]


def test_a_short_context_drops_whole_sections_but_never_the_task():
    brief = {**BRIEF, "current": {"calc.py": "y" * 5000}, "context_chars": 200}
    text = request_for(brief)["messages"][-1]["content"]
    assert "Add add" in text
    assert "yyyy" not in text
    assert "F821" in text
