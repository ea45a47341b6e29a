"""The tools of an agent that works in its worktree, in the field's usual shapes, and one call of one of them."""

from __future__ import annotations

from frmo.agents.inside.editor import Misuse, edit
from frmo.agents.inside.shell import DEFAULT_S, run_command

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any

MAX_COMMAND_S = 600.0
_TEXT = {"type": "string"}
TOOLS: list[dict[str, Any]] = [
    {
        "name": "bash",
        "description": (
            "Run one command with bash in the repository's folder. Each call is a fresh shell, and everything it started "
            "is ended when it returns. There is no network and no git."
        ),
        "input_schema": {
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "The command line."},
                "timeout_s": {"type": "number", "description": f"Seconds it may take; default {DEFAULT_S:g}."},
            },
            "required": ["command"],
        },
    },
    {
        "name": "str_replace_based_edit_tool",
        "description": (
            "View, create and edit files. `view`: a file with line numbers, or a folder. `create`: the whole new content. "
            "`str_replace`: old_str, which must be in the file exactly once, becomes new_str. `insert`: insert_text "
            "after line insert_line (0: at the beginning)."
        ),
        "input_schema": {
            "type": "object",
            "properties": {
                "command": {"type": "string", "enum": ["view", "create", "str_replace", "insert"]},
                "path": {"type": "string", "description": "Path in the repository."},
                "file_text": _TEXT,
                "old_str": _TEXT,
                "new_str": _TEXT,
                "insert_line": {"type": "integer"},
                "insert_text": _TEXT,
                "view_range": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            },
            "required": ["command", "path"],
        },
    },
]


def tool_result(block: dict[str, Any], root: str) -> dict[str, Any]:
    """The `tool_result` block for one `tool_use` block, whose input fits its schema."""
    call = block["input"]
    try:
        if block["name"] == "bash":
            timeout_s = min(MAX_COMMAND_S, max(0.1, float(call.get("timeout_s", DEFAULT_S))))
            text, well = run_command(call["command"], root, timeout_s)
        elif block["name"] == "str_replace_based_edit_tool":
            text, well = edit(call, root), True
        else:
            text, well = f"there is no tool {block['name']!r}", False
    except Misuse as error:
        text, well = str(error), False
    result = {"type": "tool_result", "tool_use_id": block["id"], "content": text}
    return result if well else {**result, "is_error": True}
