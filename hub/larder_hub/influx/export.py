"""The thread that writes: ledger rows in their order, transitions in theirs, states as they are. An outage only makes it lag.

The mark moves once the server has taken everything up to it. After a crash in between, the same lines are written again, which
changes nothing: a line has the same tags and time each time, so it falls on itself.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from larder_hub.config import InfluxConfig
from larder_hub.influx.journal import Journal, Mark, Timed
from larder_hub.influx.lines import BAD, READING
from larder_hub.influx.readings import EVERYTHING, SettledSeries, lines_of, spans, told
from larder_hub.influx.server import Never, NotNow, SeriesServer
from larder_hub.influx.states import TransitionReader
from larder_hub.ledger.rows import LedgerReader
from larder_hub.metrics import Metrics
from larder_hub.projections.runner import Bell
from larder_hub.register.directory import Directory
from larder_hub.series.port import SeriesReader

log = logging.getLogger("larder.influx")

ROWS_AT_ONCE = 200
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True)
class Origins:
    """What is written from, each read beside its writer. `snapshot` gives the lines of how things are at a moment."""

    ledger: LedgerReader
    series: SeriesReader
    settled: SettledSeries
    transitions: TransitionReader
    directory: Callable[[], Directory]
    snapshot: Callable[[int], list[str]]


class InfluxExport:
    """Owned by one thread. `turn` does what there is to do and can be driven by a test; `run` is the thread."""

    name = "influx"

    def __init__(self, config: InfluxConfig, origins: Origins, journal: Journal, server: SeriesServer, metrics: Metrics,
                 now_ms: Callable[[], int], bell: Bell) -> None:  # fmt: skip
        self._config, self._origins, self._journal, self._server = config, origins, journal, server
        self._metrics, self._now_ms, self._bell = metrics, now_ms, bell
        self._seen_ms = 0
        self._shifts: dict[int, int] | None = None
        self.stands = 0

    def run(self, stop: Event) -> None:
        """Until `stop`. A server that does not take anything is asked again after ever longer pauses, of a minute at most."""
        pause_s, rung = 0.0, 0
        while not stop.is_set():
            try:
                more = self.turn()
                if pause_s:
                    log.info("%s takes points again", self._config.url)
                pause_s = 0.0
                self._metrics.influx_up.set(1)
            except NotNow as error:
                pause_s = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, pause_s * 2))
                self._metrics.influx_up.set(0)
                self._metrics.influx_failures.inc()
                log.warning("influx: %s; nothing is lost, next try in %g s", error, pause_s)
                self._snapshot()
                stop.wait(pause_s)
                continue
            if not more:
                rung = self._bell.wait_beyond(rung, 1.0)

    def turn(self) -> bool:
        """Write what there is, some of it at a time. True if there is more. Raises NotNow: nothing moves then."""
        self._snapshot()
        mark = self._journal.mark()
        rows, mark = self._rows(mark)
        self._transitions(mark)
        self._waiting()
        self._retime()
        waiting, aside = self._journal.counts()
        self._metrics.influx_waiting.set(waiting)
        self._metrics.influx_aside.set(aside)
        return rows

    # ---------------------------------------------------------------- the ledger

    def _rows(self, mark: Mark) -> tuple[bool, Mark]:
        """The series reads a row first: it says at which time a reading counts."""
        ready = self._origins.settled.position()
        rows = [row for row in self._origins.ledger.after(mark.position, ROWS_AT_ONCE) if row.position <= ready]
        self.stands = mark.position
        if not rows:
            return False, mark
        directory, lines, timed = self._origins.directory(), list[str](), list[Timed]()
        for row in rows:
            one = told(row, self._origins.settled, directory)
            lines += one.lines
            if one.shift_ms is not None:
                timed.append(Timed(row.position, row.device, one.shift_ms))
        self._write(lines)
        mark = mark._replace(position=rows[-1].position)
        self._journal.advance(mark, timed)
        self._shifts = None if timed else self._shifts
        self.stands = mark.position
        self._metrics.position.labels(self.name).set(mark.position)
        return True, mark

    def _transitions(self, mark: Mark) -> None:
        last, lines = self._origins.transitions.after(mark.transition, self._config.points_at_once)
        if last != mark.transition:
            self._write(lines)
            self._journal.advance(mark._replace(transition=last))

    def _retime(self) -> None:
        """What an anchor has moved since it was written is written at its new time, and deleted at its old one."""
        current = self._origins.settled.untrusted()
        if current == self._shifts:
            return
        for one in self._journal.timed():
            shift_ms = current.get(one.position, 0)
            if shift_ms != one.shift_ms:
                self._move(one, shift_ms)
        self._shifts = current

    def _move(self, one: Timed, shift_ms: int) -> None:
        """A deletion takes with it what else stands between the first and last instant, so all that is to be there is written."""
        row, directory = self._origins.ledger.after(one.position - 1, 1)[0], self._origins.directory()
        for point, first, last in spans(row, one.shift_ms):
            for measurement in (READING, BAD):
                if not self._server.delete(measurement, {"device": row.device, "point": point}, first, last):
                    self._metrics.influx_stale.inc()
            values = self._origins.series.between(row.device, point, first, last + 1, EVERYTHING)
            self._write(lines_of((row.device, point), values, directory))
        self._write(told(row, self._origins.settled, directory).lines)
        self._journal.advance(self._journal.mark(), [one._replace(shift_ms=shift_ms)])

    # ---------------------------------------------------------------- states

    def _snapshot(self) -> None:
        """How things are, as often as configured, also while the server is away: nobody could say it later."""
        now_ms = self._now_ms()
        every_ms = round(self._config.states_every_s * 1000)
        if now_ms // every_ms == self._seen_ms // every_ms:
            return
        self._seen_ms = now_ms
        gone = self._journal.wait(self._origins.snapshot(now_ms // every_ms * every_ms))
        if gone:
            self._metrics.influx_dropped.inc(gone)
            log.warning("influx: %d lines of states had to go, too many wait for the server", gone)

    def _waiting(self) -> None:
        while found := self._journal.waiting(self._config.points_at_once):
            self._write([text for _, text in found])
            self._journal.written(found[-1][0])

    # ---------------------------------------------------------------- writing

    def _write(self, lines: Sequence[str]) -> None:
        for begin in range(0, len(lines), self._config.points_at_once):
            some = lines[begin : begin + self._config.points_at_once]
            refused: list[Never] = self._server.write(some)
            self._metrics.influx_points.inc(len(some))
            if refused:
                self._journal.set_aside(refused, self._now_ms())
                for one in refused[:5]:
                    log.warning("influx: set aside for ever: %s (%s)", one.line[:200] or "some points", one.reason)
