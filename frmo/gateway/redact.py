"""Redaction: the net below the sandbox. Configured secrets in every likely encoding, and known token shapes."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
_MIN = 8
_SECRET_NAME = re.compile(r"(?i)(key|token|secret|password|passwd|credential)s?$")
_NOT_SECRET = re.compile(r"(?i)^(SSH_AUTH_SOCK|.*_?PUBLIC_KEY)$")
_SHAPES = re.compile(
    "|".join(
        (
            r"\bsk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{20,}",
            r"\bgh[pousr]_[A-Za-z0-9]{36,}",
            r"\bgithub_pat_[A-Za-z0-9_]{40,}",
            r"\bglpat-[A-Za-z0-9_-]{20,}",
            r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
            r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            r"\bAIza[A-Za-z0-9_-]{35}",
            r"\bhf_[A-Za-z0-9]{30,}",
            r"\bpypi-[A-Za-z0-9_-]{50,}",
            r"\bnpm_[A-Za-z0-9]{36}\b",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        )
    )
)


def secrets_of(env: Mapping[str, str]) -> frozenset[str]:
    """Values of the variables whose names say that they are secret (`…_KEY`, `…_TOKEN`, `…_SECRET`, `…PASSWORD`)."""
    return frozenset(
        value.strip()
        for name, value in env.items()
        if _SECRET_NAME.search(name) and not _NOT_SECRET.match(name) and len(value.strip()) >= _MIN
    )


class Redactor:
    """Replaces secrets by a mark. Secrets shorter than 8 characters are left alone: they would hit ordinary text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= _MIN for form in encodings(secret)}
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._exact = re.compile("|".join(re.escape(form) for form in ordered)) if ordered else None

    def text(self, text: str) -> str:
        """`text` without secrets."""
        if self._exact is not None:
            text = self._exact.sub(MARK, text)
        return _SHAPES.sub(MARK, text)

    def content(self, content: bytes) -> bytes:
        """A file without the configured secrets; shapes of tokens stay, they may be a test's."""
        if self._exact is None:
            return content
        text = content.decode("utf-8", "surrogateescape")
        clean = self._exact.sub(MARK, text)
        return content if clean == text else clean.encode("utf-8", "surrogateescape")

    def data(self, data: Any) -> Any:  # noqa: ANN401  any JSON data
        """JSON data with every string (mapping keys too) redacted; tuples become lists."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, Mapping):
            return {self.text(str(key)): self.data(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.data(item) for item in data]
        return data


def encodings(secret: str) -> set[str]:
    """The forms in which `secret` could leak: plain, reversed, hex, base64 at any offset, URL-quoted, JSON-escaped."""
    raw = secret.encode()
    forms = {secret, secret[::-1], raw.hex(), raw.hex().upper(), quote(secret, safe=""), quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], base64.b32encode(raw).decode().rstrip("=")}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            forms.add(_aligned(encode, raw, offset))
    return {form for form in forms if len(form) >= _MIN}


def _aligned(encode: Any, raw: bytes, offset: int) -> str:  # noqa: ANN401  one of two functions of base64
    """The part of the encoding that depends on `raw` alone when it stands `offset` bytes into a longer text."""
    text: str = encode(b"\0" * offset + raw).decode()
    start = -(-offset * 8 // 6)
    return text[start : (offset + len(raw)) * 8 // 6]
