from dataclasses import replace

from frmo.model.verdict import Finding
from frmo.validators.result_cache import kept
from frmo.validators.subject import Result
from tests.support.subjects import subject

FAILED = Result((Finding("v", 3, "assert", "no", exception="AssertionError", line=3),), 2, "a note")


class Check:
    def __init__(self, result):
        self.result, self.calls = result, 0

    def __call__(self, _):
        self.calls += 1
        return self.result


def memory():
    values = {}

    def remember(key, make):
        if key not in values:
            values[key] = make()
        return values[key]

    return remember


def test_the_same_content_is_judged_once(tmp_path):
    remember, check = memory(), Check(FAILED)
    for number in range(3):
        assert kept(subject(tmp_path / str(number), {"a.py": "1"}, remember=remember), "v", check) == FAILED
    assert check.calls == 1


def test_anything_else_is_judged_anew(tmp_path):
    remember, check = memory(), Check(FAILED)
    made = subject(tmp_path / "1", {"a.py": "1"}, remember=remember)
    others = [
        made,
        subject(tmp_path / "2", {"a.py": "2"}, remember=remember),
        subject(tmp_path / "3", {"a.py": "1"}, {"b.py": "1"}, remember=remember),
        subject(tmp_path / "4", {"a.py": "1"}, validation={"commands": ["x"]}, remember=remember),
        replace(made, limits=replace(made.limits, seconds=1)),
        replace(made, changed=()),
        replace(made, settings={"v": {"strict": True}}),
    ]
    for other in others:
        kept(other, "v", check)
    kept(made, "w", check)
    assert check.calls == len(others) + 1


def test_what_a_loaded_machine_could_have_caused_is_not_kept(tmp_path):
    late = Result((Finding("v", 3, "timeout", "late"),), 1)
    check = Check(late)
    made = subject(tmp_path, {"a.py": "1"}, remember=memory())
    assert [kept(made, "v", check), kept(made, "v", check)] == [late, late]
    assert check.calls == 2


def test_without_a_memory_every_time(tmp_path):
    check = Check(FAILED)
    made = subject(tmp_path, {"a.py": "1"})
    assert kept(made, "v", check) == kept(made, "v", check) == FAILED
    assert check.calls == 2
