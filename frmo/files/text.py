"""Bytes of a file as text: size cap, UTF-8 and nothing else, a byte order mark tolerated and said."""

import bisect
import codecs
import re

from frmo.files.document import Caps, Faults, Place, Unreadable

_WIDE = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"),
         (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
BOM_NOTE = "begins with a byte order mark, which is ignored"


def decode(content: bytes, caps: Caps, faults: Faults) -> tuple[str, tuple[str, ...]]:
    """Text and notes. Adds a fault and raises Unreadable when there is no text to parse."""
    if len(content) > caps.size:
        faults.add(f"is larger than {caps.size} bytes", hint="a file this large is not read")
        raise Unreadable
    for mark, encoding in _WIDE:
        if content.startswith(mark):
            faults.add(f"is {encoding}, not UTF-8", hint="save it as UTF-8")
            raise Unreadable
    if b"\x00" in content[:4]:
        faults.add("is not text: it may be UTF-16 or binary", hint="save it as UTF-8")
        raise Unreadable
    notes = (BOM_NOTE,) if content.startswith(codecs.BOM_UTF8) else ()
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        start = body.rfind(b"\n", 0, error.start) + 1
        column = len(body[start : error.start].decode("utf-8", "replace")) + 1
        faults.add(f"is not UTF-8: byte {body[error.start]:#04x}", (line, column), hint="save it as UTF-8")
        raise Unreadable from None
    if not text.strip():
        faults.add("is empty", hint="perhaps it is still being written")
        raise Unreadable
    return text, notes


def refuse_controls(text: str, faults: Faults) -> None:
    """Add a fault for each control character that no text file should hold; raise Unreadable when there is one."""
    lines = Lines(text)
    found = False
    for match in _CONTROL.finditer(text):
        found = True
        faults.add(f"holds the control character U+{ord(match[0]):04X}", lines.place(match.start()))
    if found:
        raise Unreadable


def storable(text: str) -> bytes:
    """`text` as UTF-8; a half of a surrogate pair, which a model can send, becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


class Lines:
    """Line and column, from 1, of an offset in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        """Line and column of `offset`."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
