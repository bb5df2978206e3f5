"""One point against everything its profile says: hours, defrosts, cycles, medians, limits, fast rises, gaps. In device time.

    reading ─► gap ─► hours ─► defrost ─► cycle ─► median ─► fast rise ─► limits
                      closed:  masked:    no peak:
                      no more  no more    no more

Each stage is a function of the state and the reading, and takes the reading away from the stages after it or hands it on. A profile
without stages goes to the limits at once. The reading itself is stored as it came; only what is judged here is a median or a peak.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from larder_core.limits import rising
from larder_core.limits.calm import calm, passed
from larder_core.limits.excursion import Kind, Transition, step, why_ignored
from larder_core.limits.hours import DAY_MS, Hours, Stretch
from larder_core.limits.profile import LimitProfile
from larder_core.limits.state import Account, Beside, State
from larder_core.limits.table import milliseconds
from larder_core.limits.words import Severity, Side

WINDOW_END = "window-end"
"""Why an episode was closed: its opening was over."""

Happened = tuple[Transition, ...]
_NOTHING = Beside()


@dataclass(frozen=True)
class Terms:
    """What one point is judged by. `hours`: when the place is in the use that the profile names; `defrosts`: when its freezer thaws,
    by the register. `max_gap_ms`: the longest time between two good readings over which the earlier one still speaks."""

    profile: LimitProfile
    max_gap_ms: int
    hours: Hours | None = None
    defrosts: Hours | None = None

    @cached_property
    def plain(self) -> bool:
        one = self.profile
        return one.median == 1 and not any((one.service, self.masked, one.early, one.gap, one.cycle))

    @property
    def masked(self) -> bool:
        return self.profile.mask is not None and self.defrosts is not None

    @cached_property
    def longest_mask_ms(self) -> int:
        return 0 if self.profile.mask is None else milliseconds(self.profile.mask.longest_s)


class _Moment(NamedTuple):
    at_ms: int
    value: float


def watch(
    state: State, terms: Terms, at_ms: int, value: float | None, quality: str, *, whole: bool = True
) -> tuple[State, Happened]:
    """The state after one reading, and what happened: `step` of the limits with every stage of the profile around it.

    `whole`: nothing is known to be missing before this reading, so that a gap is one. Never raises for any value.
    """
    if terms.plain:
        return step(state, terms.profile, at_ms, value, quality, max_gap_ms=terms.max_gap_ms)
    if value is None or why_ignored(_seen_last(state), at_ms, value, quality) is not None:
        return state, ()
    moment = _Moment(at_ms, float(value))
    state, gaps = _gap(state, terms, moment) if whole else (state, ())
    state, closed, is_open = _opened(state, terms, moment)
    if not is_open or _is_masked(terms, moment):
        return _idle(state, at_ms), gaps + closed
    state, happened = _cycled(state, terms, moment) if terms.profile.cycle else _judged(state, terms, moment)
    return state, gaps + closed + happened


def watched(state: State, terms: Terms, instants: Sequence[int], values: Sequence[float]) -> State | None:
    """The state after a column of good readings in order of which none can matter, or None where each must be looked at.

    The same as `watch` of each: what is calm is passed over, and only the last readings are remembered.
    """
    if terms.plain:
        is_calm = calm(terms.profile, min(values), max(values), state)
        return passed(state, instants[-1], values[-1]) if is_calm else None
    beside = state.beside or _NOTHING
    if terms.profile.cycle is not None or beside.rise is not None or beside.gap_ms is not None:
        return None
    if (state.last_ms is not None and instants[0] <= state.last_ms) or not _unbroken(state, terms, instants):
        return None
    after: State | None = state
    begin, end = 0, 0
    while after is not None and begin < len(instants):
        after, stretch, is_masked, until_ms = _stretch(after, terms, instants[begin])
        end = len(instants) if instants[-1] < until_ms else bisect_left(instants, until_ms, begin)
        if after is not None:
            part = (instants, values) if end - begin == len(instants) else (instants[begin:end], values[begin:end])
            after = _passed(after, terms, *part, stretch, is_masked=is_masked)
        begin = end
    return after


# ------------------------------------------------------------------------------------------------ the stages


def _seen_last(state: State) -> State:
    """Where limits see peaks of cycles only, the last reading is another than theirs."""
    beside = state.beside
    return state if beside is None or beside.good_ms is None else replace(state, last_ms=beside.good_ms)


def _gap(state: State, terms: Terms, moment: _Moment) -> tuple[State, Happened]:
    gap = terms.profile.gap
    if gap is None or state.last_ms is None:
        return state, ()
    beside, happened = state.beside or _NOTHING, []
    longest_ms, missing_ms = milliseconds(gap.longest_s), moment.at_ms - state.last_ms
    if beside.gap_ms is not None and beside.gap_from_ms is not None:
        whole_ms = state.last_ms - beside.gap_ms
        if whole_ms >= longest_ms or missing_ms > longest_ms:
            over_ms = min(state.last_ms, beside.gap_ms + longest_ms) if whole_ms >= longest_ms else moment.at_ms
            happened.append(_of_gap(Kind.CLEARED, gap.severity, beside.gap_from_ms, over_ms, moment.value))
            beside = replace(beside, gap_ms=None, gap_from_ms=None)
    if longest_ms < missing_ms <= milliseconds(gap.life_s):
        happened.append(_of_gap(Kind.RAISED, gap.severity, state.last_ms, moment.at_ms, moment.value))
        beside = replace(beside, gap_ms=moment.at_ms, gap_from_ms=state.last_ms)
    return (replace(state, beside=beside) if happened else state), tuple(happened)


def _of_gap(kind: Kind, severity: Severity, t0_ms: int, at_ms: int, value: float) -> Transition:
    return Transition(kind, Side.HIGH, severity, t0_ms, at_ms, value, value, None, "gap")


def _opened(state: State, terms: Terms, moment: _Moment) -> tuple[State, Happened, bool]:
    """Whether the profile is in force now; what was open when the last opening ended is closed at its end."""
    service = terms.profile.service
    if service is None:
        return state, (), True
    beside = state.beside or _NOTHING
    happened: Happened = ()
    if beside.until_ms is not None and moment.at_ms >= beside.until_ms:
        state, happened = _shut(state, terms, beside.until_ms)
    stretch = _CLOSED if terms.hours is None else terms.hours.at(moment.at_ms)
    if stretch.is_open and (state.beside or _NOTHING).until_ms != stretch.to_ms:
        state = replace(state, beside=replace(state.beside or _NOTHING, until_ms=stretch.to_ms))
    return state, happened, stretch.is_open


_CLOSED = Stretch(False, 0, 0)


def _shut(state: State, terms: Terms, at_ms: int) -> tuple[State, Happened]:
    """An opening is over: its episodes end, its timers are forgotten but for the budgets that outlast it."""
    happened = []
    for side, episode in ((Side.HIGH, state.high), (Side.LOW, state.low)):
        if episode is not None:
            kind = Kind.NEAR_MISS if episode.severity is None else Kind.CLOSED
            value = episode.peak if state.last_value is None else state.last_value
            happened.append(
                Transition(kind, side, episode.severity, episode.t0_ms, at_ms, value, episode.peak, None, "limit", WINDOW_END)
            )  # fmt: skip
    beside = state.beside or _NOTHING
    if beside.rise is not None and beside.rise.raised:
        happened.append(rising.told(Kind.CLOSED, beside.rise, at_ms, beside.rise.peak, None, WINDOW_END))
    across = terms.profile.service is not None and terms.profile.service.across
    kept = tuple(
        Account() if meter.window_ms is None else account
        for meter, account in zip(state.meters, state.accounts, strict=True)
    )
    after = State(
        state.last_ms, None,
        meters=state.meters if across else (), accounts=kept if across else (),
        beside=Beside(gap_from_ms=beside.gap_from_ms, gap_ms=beside.gap_ms),
    )  # fmt: skip
    return after, tuple(happened)


def _is_masked(terms: Terms, moment: _Moment) -> bool:
    mask = terms.profile.mask
    if mask is None or terms.defrosts is None or moment.value >= mask.until:
        return False
    stretch = terms.defrosts.at(moment.at_ms)
    return stretch.is_open and moment.at_ms - stretch.from_ms < terms.longest_mask_ms


def _idle(state: State, at_ms: int) -> State:
    """The state after a reading that is not judged: known, but it says nothing and nothing was said up to it."""
    beside = state.beside
    if beside is not None and (beside.recent or beside.least or beside.rise):
        rise = beside.rise if beside.rise is None or beside.rise.raised else replace(beside.rise, since_ms=at_ms)
        beside = replace(beside, recent=(), least=(), rise=rise)
    return replace(state, last_ms=at_ms, last_value=None, unknown_since_ms=None, beside=beside)


def _judged(state: State, terms: Terms, moment: _Moment) -> tuple[State, Happened]:
    profile = terms.profile
    rises: Happened = ()
    value = moment.value
    if profile.median > 1 or profile.early is not None:
        beside = state.beside or _NOTHING
        recent = rising.recent(beside.recent, moment.at_ms, terms.max_gap_ms)
        middle = rising.median(recent, value)
        beside = replace(beside, recent=(*recent[-1:], (moment.at_ms, value)))
        if profile.early is not None:
            silent = state.last_ms is None or moment.at_ms - state.last_ms > terms.max_gap_ms
            is_told = state.high is not None and state.high.severity is not None  # what is told already is not early
            beside, rises = rising.risen(beside, profile.early, moment.at_ms, middle, silent=silent, is_told=is_told)
        state = replace(state, beside=beside)
        value = middle if profile.median > 1 else value
    state, happened = step(state, profile, moment.at_ms, value, "", max_gap_ms=terms.max_gap_ms)
    return state, rises + happened


def _cycled(state: State, terms: Terms, moment: _Moment) -> tuple[State, Happened]:
    cycle = terms.profile.cycle
    assert cycle is not None
    beside = state.beside or _NOTHING
    peak, over = beside.cycle, False
    if peak is not None or moment.value > cycle.begins:
        peak = moment.value if peak is None else max(peak, moment.value)
        over = moment.value <= cycle.ends
    after = replace(state, beside=replace(beside, good_ms=moment.at_ms, cycle=None if over else peak))
    if not over or peak is None:
        return replace(after, unknown_since_ms=None), ()
    return step(after, terms.profile, moment.at_ms, peak, "", max_gap_ms=30 * DAY_MS)


# ------------------------------------------------------------------------------------------------ whole columns


def _unbroken(state: State, terms: Terms, instants: Sequence[int]) -> bool:
    """No gap in a record that must have none."""
    if terms.profile.gap is None:
        return True
    longest_ms = milliseconds(terms.profile.gap.longest_s)
    first_ms = instants[0] if state.last_ms is None else state.last_ms
    return instants[-1] - first_ms <= longest_ms or all(
        later - earlier <= longest_ms for earlier, later in zip((first_ms, *instants), instants, strict=False)
    )


_ALWAYS = Stretch(True, 0, 2**63)


def _stretch(state: State, terms: Terms, at_ms: int) -> tuple[State | None, Stretch, bool, int]:
    """In which opening `at_ms` lies, whether in a defrost, and until when both are so. No state where an episode ends with its
    opening."""
    stretch, is_masked, until_ms = _ALWAYS, False, _ALWAYS.to_ms
    if terms.profile.service is not None:
        after, happened, _ = _opened(state, terms, _Moment(at_ms, 0.0))
        stretch = _CLOSED if terms.hours is None else terms.hours.at(at_ms)
        until_ms = until_ms if terms.hours is None else stretch.to_ms
        if happened:
            return None, stretch, False, until_ms
        state = after
    if terms.profile.mask is not None and terms.defrosts is not None:
        thaw = terms.defrosts.at(at_ms)
        end_ms = thaw.from_ms + terms.longest_mask_ms
        is_masked = thaw.is_open and at_ms < end_ms
        until_ms = min(until_ms, min(thaw.to_ms, end_ms) if is_masked else thaw.to_ms)
    return state, stretch, is_masked, until_ms


def _passed(
    state: State, terms: Terms, instants: Sequence[int], values: Sequence[float], stretch: Stretch, *, is_masked: bool
) -> State | None:
    """One part of a column, all of it in or out of an opening and of a defrost."""
    profile, most = terms.profile, max(values)
    if not stretch.is_open:
        return _idle(state, instants[-1]) if state.high is None and state.low is None else None
    if is_masked:
        assert profile.mask is not None
        return _idle(state, instants[-1]) if most < profile.mask.until else None
    recent = [] if state.beside is None else [value for _, value in state.beside.recent]
    least, most = min([min(values), *recent]), max([most, *recent])
    if not calm(profile, least, most, state) or (profile.early is not None and most > profile.early.above):
        return None
    return _remembered(state, terms, instants, values, stretch)


def _remembered(
    state: State, terms: Terms, instants: Sequence[int], values: Sequence[float], stretch: Stretch
) -> State | None:
    profile, beside = terms.profile, state.beside or _NOTHING
    last_value = values[-1]
    if profile.median > 1 or profile.early is not None:
        kept = rising.kept(beside, profile.early, instants, values, terms.max_gap_ms)
        if kept is None:
            return None
        beside, middle = kept
        last_value = middle if profile.median > 1 else last_value
    if profile.service is not None:
        beside = replace(beside, until_ms=stretch.to_ms)
    changed = None if state.beside is None and beside == _NOTHING else beside
    return replace(passed(state, instants[-1], last_value), beside=changed)
