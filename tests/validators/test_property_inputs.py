from dataclasses import replace

import pytest

from frmo.validators.function_examples import Shown, Target
from frmo.validators.property_inputs import EDGES, NEAR, WIDE, annotated, arguments, guesses, literals, shaped
from frmo.validators.property_run import Budget, sampled, search


def drawn(values, width, count=150):
    return [args[0] for args in sampled(shaped(values, width).map(lambda value: (value,)), count)]


def target(*rows, annotations=None, optional=0):
    count = len(annotations or rows[0])
    names = tuple(f"p{number}" for number in range(count))
    made = Target("m.py", "f", names, tuple(annotations or [""] * count), optional=optional)
    return replace(made, examples=tuple(Shown(row) for row in rows))


def test_numbers_stay_positive_near_by():
    assert min(drawn([3, 8], NEAR)) >= 1
    assert 0 in drawn([3, 8], EDGES)
    assert min(drawn([3, 8], WIDE)) < 0
    assert all(isinstance(value, float) for value in drawn([1.5], NEAR))


def test_lists_keep_what_all_examples_share():
    near = drawn([[1, 2, 5], [3, 4]], NEAR)
    assert all(value == sorted(value) and len(set(value)) == len(value) >= 1 for value in near)
    assert any(value != sorted(value) for value in drawn([[5, 2, 1], [3, 4]], NEAR))
    assert [] in drawn([[1, 2]], EDGES)


def test_rows_stay_rectangular():
    for value in drawn([[[1, 2], [3, 4], [5, 6]], [[1, 2, 3]]], NEAR):
        assert len({len(row) for row in value}) == 1


def test_texts_keep_their_signs():
    assert all(value.count("-") == 2 for value in drawn(["2020-01-31", "1999-12-01"], NEAR))


def test_tuples_records_and_mixtures():
    assert all(isinstance(a, str) and isinstance(b, int) for a, b in drawn([("a", 1), ("b", 2)], NEAR))
    assert all(set(value) == {"name", "age"} for value in drawn([{"name": "a", "age": 1}], NEAR))
    assert {type(value) for value in drawn([1, "a"], NEAR)} == {int, str}


def test_what_holds_between_arguments():
    inputs = arguments(target(([1, 2, 3], 3), ([4, 5], 2)), NEAR)
    assert all(size == len(items) for items, size in sampled(inputs, 100))
    inputs = arguments(target(([1, 2, 3], 1), ([4, 5], 0)), NEAR)
    assert all(place < len(items) for items, place in sampled(inputs, 100))
    inputs = arguments(target((1, 5), (2, 9)), NEAR)
    assert all(low <= high for low, high in sampled(inputs, 100))
    inputs = arguments(target(([1, 2], [3, 4]), ([1, 2, 3], [3, 4, 5])), NEAR)
    assert all(len(one) == len(other) for one, other in sampled(inputs, 100))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("int", int), ("List[int]", list), ("list[str]", list), ("Optional[int]", (int, type(None))), ("dict[str, int]", dict),
     ("Tuple[int, str]", tuple), ("tuple[int, ...]", list), ("int | str", (int, str)), ("typing.Set[int]", set), ("bool", bool)],
)  # fmt: skip
def test_annotations(text, kind):
    assert all(isinstance(args[0], kind) for args in sampled(annotated(text, WIDE).map(lambda value: (value,)), 40))


@pytest.mark.parametrize("text", ["Any", "np.ndarray", "Callable[[int], int]", "", "List[Thing]"])
def test_annotations_that_say_nothing(text):
    assert annotated(text, NEAR) is None


def test_without_examples_annotations_count_and_without_both_nothing():
    assert arguments(target(annotations=["int", "str"]), NEAR) is not None
    assert arguments(target(annotations=["int", ""]), NEAR) is None
    assert arguments(target(annotations=["int", ""], optional=1), NEAR) is not None


def test_literals_of_a_docstring():
    found = literals("For [1, 2, 3] and [[4], [5]] it's 'ab' or \"cd\", at 7 or -1.5, (1, 2).")
    every = [value for values in found for value in values]
    assert all(value in every for value in ([1, 2, 3], [[4], [5]], "ab", "cd", 7, -1.5, (1, 2)))


def test_guesses_are_tried_in_every_combination():
    assert len(list(guesses(target(annotations=["", ""])))) == 36
    assert not list(guesses(target(annotations=[""] * 4)))


def test_the_smallest_that_breaks_is_found_each_time_the_same():
    def attempt(args):
        return ("code", f"{args[0]}") if args[0] >= 17 else None

    inputs = shaped([3, 40], EDGES).map(lambda value: (value,))
    found = search(attempt, inputs, Budget())
    assert found.args == (17,)
    assert search(attempt, inputs, Budget()) == found
    assert search(lambda args: None, inputs, Budget()) is None


def test_what_breaks_only_once_is_still_told():
    seen = []

    def attempt(args):
        seen.append(args)
        return ("code", "once") if len(seen) == 5 else None

    assert search(attempt, shaped([3, 40], EDGES).map(lambda value: (value,)), Budget()).code == "code"
