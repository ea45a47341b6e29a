from frmo.model.failure import fingerprint_of
from frmo.model.state import RunState
from frmo.model.task import Case, Task, Validation
from frmo.model.verdict import Finding
from frmo.steps.records import Scene, identifiers_of, records_of

TASK = Task(
    "a-00000000", "tasks/a.yaml", {}, "t", files=("kit/slug.py",), validation=Validation(cases=(Case("kit.slug:slugify"),))
)  # fmt: skip
SCENE = Scene(
    task=TASK, state=RunState("a-00000000", 1, "0" * 40, attempt=2), stage="validate", step=5, first=4, role="validator",
    protocol="executor@1", agent="local m", domain="python", sandbox="full",
    operations=(("kit/other.py", "python.x"), ("kit/slug.py", "python.function.write.implement")),
)  # fmt: skip


def test_a_record_names_its_action_item_by_the_file():
    findings = [Finding("v", 3, "assert", "slugify gave 'secret'", path="kit/slug.py"), Finding("v", 3, "c", "m")]
    one, other = records_of(findings, SCENE, lambda text: text.replace("secret", "***"))
    assert (one.number, other.number, one.attempt, one.step) == (4, 5, 2, 5)
    assert (one.operation, other.operation) == ("python.function.write.implement", "python.x")
    assert one.message == "slugify gave '***'"
    assert one.masked == "<id> gave <q>"
    assert one.fingerprint == fingerprint_of(one.signature)


def test_identifiers_come_from_files_and_cases():
    assert identifiers_of(TASK) == ("slugify", "slug")
