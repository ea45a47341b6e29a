import threading

from frmo.sandbox.watchdog import Watchdog


class Watched:
    """A running program of the watchdog's interface, without a process."""

    interval_s = 0.005
    pressed = False

    def __init__(self, breaches):
        self.finished = False
        self.killed = []
        self.done = threading.Event()
        self._breaches = iter(breaches)

    def breach(self):
        found = next(self._breaches, None)
        if isinstance(found, Exception):
            raise found
        return found

    def kill(self, status):
        self.killed.append(status)
        self.finished = True
        self.done.set()


def test_what_breaks_a_limit_is_ended_and_forgotten():
    watchdog = Watchdog()
    first, second = Watched([None, None, "memory", "disk"]), Watched([None] * 10 + ["timeout"])
    watchdog.add(first)
    watchdog.add(second)
    assert first.done.wait(10)
    assert second.done.wait(10)
    assert (first.killed, second.killed) == (["memory"], ["timeout"])


def test_what_cannot_be_watched_may_not_run_and_the_others_are_still_watched():
    watchdog = Watchdog()
    broken, good = Watched([RuntimeError("no /proc")]), Watched([None] * 5 + ["disk"])
    watchdog.add(broken)
    watchdog.add(good)
    assert broken.done.wait(10)
    assert good.done.wait(10)
    assert good.killed == ["disk"]


def test_it_sleeps_while_there_is_nothing_and_wakes_up():
    watchdog = Watchdog()
    for _ in range(2):
        one = Watched(["processes"])
        watchdog.add(one)
        assert one.done.wait(10)
