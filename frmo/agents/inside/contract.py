"""The output contract: how a model's reply becomes files or JSON. Pure, and the place where most small models fail."""

from __future__ import annotations

import ast
import json
import re

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any

_FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)\n(?P<body>.*?)(?:^(?P=mark)[ \t]*$|\Z)", re.M | re.S
)
_PATH_INFO = re.compile(
    r"""(?:path|file|title|filename)\s*[=:]\s*["']?([^\s"']+)|(?<!\S)([\w.@-]+(?:/[\w.@ -]+)*\.\w+)"""
)
_PATH_LINE = re.compile(r"^\W{0,6}(?:file\s*:?\s*)?[`*\"']*([\w.@-]+(?:/[\w.@-]+)*\.\w+)[`*\"':]*\s*$", re.I)
NO_BLOCK = "the reply holds no fenced block"
_KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


class UnusableReply(Exception):
    """The reply doesn't keep the contract. `code` is stable (it becomes a fingerprint), `excerpt` shows the place."""

    def __init__(self, code: str, message: str, excerpt: str = "") -> None:
        self.code = code
        self.excerpt = excerpt[:400]
        super().__init__(message)


def read_reply(text: str, contract: dict[str, Any], brief: dict[str, Any]) -> dict[str, Any]:
    """`{"files": {path: content}}` for `files` and `code`, the object for `json`, `{"text"}` for `text`."""
    if not text.strip():
        raise UnusableReply("empty-reply", "the reply is empty")
    kind = contract["format"]
    if kind == "json":
        return _json(text)
    if kind == "text":
        return {"text": text}
    files = _code(text, contract, brief) if kind == "code" else _files(text, brief)
    return {"files": {path: _with_imports(path, body, contract["imports"]) for path, body in files.items()}}


def _json(text: str) -> dict[str, Any]:
    """The first JSON object of the reply, wherever it stands."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text, match.start())
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    raise UnusableReply("no-json", "the reply holds no JSON object", text)


def _code(text: str, contract: dict[str, Any], brief: dict[str, Any]) -> dict[str, str]:
    """The reply's code as the content of the task's one file."""
    targets = [path for path in brief["task"]["files"] if not re.search(r"[*?\[]", path)]
    if len(targets) != 1:
        raise UnusableReply("no-single-file", "the contract `code` needs a task with exactly one file")
    body = text
    if contract["cut"] != "none":
        block = _FENCE.search(text)
        if block is None and contract["cut"] == "block":
            raise UnusableReply("no-code-block", NO_BLOCK, text)
        body = block["body"] if block else text
    if contract["cut"] == "definitions":
        body = _definitions(body)
    return {targets[0]: _ended(body)}


def _files(text: str, brief: dict[str, Any]) -> dict[str, str]:
    """Fenced blocks whose info line, or the line above, names a path."""
    found: dict[str, str] = {}
    nameless: list[str] = []
    for block in _FENCE.finditer(text):
        path = _named(block["info"], text[: block.start()])
        if path:
            found[path] = _ended(block["body"])
        else:
            nameless.append(block["body"])
    targets = [path for path in brief["task"]["files"] if not re.search(r"[*?\[]", path)]
    if not found and len(targets) == 1 and len(nameless) == 1:
        return {targets[0]: _ended(nameless[0])}
    if not found:
        if not nameless:
            raise UnusableReply("no-code-block", NO_BLOCK, text)
        raise UnusableReply("no-path", "no fenced block of the reply names its file", text)
    return found


def _named(info: str, before: str) -> str | None:
    if match := _PATH_INFO.search(info):
        return match[1] or match[2]
    lines = before.rstrip("\n").rsplit("\n", 2)[-2:]
    for line in reversed([line for line in lines if line.strip()][-1:]):
        if match := _PATH_LINE.match(line.strip()):
            return match[1]
    return None


def _definitions(body: str) -> str:
    """The longest beginning of whole lines that parses, of that only imports, definitions and assignments."""
    lines = body.splitlines()
    for end in range(len(lines), 0, -1):
        try:
            tree = ast.parse("\n".join(lines[:end]))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        kept = [node for node in tree.body if isinstance(node, _KEPT)]
        return "\n\n".join("\n".join(lines[_first_line(node) - 1 : node.end_lineno]) for node in kept)
    return body


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _with_imports(path: str, body: str, imports: list[str]) -> str:
    """`body` with those names of `imports` (whole import lines) in front that it uses and doesn't bind."""
    if not imports or not path.endswith(".py"):
        return body
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return body
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    wanted = [line for offer in imports for line in _offered(offer, used - bound)]
    return "\n".join([*dict.fromkeys(wanted), "", "", body]) if wanted else body


def _offered(line: str, missing: set[str]) -> list[str]:
    """The part of one import line that binds a missing name, one name a line."""
    node = ast.parse(line).body[0]
    if isinstance(node, ast.ImportFrom):
        return [f"from {node.module} import {a.name}" for a in node.names if (a.asname or a.name) in missing]
    if isinstance(node, ast.Import):
        return [f"import {a.name}" for a in node.names if (a.asname or a.name).split(".")[0] in missing]
    return []


def _ended(body: str) -> str:
    return body.rstrip() + "\n"
