"""What an agent tells its model: the protocol's text and items, and the sections of the task that it asks for."""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any


CHARS_PER_TOKEN = 3  # low on purpose: code has short tokens, and a cut prompt is worse than a short one


def request_for(brief: dict[str, Any]) -> dict[str, Any]:
    """The completion request of a brief, as plain data in the shape of `CompletionRequest`."""
    settings = brief["settings"]
    return {
        "system": _system(brief),
        "messages": [*_examples(brief), {"role": "user", "content": _fitted(brief)}],
        "max_tokens": settings["max_tokens"],
        "stop": brief["contract"]["stop"],
        "temperature": settings["temperature"],
        "seed": settings["seed"],
        "schema": brief.get("schema"),
        "tools": [],
    }


def _system(brief: dict[str, Any]) -> str:
    lines: list[str] = [item["text"].strip() for item in brief["items"] if item["kind"] == "instruction"]
    heed = "\n".join(f"- {line}" for line in lines)
    text: str = brief["text"].strip()
    return text + (f"\n\nHeed:\n{heed}" if heed else "")


def _examples(brief: dict[str, Any]) -> list[dict[str, str]]:
    """Worked examples as earlier turns: `question` and `answer` of each example item."""
    turns = []
    for item in brief["items"]:
        if item["kind"] == "example":
            turns.append({"role": "user", "content": item["contract"]["question"]})
            turns.append({"role": "assistant", "content": item["contract"]["answer"]})
    return turns


def _fitted(brief: dict[str, Any]) -> str:
    """All sections the protocol asks for, the last ones dropped first when the model's context is too short."""
    room = brief.get("context_chars") or 10**9
    kept: list[str] = []
    for name in brief["sections"]:
        text = SECTIONS[name](brief)
        if text and (not kept or sum(map(len, kept)) + len(text) <= room):
            kept.append(text)
    return "\n\n".join(kept)


def _task(brief: dict[str, Any]) -> str:
    title, description = brief["task"]["title"].strip(), brief["task"]["description"].strip()
    return f"{title}\n\n{description}" if description else title


def _files(brief: dict[str, Any]) -> str:
    return "Files you may change: " + ", ".join(brief["task"]["files"]) if brief["task"]["files"] else ""


def _current(brief: dict[str, Any]) -> str:
    return _shown("As they are now:", brief["current"])


def _context(brief: dict[str, Any]) -> str:
    return _shown("To read, not to change:", brief["context"])


def _shown(title: str, files: dict[str, str]) -> str:
    if not files:
        return ""
    return title + "".join(f"\n\n`{path}`\n```\n{content.rstrip()}\n```" for path, content in sorted(files.items()))


def _plan(brief: dict[str, Any]) -> str:
    lines = [f"{n}. {item['action']} {item['target']}: {item['choice']}" for n, item in enumerate(brief["plan"], 1)]
    return "Plan:\n" + "\n".join(lines) if lines else ""


def _errors(brief: dict[str, Any]) -> str:
    lines = [f"- {error}" for error in brief["errors"]]
    return "Your last attempt failed its checks:\n" + "\n".join(lines) + "\nMend this." if lines else ""


def _aspect(brief: dict[str, Any]) -> str:
    if not brief.get("aspect"):
        return ""
    question = brief.get("question", "")
    return f"Look at one aspect only: {brief['aspect']}." + (f" {question}" if question else "")


def _actions(brief: dict[str, Any]) -> str:
    return "Action items:\n" + "\n".join(f"- {name}" for name in brief["actions"]) if brief.get("actions") else ""


SECTIONS = {
    "aspect": _aspect,
    "task": _task,
    "files": _files,
    "current": _current,
    "context": _context,
    "actions": _actions,
    "plan": _plan,
    "errors": _errors,
}
