"""The state machine of one point against one limit profile, in device time.

    normal ──beyond──► pending ──hold reached──► active ──inside──► clearing ──clear hold──► normal
                          │                        ▲                   │
                          └─not beyond─► normal    └──beyond again─────┘
                             (near miss)                (relapsed)

* An episode belongs to one side and grows from warning to alarm to critical; the two sides know nothing of each other, except that
  "inside" means inside both clear limits: a fridge that fell from too warm to frozen has not come back.
* Time counts between two good readings that are at most `max_gap_ms` apart, if the earlier one was beyond the limit (and for the end
  of an episode, if both were inside). A longer gap adds nothing and takes nothing away.
* A rule about one stretch is met by a good reading beyond its limit; a cumulative rule is met by the good reading at which its budget
  is used up, even if that reading is back inside.
* A cumulative budget that led to an alarm starts anew when that alarm is over: one budget, one alarm.
* Between limit and clear limit nothing changes: a pending episode there is over (a near miss), an active one goes on, and one that is
  clearing begins its clear hold again.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, NamedTuple

from larder_core.limits.profile import LimitProfile
from larder_core.limits.spans import added, total_ms
from larder_core.limits.state import Account, Episode, State
from larder_core.limits.table import Meter, Row, SideTable, Table
from larder_core.limits.words import Condition, Severity, Side, rank


class Kind(StrEnum):
    """What happened to an episode. `closed`: it is over because nothing is judged any more, not because the value came back."""

    PENDING = "pending"
    NEAR_MISS = "near-miss"
    RAISED = "raised"
    WORSENED = "worsened"
    CLEARING = "clearing"
    RELAPSED = "relapsed"
    CLEARED = "cleared"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of an episode. `t0_ms` is the legal start of the excursion, `at_ms` the device time of the reading that met the
    condition; `limit` is the rule's limit for raised and worsened, the clear limit for clearing and cleared, else the mildest limit
    (None if the profile no longer has one on this side). `about` and `reason` are for the stages around this machine (`watching`): a
    fast rise, a gap, and why an episode was closed without having come back."""

    kind: Kind
    side: Side
    severity: Severity | None
    t0_ms: int
    at_ms: int
    value: float
    peak: float
    limit: float | None
    about: Literal["limit", "early", "gap"] = "limit"
    reason: str = ""


class Reading(NamedTuple):
    """One reading in device time; `quality` is empty for a good one."""

    at_ms: int
    value: float | None
    quality: str = ""


class Ignored(StrEnum):
    """Why a reading changes nothing."""

    BAD_QUALITY = "bad-quality"
    NO_VALUE = "no-value"
    NOT_FINITE = "not-finite"
    DUPLICATE = "duplicate"
    LATE = "late"


def why_ignored(state: State, at_ms: int, value: float | None, quality: str) -> Ignored | None:
    """The reason for which `step` leaves the state as it is, or None. Only good readings count, each once and in order."""
    if quality:
        return Ignored.BAD_QUALITY
    if value is None:
        return Ignored.NO_VALUE
    if not math.isfinite(value):
        return Ignored.NOT_FINITE
    if state.last_ms is None or at_ms > state.last_ms:
        return None
    return Ignored.DUPLICATE if at_ms == state.last_ms else Ignored.LATE


def step(
    state: State, profile: LimitProfile, at_ms: int, value: float | None, quality: str, *, max_gap_ms: int
) -> tuple[State, tuple[Transition, ...]]:
    """The state after one reading, and what happened. Never raises for any value; a reading that does not count changes nothing.

    `at_ms` is device time; `max_gap_ms` the longest time between two good readings over which the earlier one still speaks
    (three sampling intervals).
    """
    if value is None or why_ignored(state, at_ms, value, quality) is not None:
        return state, ()
    value = float(value)  # an int beyond 2**53 would not come back from JSON as it went in
    table = profile.table
    if state.high is None and state.low is None and table.quiet(value) and table.quiet(state.last_value):
        return State(at_ms, value, None, None, state.meters, state.accounts, beside=state.beside), ()
    return _examined(state, table, at_ms, value, max_gap_ms)


def run(
    state: State, profile: LimitProfile, readings: Iterable[Reading], *, max_gap_ms: int
) -> tuple[State, tuple[Transition, ...]]:
    """`step` over readings in the order given."""
    happened: list[Transition] = []
    for at_ms, value, quality in readings:
        state, transitions = step(state, profile, at_ms, value, quality, max_gap_ms=max_gap_ms)
        happened.extend(transitions)
    return state, tuple(happened)


def unknown(state: State, at_ms: int) -> State:
    """The state once no data has come for too long: every timer stands still, nothing is over.

    The next good reading ends it, and counts in device time as if the silence had not been noticed: a backlog that comes late leads
    to the same transitions. Judging before the last good reading, or again, changes nothing.
    """
    if state.unknown_since_ms is not None or (state.last_ms is not None and at_ms <= state.last_ms):
        return state
    return replace(state, unknown_since_ms=at_ms)


_EMPTY = Account()


class _Look(NamedTuple):
    """One good reading as both sides see it: `credit_ms` is the time for which the last reading speaks."""

    at_ms: int
    value: float
    last_value: float | None
    credit_ms: int
    inside: bool
    was_inside: bool


