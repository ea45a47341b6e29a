"""Enrolment: a candidate becomes a registered trial, with power and price shown first (GATE, "Before spending")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frmo.errors import GitError, UsageFault
from frmo.learn.candidate import Candidate, arm_of, changes_of
from frmo.learn.placebo import placebo_arm
from frmo.learn.pool import Drawn, canaries, draw, prompt_tokens, replayable
from frmo.learn.scribe import Scribe
from frmo.model.alpha import gamma, threshold
from frmo.model.guard import prompt_over
from frmo.model.pair import Endpoint, Target
from frmo.model.power import Effect, Prospect, prospect
from frmo.model.proof import rule_breaches
from frmo.model.register import Entry, Registered, next_number
from frmo.model.registration import N_MAX, Pool, Registration
from frmo.model.split import proposal_hash
from frmo.model.trial import Trial
from frmo.store.observations import Seen
from frmo.store.register import append, entries, ledger_tip
from frmo.store.trials import folder_of, trial_file


@dataclass(frozen=True)
class Terms:
    """What every trial of a round shares. `model`: agent kind and model. `profile`: of the protocols. `limits`: per run."""

    model: str
    profile: str | None
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Estimate:
    """What a trial would come to before it is registered. `price_usd`: of the whole pool in all arms."""

    registration: Registration
    prospect: Prospect
    price_usd: float
    runs: int

    @property
    def shortage(self) -> str:
        """Why it may not be registered, or ''."""
        before, after = self.registration.prompt_tokens
        if prompt_over(before, after, self.registration.cap):
            cap = float(self.registration.cap * 100)
            return f"it would make the prompts longer by more than {cap:.0f} %: {before} to {after} tokens in all"
        if self.prospect.enough:
            return ""
        if self.prospect.missing is None:
            return f"no pool of {self.registration.n_max} pairs could show an effect this small"
        return (
            f"its pool of {self.prospect.pool} held-out tasks could win with chance {self.prospect.power:.2f}; "
            f"{self.prospect.missing} more would make it .3"
        )


def estimate(scribe: Scribe, candidate: Candidate, rows: Sequence[Seen], terms: Terms) -> Estimate:
    """The registration as it would be, its chance to win and its price. Raises UsageFault when no pool can be drawn."""
    workspace = scribe.workspace
    tip = ledger_tip(workspace)
    assert tip is not None, "there are rows"
    changes = changes_of(workspace, candidate.base, candidate.change)
    proposal = proposal_hash({change.path: (change.before, change.after) for change in changes})
    known = replayable(workspace, rows)
    most = N_MAX[Endpoint.TARGETED]
    drawn = draw(candidate, proposal, known, most)
    if not drawn.triggers:
        raise UsageFault(
            f"{candidate.name}: no held-out task can show the pattern beside 30 % that can't; more tasks are needed"
        )
    t, won = next_number(entries(workspace, tip))
    placebo = placebo_arm(scribe, candidate)
    registration = Registration(
        trial=candidate.name,
        t=t,
        won_before=won,
        gamma=gamma(t),
        endpoint=Endpoint.TARGETED,
        changes=changes,
        baseline=arm_of(workspace, candidate.base),
        candidate=arm_of(workspace, candidate.change),
        pool=Pool.drawn(proposal, drawn.tasks),
        model=terms.model,
        n_max=most,
        prompt_tokens=_two(
            prompt_tokens(workspace, tip, drawn.rows, (candidate.base, candidate.change), terms.profile)
        ),
        target=Target(candidate.pattern.fingerprint, _level(rows, candidate.pattern.fingerprint)),
        placebo=placebo,
        canaries=tuple(row.name for row in canaries(candidate, known)),
        limits=terms.limits,
    )
    arms = 3 if placebo else 2
    runs = arms * len(drawn.tasks) + 6 * len(registration.canaries)
    price = round(arms * sum(row.cost_usd for row in drawn.rows), 6)
    chance = prospect(_effect(candidate, drawn), len(drawn.tasks), most, threshold(t, won))
    return Estimate(replace(registration, price_usd=price), chance, price, runs)


def enrol(scribe: Scribe, candidate: Candidate, wanted: Estimate) -> Registration:
    """Register the trial: its number is given and frozen, by compare-and-swap on the ledger.

    Doing it twice is doing it once. Raises UsageFault when the pool can't win, GitError when the rules forbid it.
    """
    if wanted.shortage:
        raise UsageFault(f"{candidate.name} is not registered: {wanted.shortage}")
    if breaches := rule_breaches(wanted.registration):
        raise GitError(f"{candidate.name} can't be registered: {breaches[0]}")
    final = wanted.registration

    def build(register: Sequence[Entry]) -> tuple[Entry, Mapping[str, bytes]] | None:
        nonlocal final
        if any(isinstance(entry, Registered) and entry.trial == candidate.name for entry in register):
            return None
        t, won = next_number(register)
        final = replace(wanted.registration, t=t, won_before=won, gamma=gamma(t))
        entry = Registered(final.trial, t, won, final.digest)
        return entry, {f"{folder_of(final.trial)}/trial.yaml": trial_file(Trial(final))}

    parents = [candidate.tip, *([final.placebo.commit] if final.placebo else [])]
    append(
        scribe.workspace,
        build,
        f"{candidate.name} registered",
        now=scribe.now(),
        email=scribe.email,
        parents=parents,
    )
    return final


def _effect(candidate: Candidate, drawn: Drawn) -> Effect:
    """What mining promises: the share of tasks that show the pattern among those that may, if the item ends it."""
    pattern = candidate.pattern
    return Effect(pattern.support / pattern.exposed * drawn.triggers / len(drawn.tasks), 0.0)


def _level(rows: Sequence[Seen], fingerprint: str) -> int:
    """The level that raises the pattern's error. Raises UsageFault for one that was never seen."""
    levels = {row.prints[fingerprint] for row in rows if fingerprint in row.prints}
    if not levels:
        raise UsageFault(f"no settled run shows the error {fingerprint}; `frmo errors` lists those there are")
    return max(levels)


def _two(values: Sequence[int]) -> tuple[int, int]:
    return values[0], values[1]
