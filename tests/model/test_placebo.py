import pytest

from frmo.model.placebo import placebo_text


@pytest.mark.parametrize("length", [0, 1, 7, 41, 280, 281, 1000])
def test_as_long_as_the_text_and_always_the_same(length):
    text = "Import every name of typing that you use. " * 30
    made = placebo_text(text[:length])
    assert len(made) == length
    assert made == placebo_text(text[:length])
    assert not made.endswith(" ")


def test_nothing_of_the_text_is_in_it():
    assert "typing" not in placebo_text("Import every name of typing that you use. " * 9)
