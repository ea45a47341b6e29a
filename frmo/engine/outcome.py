"""What a batch came to, for other programs: JUnit XML for CI, Markdown for a page that people read."""

import re
from xml.etree import ElementTree as Xml

from frmo.engine.result import Row, Summary
from frmo.model.state import State

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(summary: Summary) -> bytes:
    """One test case per task and per fault of the inbox. Failed: failure; bad input: error; not finished: skipped."""
    rows = summary.rows
    failed = sum(row.state == State.FAILED for row in rows)
    skipped = sum(row.state not in (State.COMPLETE, State.FAILED) for row in rows)
    counts = {"tests": len(rows) + len(summary.faults), "failures": failed, "errors": len(summary.faults)}
    suite = Xml.Element(
        "testsuite",
        {"name": "frmo", **{key: str(value) for key, value in counts.items()}, "skipped": str(skipped),
         "time": f"{sum(row.duration_s for row in rows):.3f}"},
    )  # fmt: skip
    for row in rows:
        _case(suite, row)
    for fault in summary.faults:
        case = Xml.SubElement(suite, "testcase", {"classname": "frmo.inbox", "name": _fit(fault.path)})
        Xml.SubElement(case, "error", {"message": _fit(fault.message), "type": "input"}).text = _fit(str(fault))
    top = Xml.Element("testsuites")
    top.append(suite)
    Xml.indent(top)
    text: bytes = Xml.tostring(top, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def markdown(summary: Summary) -> str:
    """A table of the tasks, and the faults below it."""
    lines = [
        "## frmo",
        "",
        "| task | state | attempts | tokens | cost $ | branch or reason |",
        "|---|---|--:|--:|--:|---|",
    ]
    for row in summary.rows:
        state = f"{row.state} ({row.label})" if row.label else row.state
        cells = (row.task, state, str(row.attempt), str(row.tokens), f"{row.cost_usd:.4f}", row.reason or row.branch)
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    lines += ["", *(f"- {_cell(str(fault))}" for fault in summary.faults)]
    return "\n".join(lines).rstrip() + "\n"


def _case(suite: Xml.Element, row: Row) -> None:
    case = Xml.SubElement(
        suite, "testcase", {"classname": "frmo.tasks", "name": row.task, "file": _fit(row.path), "time": f"{row.duration_s:.3f}"}
    )  # fmt: skip
    if row.state == State.FAILED:
        Xml.SubElement(case, "failure", {"message": _fit(row.reason), "type": "validation"}).text = _fit(row.title)
    elif row.state != State.COMPLETE:
        Xml.SubElement(case, "skipped", {"message": _fit(f"{row.state}: {row.reason}".rstrip(": "))})
    else:
        Xml.SubElement(case, "system-out").text = _fit(f"{row.label}; {row.branch}")


def _fit(text: str) -> str:
    """`text` without what XML can't hold."""
    return _UNFIT.sub("?", text)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
