import itertools

from frmo.model.plan import Opinion, merge

KNOWN = ("write", "edge", "imports")


def opinion(aspect, choice="a", action="write", priority=5, target="f.py"):
    return Opinion(aspect, action, target, choice, f"{aspect} says", priority)


def test_a_vote_decides_and_the_loser_is_recorded():
    plan = merge([opinion("x"), opinion("y"), opinion("z", "b", priority=1)], KNOWN)
    assert [(item.choice, item.aspects) for item in plan.items] == [("a", ("x", "y"))]
    assert [(c.chosen, c.dropped, c.by) for c in plan.conflicts] == [("a", ("b",), "vote")]


def test_an_even_vote_goes_to_the_more_urgent():
    plan = merge([opinion("x", "a", priority=5), opinion("y", "b", priority=2)], KNOWN)
    assert (plan.items[0].choice, plan.conflicts[0].by) == ("b", "priority")


def test_weights_count():
    opinions = [opinion("x", "a"), opinion("y", "a"), opinion("z", "b")]
    assert merge(opinions, KNOWN, weights={"x": 0.2, "y": 0.2, "z": 0.9}).items[0].choice == "b"


def test_one_aspect_has_one_vote_per_choice():
    opinions = [opinion("x", "a"), opinion("x", "a"), opinion("x", "a"), opinion("y", "b"), opinion("z", "b")]
    assert merge(opinions, KNOWN).items[0].choice == "b"


def test_actions_outside_the_taxonomy_are_dropped():
    assert merge([opinion("x", action="rm -rf")], KNOWN).items == ()


def test_order_of_opinions_does_not_matter():
    opinions = [
        opinion("x"),
        opinion("y", "b"),
        opinion("z", action="edge"),
        opinion("x", action="imports", priority=1),
    ]
    plans = {merge(list(order), KNOWN) for order in itertools.permutations(opinions)}
    assert len(plans) == 1
    assert [item.action for item in plans.pop().items] == ["imports", "write", "edge"]
