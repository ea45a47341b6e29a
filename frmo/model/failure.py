"""Error records: one validated error, its masked message and its fingerprint (GATE, "Patterns")."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from frmo.model.verdict import Finding

_QUOTED = re.compile(r"""`[^`]*`|"[^"]*"|'[^']*'""")
_PATH = re.compile(r"(?:\.{0,2}/)?(?:[\w.-]+/)+[\w.-]+|\b\w+\.(?:py|json|ya?ml|txt|md|csv|sql|sh)\b")
_HEX = re.compile(r"\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{7,40}\b")
_NUMBER = re.compile(r"[-+]?\b\d+(?:[.,]\d+)*(?:e[-+]?\d+)?\b")
_CLAUSE = re.compile(r"[;\n]|: |\. |, ")


@dataclass(frozen=True)
class ErrorRecord:
    """`logs/errors/…/<nn>.json`. `operation`: action item or tool; `stage`: the step that raised it."""

    task: str
    run: int
    number: int
    attempt: int
    step: int
    stage: str
    validator: str
    level: int
    code: str
    operation: str
    exception: str
    message: str
    masked: str
    path: str
    line: int
    excerpt: str
    node: str
    reproduce: str
    decides: bool
    sandbox: str
    domain: str
    role: str
    protocol: str
    agent: str
    signature: str
    fingerprint: str

    def to_data(self) -> dict[str, Any]:
        """As `error.schema.json` has it."""
        return asdict(self)


def masked_clause(message: str, identifiers: Iterable[str] = ()) -> str:
    """First clause of `message` with quoted text, paths, numbers and the task's own identifiers masked."""
    text = message.strip().splitlines()[0] if message.strip() else ""
    text = _QUOTED.sub("<q>", text)
    text = _PATH.sub("<path>", text)
    for name in sorted(set(identifiers), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", "<id>", text)
    text = _NUMBER.sub("<n>", _HEX.sub("<hex>", text))
    return _CLAUSE.split(text, maxsplit=1)[0].strip()[:200]


def signature_of(finding: Finding, operation: str, identifiers: Iterable[str] = ()) -> str:
    """`validator | operation | exception or code | masked first clause`."""
    kind = finding.exception or finding.code
    return " | ".join((finding.validator, operation, kind, masked_clause(finding.message, identifiers)))


def fingerprint_of(signature: str) -> str:
    """First 12 hex digits of the SHA-256 of a signature."""
    return hashlib.sha256(signature.encode()).hexdigest()[:12]
