"""One round of learning: go on with what was begun, else propose against the surest pattern; at most one trial ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frmo.errors import InputError, UsageFault
from frmo.learn.candidate import Candidate, arm_of, candidates, load_candidate, propose, rebased
from frmo.learn.draft import Draft, refusal
from frmo.learn.ending import Landing, abandon, arrived, close, land
from frmo.learn.enrolment import Estimate, Terms, enrol, estimate
from frmo.learn.history import Past, buried, in_force, in_sight, last_touched, pasts
from frmo.learn.nature import rerun
from frmo.learn.recurrence import Recurrence, carriers, patterns_of, proposable, recurrence
from frmo.learn.rules import ruled
from frmo.learn.running import Track, run_trial
from frmo.learn.watching import meet
from frmo.model.pattern import SUPPORT
from frmo.model.probation import Standing
from frmo.model.protocol import Protocol, merged_contract
from frmo.model.trial import Ending, Trial
from frmo.store.insights import items_of
from frmo.store.observations import Seen, observations
from frmo.store.protocols import load_protocol
from frmo.store.register import ledger_tip
from frmo.store.switches import stopped
from frmo.store.trials import load_trial
from frmo.store.workspace import Workspace

Ask = Callable[[Recurrence, Protocol], Draft]


@dataclass(frozen=True)
class Lab:
    """All that learning works with. `ask`: the learner agent; None: rules only."""

    track: Track
    terms: Terms
    ask: Ask | None = None

    @property
    def workspace(self) -> Workspace:
        """Where it learns."""
        return self.track.scribe.workspace


@dataclass(frozen=True)
class Happening:
    """One thing that a round did or would do. `what`: proposed, refused, short, registered, waiting, merged, pending,

    rebased, abandoned, or the ending of a trial. `moved`: it changed something, so that another round makes sense.
    """

    what: str
    name: str
    text: str
    moved: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return vars(self)


def one_round(lab: Lab, *, dry_run: bool = False) -> list[Happening]:
    """What happened. Raises UsageFault when the switch `learning` is off, and what stops every run (no sandbox, no model)."""
    workspace = lab.workspace
    if off := stopped(workspace, "learning"):
        raise UsageFault(
            f"the kill switch {off.name} is off: {off.why or 'no reason given'}; `frmo switch {off.name} on` ends that"
        )
    head = workspace.repo.head()
    if head is None:
        return []
    done = [] if dry_run else [*_watched(lab, head)]
    if not dry_run and not any(item.moved for item in done):
        done += _open_ones(lab, head)
    if any(item.moved for item in done):
        return done
    return [*done, *_proposals(lab, head, dry_run=dry_run)]


def _watched(lab: Lab, head: str) -> list[Happening]:
    """Merged items on probation meet the version before them; a measured loss goes."""
    done = []
    for past in pasts(lab.workspace):
        if in_force(lab.workspace, head, past):
            found = meet(lab.track, past, head, lab.terms.model)
            name = past.registration.trial
            if found.watch.standing is Standing.REVERT:
                text = f"worse after {found.watch.pairs} pairs, statistic {float(found.watch.statistic):.1f}"
                done.append(
                    Happening(
                        "reverted" if found.commit else "pending",
                        name,
                        f"{text}; {found.commit or found.pending}",
                        bool(found.commit),
                    )
                )
                break
            if found.held:
                done.append(Happening("waiting", name, found.held))
    return done


def _open_ones(lab: Lab, head: str) -> list[Happening]:
    """Trials that were begun, wins that are not merged, candidates that are not registered: in this order, until one moves."""
    done: list[Happening] = []
    past = pasts(lab.workspace)
    known = {one.registration.trial: one for one in past}
    for one in past:
        name = one.registration.trial
        candidate = load_candidate(lab.workspace, name)
        if not one.ending and candidate is None:
            abandon(lab.track.scribe, name)
            done.append(Happening("abandoned", name, f"its branch frmo/protocol/{name} is gone", moved=True))
        elif not one.ending and candidate:
            done += _through(lab, candidate)
        elif one.won and candidate and not arrived(lab.workspace, candidate, head):
            done += _unmerged(lab, one, candidate)
        if any(item.moved for item in done):
            return done
    for candidate in candidates(lab.workspace):
        if candidate.name not in known:
            done += _enrolled(lab, candidate, head)
            if any(item.moved for item in done):
                return done
    return done


def _unmerged(lab: Lab, past: Past, candidate: Candidate) -> list[Happening]:
    """A win that could not merge when it was won, unless a person has turned it down since (by removing its branch)."""
    tip_trial = load_trial(lab.workspace, candidate.tip, past.registration.trial)
    return _landed(lab, candidate, tip_trial)


def _enrolled(lab: Lab, candidate: Candidate, head: str) -> list[Happening]:
    """Register a candidate and run its trial; moved to the present protocols first where it has to be."""
    scribe, workspace = lab.track.scribe, lab.workspace
    if arm_of(workspace, candidate.base).tree != arm_of(workspace, head).tree:
        fresh = rebased(scribe, candidate, head)
        return [Happening("rebased", fresh.name, f"was {candidate.name}: the protocols have changed since", moved=True)]
    try:
        wanted = estimate(scribe, candidate, observations(workspace, ledger_tip(workspace)), lab.terms)
        if wanted.shortage:
            return [Happening("short", candidate.name, wanted.shortage)]
        registration = enrol(scribe, candidate, wanted)
    except UsageFault as fault:
        return [Happening("short", candidate.name, str(fault))]
    lab.track.say(f"{candidate.name} registered: {_costs(wanted)}")
    return [
        Happening("registered", candidate.name, f"trial number {registration.t}; {_costs(wanted)}"),
        *_through(lab, candidate),
    ]


def _through(lab: Lab, candidate: Candidate) -> list[Happening]:
    """Run a registered trial as far as it goes, and end it."""
    progress = run_trial(lab.track, candidate.name)
    verdict = progress.trial.verdict
    score = f"{verdict.b} to {verdict.c} in {verdict.pairs} pairs, E = {float(verdict.e):.2f}"
    if verdict.ending is Ending.WAITING:
        return [Happening("waiting", candidate.name, f"{progress.held}; so far {score}")]
    closed = close(lab.track.scribe, progress)
    text = f"{score}{f', by {verdict.blocked_by}' if verdict.blocked_by else ''}"
    ended = [Happening(verdict.ending.value, candidate.name, text, moved=True)]
    return ended + (_landed(lab, closed, progress.trial) if verdict.ending is Ending.WIN else [])


def _landed(lab: Lab, candidate: Candidate, trial: Trial) -> list[Happening]:
    landing: Landing = land(lab.track.scribe, candidate, trial)
    if landing.commit:
        return [Happening("merged", candidate.name, landing.commit, moved=True)]
    if landing.stale:
        head = lab.workspace.repo.head()
        assert head is not None, "there is a branch to land on"
        fresh = rebased(lab.track.scribe, candidate, head)
        return [
            Happening(
                "rebased", fresh.name, f"was {candidate.name}: its base is stale, so it is tried again", moved=True
            )
        ]
    return [Happening("pending", candidate.name, landing.pending)]


def _proposals(lab: Lab, head: str, *, dry_run: bool) -> list[Happening]:
    """Against the surest pattern for which there is a draft that may be tried; one candidate at most."""
    workspace = lab.workspace
    tip = ledger_tip(workspace)
    rows = observations(workspace, tip)
    past = pasts(workspace)
    done: list[Happening] = []
    for pattern in proposable(patterns_of(rows)):
        if tip is None or not _speaks(workspace, head, rows, past, pattern.fingerprint):
            continue
        known = pattern if dry_run else rerun(lab.track, pattern, rows, head)
        if not known.may_propose:
            done.append(
                Happening("refused", pattern.fingerprint, "it does not recur when its tasks run again: stochastic")
            )
            continue
        about = recurrence(workspace, tip, known, rows)
        draft, why = _drafted(lab, about, head, past)
        if draft is None:
            done.append(Happening("refused", pattern.fingerprint, why))
            continue
        done += _tried(lab, draft, about, head, dry_run=dry_run)
        if any(item.what != "refused" for item in done):
            break
    return done


def _tried(lab: Lab, draft: Draft, about: Recurrence, head: str, *, dry_run: bool) -> list[Happening]:
    try:
        candidate = propose(lab.track.scribe, draft, about, head, dry=dry_run)
    except InputError as fault:
        return [Happening("refused", about.pattern.fingerprint, f"{draft.id}: {fault}")]
    proposed = Happening("proposed", candidate.name, f"{draft.cause} (against {about.signature})", moved=not dry_run)
    if not dry_run:
        return [proposed, *_enrolled(lab, candidate, head)]
    rows = observations(lab.workspace, ledger_tip(lab.workspace))
    try:
        wanted = estimate(lab.track.scribe, candidate, rows, lab.terms)
    except UsageFault as fault:
        return [proposed, Happening("short", candidate.name, str(fault))]
    return [
        proposed,
        Happening("short" if wanted.shortage else "would register", candidate.name, wanted.shortage or _costs(wanted)),
    ]


def _drafted(lab: Lab, about: Recurrence, head: str, past: Sequence[Past]) -> tuple[Draft | None, str]:
    """A draft that may be tried, from the rules, else from the learner; or None and why not."""
    protocol = load_protocol(lab.workspace, head, "executor", lab.terms.profile)
    now = _as_it_is(protocol)
    items = items_of(lab.workspace, head, "executor")
    living, dead = in_sight(lab.workspace, past, items), buried(past, items, about.pattern.fingerprint)
    depth = sum(one.fingerprint == about.pattern.fingerprint for one in past)
    why = f"no rule knows what prevents {about.signature}"
    for ask in (_ruled, _asked):
        try:
            draft = ask(lab, about, now)
        except UsageFault as fault:
            return None, str(fault)
        if draft is None:
            continue
        refused = refusal(draft, living, dead, depth)
        if not refused:
            return draft, ""
        why = f"{draft.id}: {refused}"
    return None, why


def _ruled(_lab: Lab, about: Recurrence, protocol: Protocol) -> Draft | None:
    return ruled(about, protocol.contract)


def _asked(lab: Lab, about: Recurrence, protocol: Protocol) -> Draft | None:
    return lab.ask(about, protocol) if lab.ask else None


def _as_it_is(protocol: Protocol) -> Protocol:
    """The protocol with the contract that its items make of it, whatever their scope."""
    contract = protocol.contract
    for item in protocol.items:
        if item.kind == "contract":
            contract = merged_contract(contract, item.contract)
    return replace(protocol, contract=contract)


def _speaks(workspace: Workspace, head: str, rows: Sequence[Seen], past: Sequence[Past], fingerprint: str) -> bool:
    """True unless an item against this error was won before: then only new errors, since it came or went, speak for more."""
    won = [one for one in past if one.won and one.fingerprint == fingerprint]
    since = max((last_touched(workspace, head, one.path) for one in won), default=0.0)
    return not won or len(carriers(rows, fingerprint, since)) >= SUPPORT


def _costs(wanted: Estimate) -> str:
    size = len(wanted.registration.pool.tasks)
    return f"at most {wanted.runs} runs of {size} tasks, about ${wanted.price_usd:.4f}, chance to win {wanted.prospect.power:.2f}"


def until_stable(lab: Lab, most: int = 100) -> list[Happening]:
    """Rounds until one changes nothing, or `most` of them."""
    done: list[Happening] = []
    for _ in range(most):
        happened = one_round(lab)
        done += happened
        if not any(item.moved for item in happened):
            break
    return done
