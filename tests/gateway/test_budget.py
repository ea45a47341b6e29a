"""Reservations: what fits, what waits, what is refused; time that counts; a new day."""

import threading

import pytest

from frmo.errors import BudgetExceeded, Interrupted
from frmo.gateway.budget import Book
from frmo.gateway.caller import Spend
from frmo.model.task import Budget

NO_LIMIT = Budget()
NEVER = threading.Event()


class Hands:
    """A clock that a test moves."""

    def __init__(self, at=0.0):
        self.at = at

    def __call__(self):
        return self.at


def book(task=NO_LIMIT, run=NO_LIMIT, day=NO_LIMIT, **more):
    more.setdefault("now", lambda: 0.0)
    return Book(day=day, run=run, task=task, **more)


@pytest.mark.parametrize("scope", ["task", "run", "day"])
@pytest.mark.parametrize(("limit", "ask"), [(Budget(usd=1.0), Spend(usd=1.01)), (Budget(tokens=10), Spend(tokens=11))])
def test_each_scope_binds_in_money_and_tokens(scope, limit, ask):
    with pytest.raises(BudgetExceeded) as caught:
        book(**{scope: limit}).reserve("t", ask, NEVER, 1.0)
    assert caught.value.scope == scope
    assert f"budget.{scope}" in str(caught.value)


def test_what_is_settled_replaces_what_was_held():
    accounts = book(task=Budget(usd=1.0))
    hold = accounts.reserve("t", Spend(usd=0.9), NEVER, 1.0)
    assert accounts.settle(hold, Spend(usd=0.1, tokens=5)) == Spend(usd=0.1, tokens=5)
    accounts.settle(accounts.reserve("t", Spend(usd=0.9), NEVER, 1.0), None)
    assert accounts.spent("t").usd == pytest.approx(1.0)
    assert accounts.spent().usd == pytest.approx(1.0)
    with pytest.raises(BudgetExceeded):
        accounts.reserve("t", Spend(usd=0.01), NEVER, 1.0)


def test_free_calls_pass_a_used_up_dollar_budget():
    accounts = book(task=Budget(usd=0.0))
    accounts.reserve("t", Spend(tokens=5), NEVER, 1.0)


def test_a_call_that_fits_alone_waits_for_the_others_to_settle():
    accounts = book(run=Budget(usd=1.0))
    first = accounts.reserve("a", Spend(usd=0.8), NEVER, 1.0)
    threading.Timer(0.05, lambda: accounts.settle(first, Spend(usd=0.1))).start()
    accounts.reserve("b", Spend(usd=0.8), NEVER, 30.0)


def test_waiting_for_room_ends_by_cancel_or_by_time():
    accounts = book(run=Budget(usd=1.0))
    accounts.reserve("a", Spend(usd=0.8), NEVER, 1.0)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Interrupted):
        accounts.reserve("b", Spend(usd=0.8), cancel, 30.0)
    with pytest.raises(BudgetExceeded, match="beside the calls in flight"):
        accounts.reserve("b", Spend(usd=0.8), NEVER, 0.05)


def test_minutes_run_while_a_call_is_in_flight_and_only_once_for_two():
    hands = Hands()
    accounts = book(task=Budget(minutes=1.0), clock=hands)
    first, second = (accounts.reserve("t", Spend(), NEVER, 1.0) for _ in range(2))
    hands.at = 100.0  # held, not begun: a call that waits for its turn takes no time
    assert accounts.begin(first) == pytest.approx(60.0)
    hands.at = 110.0
    assert accounts.begin(second) == pytest.approx(50.0)
    hands.at = 120.0
    accounts.settle(first, Spend())
    accounts.settle(second, Spend())
    hands.at = 500.0
    assert accounts.spent("t").seconds == pytest.approx(20.0)
    accounts.settle(accounts.reserve("t", Spend(), NEVER, 1.0), Spend())
    accounts.begin(accounts.reserve("t", Spend(), NEVER, 1.0))
    hands.at = 541.0
    with pytest.raises(BudgetExceeded, match="1 minutes of model time"):
        accounts.reserve("t", Spend(), NEVER, 1.0)


def test_earlier_spend_of_the_day_counts_until_midnight():
    now = Hands(86_400.0 * 3 + 5)
    accounts = book(day=Budget(usd=1.0), now=now, spent_today=Spend(usd=0.95))
    with pytest.raises(BudgetExceeded) as caught:
        accounts.reserve("t", Spend(usd=0.1), NEVER, 1.0)
    assert caught.value.scope == "day"
    now.at += 86_400.0
    accounts.reserve("t", Spend(usd=0.1), NEVER, 1.0)


def test_a_task_resumes_with_what_it_spent_and_a_raised_limit():
    accounts = book(task=Budget(usd=1.0))
    accounts.open_task("t", Budget(usd=0.5), Spend(usd=0.45))
    with pytest.raises(BudgetExceeded):
        accounts.reserve("t", Spend(usd=0.1), NEVER, 1.0)
    accounts.open_task("t", Budget(usd=0.6), Spend(usd=0.45))
    accounts.reserve("t", Spend(usd=0.1), NEVER, 1.0)


def test_fifty_threads_together_stay_within_the_limit():
    accounts, most, held = book(run=Budget(usd=1.0)), [0.0], [0.0]
    lock = threading.Lock()

    def work(number):
        for _ in range(20):
            try:
                hold = accounts.reserve(f"t{number}", Spend(usd=0.03), NEVER, 5.0)
            except BudgetExceeded:
                return
            with lock:
                held[0] += 0.03
                most[0] = max(most[0], held[0])
            with lock:
                held[0] -= 0.03 - 0.01
            accounts.settle(hold, Spend(usd=0.01))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 1.0 + 1e-9
    assert 0.9 < accounts.spent().usd <= 1.0 + 1e-9
