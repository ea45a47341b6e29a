"""Plan: the swarm's opinions merged into a checklist of action items; without a swarm, one item per file."""

from frmo.model.plan import Opinion, Plan, Step, merge
from frmo.model.state import State
from frmo.steps.walk import Walk
from frmo.store.actions import action_ids, default_action


def plan(walk: Walk) -> None:
    """Write `checklist.json` and open the first attempt."""
    analyses = walk.run.recorded.facts("analysis").values()
    actions = action_ids(walk.tools.workspace, walk.state.base, walk.domain.name)
    opinions = [Opinion(aspect=item["aspect"], **opinion) for item in analyses for opinion in item["opinions"]]
    left_out = {item["aspect"]: item["left_out"] for item in analyses if item["left_out"]}
    merged = merge(opinions, actions, left_out)
    if not merged.items:
        default = default_action(walk.tools.workspace, walk.state.base, walk.domain.name)
        merged = Plan(_simple(walk, default), merged.conflicts, left_out)
    walk.record(
        "plan",
        f"{len(merged.items)} action items"
        + (f", {len(merged.conflicts)} conflicts resolved" if merged.conflicts else ""),
        State.EXECUTING,
        role="planner",
        facts={"checklist.json": merged.to_data()},
        attempt=1,
    )


def _simple(walk: Walk, action: str) -> tuple[Step, ...]:
    targets = walk.task.files or ("",)
    return tuple(Step(action, target, walk.task.title[:500], "", (), walk.task.priority) for target in targets)
