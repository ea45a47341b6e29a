from xml.etree import ElementTree as Xml

from frmo.engine.outcome import junit_xml, markdown
from frmo.engine.result import Row, Summary
from frmo.errors import Fault

SUMMARY = Summary(
    (
        Row("a-1", "A", "tasks/a.yaml", "complete", label="level 1", branch="frmo/task/a-1", duration_s=1.5),
        Row("b-1", "B", "tasks/b.yaml", "failed", reason="failed at level 3, <x> & \x00\ud800 | y"),
        Row("c-1", "C", "tasks/c.yaml", "pending", reason="comes after b-1, not complete"),
    ),
    (Fault("tasks/bad.yaml", "no title", 1, 2),),
)


def test_junit_says_what_passed_failed_was_skipped_and_could_not_be_read():
    suite = Xml.fromstring(junit_xml(SUMMARY)).find("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "1", "errors": "1", "skipped": "1",
    }  # fmt: skip
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {"a-1": ["system-out"], "b-1": ["failure"], "c-1": ["skipped"], "tasks/bad.yaml": ["error"]}
    assert suite.find(".//failure").get("message") == "failed at level 3, <x> & ?? | y"


def test_markdown_keeps_its_table():
    text = markdown(SUMMARY)
    assert "| a-1 | complete (level 1) | 0 | 0 | 0.0000 | frmo/task/a-1 |" in text
    assert "&lt;x> & " in text and "\\| y |" in text
    assert "- tasks/bad.yaml:1:2: no title" in text
