from frmo.cli.table import kept_columns

HEADS = ("task", "state", "tokens", "cost $", "where")
WIDTHS = (30, 26, 6, 6, 50)


def test_a_wide_terminal_keeps_all():
    assert kept_columns(HEADS, WIDTHS, 120, ("tokens", "cost $")) == [0, 1, 2, 3, 4]


def test_a_narrow_one_goes_without_the_droppable_first():
    assert kept_columns(HEADS, WIDTHS, 92, ("tokens", "cost $")) == [0, 1, 3, 4]
    assert kept_columns(HEADS, WIDTHS, 60, ("tokens", "cost $")) == [0, 1, 4]


def test_a_short_last_column_needs_no_more_than_it_has():
    assert kept_columns(HEADS, (30, 26, 6, 6, 4), 80, ("tokens",)) == [0, 1, 2, 3, 4]