def _examined(
    state: State, table: Table, at_ms: int, value: float, max_gap_ms: int
) -> tuple[State, tuple[Transition, ...]]:
    gap_ms = 0 if state.last_ms is None else at_ms - state.last_ms
    look = _Look(
        at_ms=at_ms,
        value=value,
        last_value=state.last_value,
        credit_ms=gap_ms if gap_ms <= max_gap_ms else 0,
        inside=table.inside(value),
        was_inside=table.inside(state.last_value),
    )
    carried = _carried(state, table)
    accounts = tuple(_credited(*pair, look) for pair in zip(carried, table.meters, strict=True))
    happened: list[Transition] = []
    episodes: list[Episode | None] = []
    for side in table.sides:
        episode, transitions = _walked(_Scene(side, look, table, accounts), state.episode(side.side))
        happened.extend(transitions)
        episodes.append(episode)
    accounts = _spent(accounts, table.meters, happened)
    after = State(at_ms, value, episodes[0], episodes[1], table.meters, accounts, beside=state.beside)
    return after, tuple(happened)


def _carried(state: State, table: Table) -> tuple[Account, ...]:
    """The accounts for this table. After a change of the profile, a limit that stayed keeps its time: an edit is no way out."""
    if state.meters == table.meters:
        return state.accounts
    kept = dict(zip(state.meters, state.accounts, strict=True))
    return tuple(kept.get(meter, _EMPTY) for meter in table.meters)


def _credited(account: Account, meter: Meter, look: _Look) -> Account:
    held = look.last_value is not None and meter.beyond(look.last_value)
    if meter.window_ms is None:
        if not meter.beyond(look.value):
            return _EMPTY
        return Account(account.run_ms + look.credit_ms) if held else account
    if not held or not look.credit_ms:
        return account
    return Account(0, added(account.spans, look.at_ms - look.credit_ms, look.at_ms, meter.window_ms))


def _spent(accounts: tuple[Account, ...], meters: tuple[Meter, ...], happened: list[Transition]) -> tuple[Account, ...]:
    """Empties the cumulative accounts whose severity an episode had reached that is now over; single ones are empty by then."""
    over = {transition.side: rank(transition.severity) for transition in happened if transition.kind is Kind.CLEARED}
    if not over:
        return accounts
    return tuple(
        _EMPTY if rank(meter.severity) <= over.get(meter.side, 0) else account
        for account, meter in zip(accounts, meters, strict=True)
    )


class _Scene(NamedTuple):
    """What the stages of one side decide from."""

    side: SideTable
    look: _Look
    table: Table
    accounts: tuple[Account, ...]

    @property
    def beyond(self) -> bool:
        return self.side.mildest is not None and self.side.mildest.beyond(self.look.value)

    @property
    def mildest_limit(self) -> float | None:
        return None if self.side.mildest is None else self.side.mildest.limit

    def met(self, row: Row) -> bool:
        meter, account = self.table.meters[row.meter], self.accounts[row.meter]
        if meter.window_ms is None:
            return meter.beyond(self.look.value) and account.run_ms >= row.hold_ms
        return total_ms(account.spans, self.look.at_ms, meter.window_ms) >= row.hold_ms


class _Move(NamedTuple):
    kind: Kind
    after: Episode | None
    limit: float | None


def _walked(scene: _Scene, before: Episode | None) -> tuple[Episode | None, Sequence[Transition]]:
    """One side after one reading: each stage in turn may move the episode."""
    if before is None and not scene.beyond:
        return None, ()
    side, look = scene.side.side, scene.look
    happened: list[Transition] = []
    episode = None if before is None else _observed(before, side, look)
    for stage in _STAGES:
        move = stage(episode, scene)
        if move is None:
            continue
        shown = move.after or episode
        assert shown is not None  # a stage either begins an episode or moves one
        happened.append(
            Transition(move.kind, side, shown.severity, shown.t0_ms, look.at_ms, look.value, shown.peak, move.limit)
        )
        episode = move.after
    return episode, happened


def _observed(episode: Episode, side: Side, look: _Look) -> Episode:
    extreme = max if side is Side.HIGH else min
    clear_ms = episode.clear_ms + look.credit_ms if look.inside and look.was_inside else 0
    peak = extreme(episode.peak, look.value)
    return Episode(episode.condition, episode.t0_ms, peak, episode.severity, clear_ms)


def _begin(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is not None:
        return None
    begun = Episode(Condition.PENDING, scene.look.at_ms, scene.look.value)
    return _Move(Kind.PENDING, begun, scene.mildest_limit)


def _relapse(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is None or episode.condition is not Condition.CLEARING or not scene.beyond:
        return None
    return _Move(Kind.RELAPSED, replace(episode, condition=Condition.ACTIVE), scene.mildest_limit)


def _grow(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is None:
        return None
    reached = rank(episode.severity)
    row = next((row for row in scene.side.rows if rank(row.severity) > reached and scene.met(row)), None)
    if row is None:
        return None
    grown = replace(episode, condition=Condition.ACTIVE, severity=row.severity)
    return _Move(Kind.WORSENED if reached else Kind.RAISED, grown, row.limit)


def _miss(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is None or episode.condition is not Condition.PENDING or scene.beyond:
        return None
    return _Move(Kind.NEAR_MISS, None, scene.mildest_limit)


def _return(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is None or episode.condition is not Condition.ACTIVE or not scene.look.inside:
        return None
    return _Move(Kind.CLEARING, replace(episode, condition=Condition.CLEARING, clear_ms=0), scene.side.clear)


def _end(episode: Episode | None, scene: _Scene) -> _Move | None:
    if episode is None or episode.condition is not Condition.CLEARING or not scene.look.inside:
        return None
    if episode.clear_ms < scene.table.clear_hold_ms:
        return None
    return _Move(Kind.CLEARED, None, scene.side.clear)


_STAGES = (_begin, _relapse, _grow, _miss, _return, _end)
