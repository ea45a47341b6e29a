"""What a round of learning leaves in the ledger and on main holds under `frmo verify`."""

from support.cli import frmo


def test_the_ledger_and_the_merge_of_a_won_trial_are_verified(won):
    """The runs themselves are left out: those of the fixture are written by hand."""
    found = frmo("verify", "--json", at=won).data
    assert [item for item in found["breaches"] if item["of"] in ("ledger", "history")] == []
    assert found["runs"] > 10
