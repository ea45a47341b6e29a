"""A file of a known kind, read strictly and checked against its schema: one report with every fault."""

from typing import Any

from frmo.errors import Fault, InputError
from frmo.files import formats
from frmo.files.document import Document
from frmo.schema.check import faults


def examined(kind: str, content: bytes, path: str) -> tuple[Document, list[Fault]]:
    """The parsed `content` and all that is wrong with it as a `kind`; never raises."""
    document = formats.parse(content, path)
    found = list(document.faults)
    if document.readable:
        found += faults(kind, document.data, path, document.positions)
    return document, sorted(found, key=lambda fault: (fault.line, fault.column))


def checked(kind: str, content: bytes, path: str) -> Any:  # noqa: ANN401  parsed data
    """Data of `content`. Raises InputError with every fault."""
    document, found = examined(kind, content, path)
    if found:
        raise InputError(found)
    return document.data
