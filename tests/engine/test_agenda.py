from frmo.engine.agenda import AGE_S, Agenda
from frmo.engine.pending import Work, dependencies
from frmo.engine.result import Row
from frmo.model.task import task_from_mapping


def work(name, begun=False, **content):
    task = task_from_mapping(f"{name}-00000000", f"tasks/{name}.yaml", {"title": name, **content})
    return Work(task, b"", 1, begun)


def put(agenda, *items, now=0.0, states=None):
    agenda.put(items, dependencies(items, {}), states or {}, now)


def taken(agenda):
    found = []
    while item := agenda.take():
        found.append(item.task.id[0])
    return "".join(found)


def test_what_was_begun_first_then_priority_then_path():
    agenda = Agenda()
    put(agenda, work("c"), work("a"), work("b", priority=1), work("d", begun=True, priority=9))
    assert taken(agenda) == "dbac"


def test_who_waits_long_enough_overtakes_the_urgent():
    agenda = Agenda()
    old = work("o", priority=9)
    put(agenda, old)
    for now, expected in ((7 * AGE_S, "no"), (9 * AGE_S, "on")):
        fresh = Agenda()
        put(fresh, old)
        put(fresh, old, work("n", priority=1), now=now)
        assert taken(fresh) == expected


def test_dependencies_are_begun_when_what_they_need_is_complete():
    agenda = Agenda()
    put(agenda, work("a", after=["b"]), work("b"), work("c", after=["a", "b"]))
    assert taken(agenda) == "b"
    agenda.ended(Row("b-00000000", "", "", "complete"))
    assert taken(agenda) == "a"
    agenda.ended(Row("a-00000000", "", "", "failed"))
    assert taken(agenda) == ""
    (left,) = agenda.left()
    assert (left.task, left.reason) == ("c-00000000", "comes after a-00000000, not complete")


def test_what_is_taken_is_not_given_twice_and_what_is_gone_not_at_all():
    agenda = Agenda()
    put(agenda, work("a"), work("b"), work("c"))
    assert agenda.take().task.id[0] == "a"
    put(agenda, work("a", begun=True), work("c"))
    assert taken(agenda) == "c"
    agenda.ended(Row("a-00000000", "", "", "waiting"))
    put(agenda, work("a", begun=True))
    assert taken(agenda) == "a"


def test_a_finished_task_of_before_satisfies():
    agenda = Agenda()
    item = work("a", after=["b"])
    done = Row("b-00000000", "", "tasks/b.yaml", "complete")
    agenda.put([item], dependencies([item], {done.task: done}), {done.task: "complete"}, 0.0)
    assert taken(agenda) == "a"
