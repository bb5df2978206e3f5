"""Asks the register, the ledger and the series, and puts the account of a period together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from larder_core.limits.silence import SilenceFigures
from larder_core.limits.table import milliseconds
from larder_core.sizes import MAX_INT
from larder_hub.accounting.completeness import Completeness, by_device, pieces, step_of, unheard_since
from larder_hub.accounting.explanation import Explanation, Interval, Kind
from larder_hub.accounting.report import EVERYTHING, Asked, Report, Scope, report
from larder_hub.directories import Registered
from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.spans import Span
from larder_hub.ledger.witness import AbsenceTold, Bracket
from larder_hub.register.tenure import Tenure
from larder_hub.series.port import SeriesReader

DAY_MS = 86_400_000
GRID_MS = 30_000
"""Completeness is counted once for all who look between two whole multiples of this, and without a period asked for the last day
ends at one."""


class Testimony(Protocol):
    """When things are missing, and why: `larder_hub.ledger.witness`."""

    def brackets(self, stream: StreamAccount, spans: Iterable[Span]) -> Sequence[Bracket]:
        """Between which instants these numbers, which are not here, were sealed."""

    def absences(self) -> Sequence[AbsenceTold]:
        """When devices say that they took no readings."""


@dataclass(frozen=True)
class Sources:
    """What an account is made of. Each raises FileFailed where its file cannot be read."""

    registered: Callable[[], Registered]
    streams: Callable[[], Sequence[StreamAccount]]
    testimony: Testimony
    series: SeriesReader


class AccountDesk:
    """One for each thread. `figures` are in the time of this world; nothing is due before `delivery_s` has passed."""

    def __init__(self, sources: Sources, now_ms: Callable[[], int], figures: SilenceFigures) -> None:
        self._sources, self._now_ms, self._figures = sources, now_ms, figures
        self._known: tuple[int, Interval, Sequence[Tenure], dict[str, Completeness]] | None = None

    def report(self, from_ms: int | None = None, to_ms: int | None = None, scope: Scope = EVERYTHING) -> Report:
        """The account of `from_ms <= t < to_ms`, of the last day where nothing is said. Raises FileFailed."""
        now_ms = self._now_ms()
        period = self._period(now_ms, from_ms, to_ms)
        register, tenures = self._sources.registered()
        streams = self._sources.streams()
        asked = Asked(now_ms, period, scope, self._figures)
        look = self._horizon(now_ms) // GRID_MS
        return report(asked, register, streams, tenures, self._completeness(look, period, streams, tenures))

    def _period(self, now_ms: int, from_ms: int | None, to_ms: int | None) -> Interval:
        horizon = self._horizon(now_ms)
        if from_ms is None and to_ms is None:
            horizon -= horizon % GRID_MS
        end = max(0, horizon if to_ms is None else min(to_ms, horizon))
        return Interval(min(end, max(0, end - DAY_MS) if from_ms is None else from_ms), end)

    def _horizon(self, now_ms: int) -> int:
        return now_ms - milliseconds(self._figures.delivery_s)

    def _completeness(
        self, look: int, period: Interval, streams: Sequence[StreamAccount], tenures: Sequence[Tenure]
    ) -> dict[str, Completeness]:
        """What came late is seen at the next `look`, though the period be the same."""
        if self._known is not None and self._known[:2] == (look, period) and self._known[2] is tenures:
            return self._known[3]
        step_ms = step_of(period)
        filled = {piece: self._sources.series.filled(*piece, step_ms) for piece in pieces(tenures, period)}
        told = list(explanations(streams, self._sources.testimony, {one.device for one in tenures}))
        self._known = look, period, tenures, by_device(tenures, told, period, filled)
        return self._known[3]


def explanations(
    streams: Sequence[StreamAccount], testimony: Testimony, devices: Iterable[str]
) -> Iterator[Explanation]:
    """Everything that explains a missing reading of these devices."""
    heard: dict[str, int] = {}
    for one in streams:
        heard[one.device] = max(heard.get(one.device, 0), one.heard_ms or 0)
        yield from _awaited(one, testimony)
        yield from _declared(one, testimony)
    for device, absence in testimony.absences():
        within = Interval(absence.from_ms + 1, absence.to_ms)
        yield Explanation(device, Kind.ABSENT, absence.reason, (within,), absence.missed, absence.points)
    for device in devices:
        yield unheard_since(device, heard.get(device))


def _awaited(stream: StreamAccount, testimony: Testimony) -> Iterator[Explanation]:
    for bracket in testimony.brackets(stream, stream.ranges_awaited):
        span = _interval(bracket, stream.heard_ms)
        yield Explanation(stream.device, Kind.AWAITED, "", (span,), bracket.readings)


def _declared(stream: StreamAccount, testimony: Testimony) -> Iterator[Explanation]:
    spans = tuple(_interval(one, stream.heard_ms) for one in testimony.brackets(stream, stream.ranges_declared_lost))
    for loss in stream.losses:
        yield Explanation(stream.device, Kind.DECLARED_LOST, loss.reason, spans, loss.readings)


def _interval(bracket: Bracket, heard_ms: int | None) -> Interval:
    """Without an entry after them they were sealed at any time up to when the stream was heard last."""
    end = bracket.to_ms if bracket.to_ms is not None else heard_ms if heard_ms is not None else MAX_INT
    return Interval(bracket.from_ms or 0, end)
