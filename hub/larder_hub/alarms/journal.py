"""Reading and writing alarms.db inside one transaction, for whoever holds the connection. No decisions are made here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from typing import Any, NamedTuple

import apsw

from larder_core.anchor import Anchor
from larder_core.limits.faulty import FaultState
from larder_core.limits.state import State
from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import OVER, Alarm
from larder_hub.alarms.aside import Aside
from larder_hub.alarms.judge import Happened, PointState
from larder_hub.alarms.lanes import Lane
from larder_hub.alarms.taken import record, settle

_COLUMNS = [field.name for field in fields(Alarm)]
_LIST = ", ".join(_COLUMNS)
_FLAGS = ("late", "settled", "clear_told", "drill")
_ASIDE = [field.name for field in fields(Aside)]
_FRESH = PointState()


class Mark(NamedTuple):
    position: int
    tick_ms: int
    listening_ms: int


class Cause(NamedTuple):
    """What a transition came from: a row of the ledger, or a moment (a tick, a report). `now_ms` is the hub's clock then."""

    now_ms: int
    position: int | None = None


class Held(NamedTuple):
    n: int
    position: int
    received_ms: int
    line: bytes


class Intent(NamedTuple):
    """A notice as it is decided upon; the sender does the rest. `held_ms`: it is somebody's quiet hours, which end then."""

    reference: str
    alarm: str
    kind: str
    severity: str
    person: str
    phone: str
    language: str
    place: str
    text: str
    created_ms: int
    why: str = ""
    held_ms: int | None = None


class Quieted(NamedTuple):
    """A notice that is held back for quiet hours."""

    id: int
    alarm: str
    kind: str
    severity: str
    person: str
    place: str


class Journal:
    """Over one connection, which its caller brackets in a transaction. `intended` counts the notices written through it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self.intended = 0

    # ---------------------------------------------------------------- where the projection is

    def mark(self) -> Mark:
        row = self._db.execute("SELECT position, tick_ms, listening_ms FROM mark").fetchall()[0]
        return Mark(*(int(str(value)) for value in row))

    def keep_mark(self, mark: Mark) -> None:
        self._db.execute("UPDATE mark SET position=?, tick_ms=?, listening_ms=?", mark)

    def judged_ahead(self) -> set[int]:
        """Positions beyond the mark that were judged before their turn."""
        return {int(str(row[0])) for row in self._db.execute("SELECT position FROM ahead")}

    def keep_ahead(self, position: int) -> None:
        self._db.execute("INSERT INTO ahead VALUES (?)", (position,))

    def forget_ahead(self, position: int) -> None:
        self._db.execute("DELETE FROM ahead WHERE position <= ?", (position,))

    def deaf_since(self) -> int | None:
        """Since when the hub has had no connection to its broker."""
        return _whole(self._db.execute("SELECT deaf_ms FROM mark").fetchall()[0][0])

    def keep_deaf(self, since_ms: int | None) -> None:
        self._db.execute("UPDATE mark SET deaf_ms=?1 WHERE deaf_ms IS NOT ?1", (since_ms,))

    def weekly(self) -> int | None:
        """Up to when what is told once a week was told."""
        return _whole(self._db.execute("SELECT weekly_ms FROM mark").fetchall()[0][0])

    def keep_weekly(self, until_ms: int) -> None:
        self._db.execute("UPDATE mark SET weekly_ms=?", (until_ms,))

    # ---------------------------------------------------------------- alarms

    def alarm(self, id: str) -> Alarm | None:
        return next(self.alarms("id=?", id), None)

    def alarms(self, where: str, *values: "apsw.SQLiteValue", tail: str = "ORDER BY ticket") -> Iterator[Alarm]:
        """Alarms by a condition of this package; in the order of their tickets unless `tail` says otherwise."""
        rows = self._db.execute(f"SELECT {_LIST} FROM alarm WHERE {where} {tail}", values).fetchall()  # noqa: S608 (our own words)
        return (_alarm(row) for row in rows)

    def going_on(self, where: str = "1", *values: "apsw.SQLiteValue") -> Iterator[Alarm]:
        """Alarms that are not over. The word stands in the question itself: an index of a part of a table serves no parameter."""
        return self.alarms(f"condition != '{OVER}' AND ({where})", *values)

    def open_alarms(self, device: str | None = None) -> list[Alarm]:
        return list(self.going_on() if device is None else self.going_on("device=?", device))

    def raise_alarm(self, alarm: Alarm) -> Alarm:
        """The alarm with its ticket, the next free number."""
        values = [*_values(alarm)[:-1], None]
        marks = ", ".join("?" * len(_COLUMNS))
        self._db.execute(f"INSERT INTO alarm({_LIST}) VALUES ({marks})", values)  # noqa: S608 (column names)
        settle(self._db, alarm.id)
        kept = self.alarm(alarm.id)
        assert kept is not None
        return kept

    def keep(self, alarm: Alarm) -> None:
        sets = ", ".join(f"{column}=?" for column in _COLUMNS)
        self._db.execute(f"UPDATE alarm SET {sets} WHERE id=?", [*_values(alarm), alarm.id])  # noqa: S608 (column names)

    def drop(self, alarm: Alarm) -> None:
        """Take out an alarm that turned out to be the beginning of another one."""
        self._db.execute("DELETE FROM transition WHERE alarm=?", (alarm.id,))
        self._db.execute("DELETE FROM alarm WHERE id=?", (alarm.id,))

    def transition(self, alarm: Alarm, happened: Happened, cause: Cause) -> None:
        self._db.execute(
            "INSERT INTO transition(alarm, what, severity, at_ms, value, peak, level, position, tick_ms) VALUES (?,?,?,?,?,?,?,?,?)",
            (alarm.id, happened.what, str(happened.severity), happened.at_ms, happened.value, happened.peak, happened.limit,
             cause.position, cause.now_ms if cause.position is None else None),
        )  # fmt: skip

    # ---------------------------------------------------------------- points

    def states(self, device: str, *, settled: bool = False) -> dict[str, PointState]:
        rows = self._db.execute(
            f"SELECT point, excursion, fault, last_any_ms, last_good_ms, last_value FROM {_table(settled)} WHERE device=?",  # noqa: S608
            (device,),
        )
        return {str(row[0]): _state(row[1:]) for row in rows}

    def keep_states(self, device: str, states: Iterable[tuple[str, PointState]], *, settled: bool = False) -> None:
        self._db.executemany(
            f"INSERT OR REPLACE INTO {_table(settled)} VALUES (?,?,?,?,?,?,?)",  # noqa: S608 (one of two tables)
            [
                (
                    device,
                    point,
                    one.last_any_ms,
                    one.last_good_ms,
                    one.last_value,
                    one.excursion.to_json(),
                    one.fault.to_json(),
                )
                for point, one in states
            ],
        )

    def forget_settled(self, device: str) -> None:
        self._db.execute("DELETE FROM settled_state WHERE device=?", (device,))

    def heard(self) -> dict[tuple[str, str], tuple[int | None, int | None]]:
        """Of every point its newest reading and its newest good one."""
        rows = self._db.execute("SELECT device, point, last_any_ms, last_good_ms FROM point_state WHERE point != ''")
        return {(str(row[0]), str(row[1])): (_whole(row[2]), _whole(row[3])) for row in rows}

    def expected(self) -> dict[tuple[str, str], int]:
        return {(str(row[0]), str(row[1])): int(str(row[2])) for row in self._db.execute("SELECT * FROM expected")}

    def expect(self, device: str, point: str, since_ms: int) -> None:
        self._db.execute("INSERT OR IGNORE INTO expected VALUES (?,?,?)", (device, point, since_ms))

    def expect_no_more(self, device: str, point: str) -> None:
        self._db.execute("DELETE FROM expected WHERE device=? AND point=?", (device, point))

    # ---------------------------------------------------------------- streams

    def lane(self, stream: str, device: str) -> Lane:
        row = self._db.execute("SELECT next, hole_ms FROM lane WHERE stream=?", (stream,)).fetchone()
        return Lane(stream, device) if row is None else Lane(stream, device, *row)

    def keep_lane(self, lane: Lane) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO lane VALUES (?,?,?,?)", (lane.stream, lane.device, lane.next, lane.hole_ms)
        )

    def has_hole(self, device: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM lane WHERE device=? AND hole_ms IS NOT NULL", (device,)).fetchone())

    def hold(self, stream: str, held: Held) -> None:
        self._db.execute("INSERT OR IGNORE INTO held VALUES (?,?,?,?,?)", (stream, *held))

    def take_held(self, stream: str, n: int) -> Held | None:
        """The entry held for this number, no longer held."""
        query = "SELECT n, position, received_ms, line FROM held WHERE stream=? AND n=?"
        row = self._db.execute(query, (stream, n)).fetchone()
        if row is None:
            return None
        self._db.execute("DELETE FROM held WHERE stream=? AND n=?", (stream, n))
        return Held(*row)

    def lose(self, stream: str, ranges: Iterable[tuple[int, int]]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO gone VALUES (?,?,?)", [(stream, *one) for one in ranges])

    def gone(self, stream: str, n: int) -> int | None:
        """The last number of the declared loss that says that `n` will not come."""
        query = "SELECT max(last) FROM gone WHERE stream=? AND first<=? AND last>=?"
        return _whole(self._db.execute(query, (stream, n, n)).fetchall()[0][0])

    def forget_gone(self, stream: str, n: int) -> None:
        self._db.execute("DELETE FROM gone WHERE stream=? AND last<?", (stream, n))

    def held_span(self, stream: str) -> tuple[int | None, int]:
        """The lowest number held of a stream, and how many."""
        row = self._db.execute("SELECT min(n), count(*) FROM held WHERE stream=?", (stream,)).fetchall()[0]
        return _whole(row[0]), int(str(row[1]))

    def front(self, stream: str) -> int:
        """The newest number of a stream that was judged, in order or beyond a hole."""
        in_order, beyond = "SELECT next - 1 FROM lane WHERE stream=?1", "SELECT max(n) FROM held WHERE stream=?1"
        query = f"SELECT max(coalesce(({in_order}), 0), coalesce(({beyond}), 0))"
        return int(str(self._db.execute(query, (stream,)).fetchall()[0][0]))

    def late_heard(self, device: str, now_ms: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO backlog VALUES (?,?)", (device, now_ms))

    def late_since(self) -> dict[str, int]:
        return {str(row[0]): int(str(row[1])) for row in self._db.execute("SELECT device, late_ms FROM backlog")}

    # ---------------------------------------------------------------- clocks

    def keep_anchor(self, device: str, anchor: Anchor) -> None:
        self._db.execute("INSERT INTO anchor VALUES (?,?,?,?,?,?)", (device, *anchor))

    def anchors(self, device: str, boot: str) -> list[Anchor]:
        rows: Iterator[Any] = self._db.execute(
            "SELECT boot, at_ms, up_ms, state, error_ms FROM anchor WHERE device=? AND boot=?", (device, boot)
        )
        return [Anchor(*row) for row in rows]

    def least(self, device: str, boot: str, started_ms: int) -> int:
        """The least (arrival - uptime) of a boot, after one more was seen."""
        self._db.execute(
            "INSERT INTO boot VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET least_ms=?3 WHERE ?3 < least_ms",
            (device, boot, started_ms),
        )
        query = "SELECT least_ms FROM boot WHERE device=? AND boot=?"
        return int(str(self._db.execute(query, (device, boot)).fetchall()[0][0]))

    def hush(self, device: str, said_ms: int, until_ms: int) -> None:
        """A word on a pause, unless a later one is known: entries come in any order."""
        self._db.execute(
            "INSERT INTO maintenance VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET said_ms=?2, until_ms=?3 WHERE ?2 >= said_ms",
            (device, said_ms, until_ms),
        )

    def hushed(self) -> dict[str, int]:
        """By device, until when its silence is no alarm."""
        rows = self._db.execute("SELECT device, until_ms FROM maintenance")
        return {str(row[0]): int(str(row[1])) for row in rows}

    # ---------------------------------------------------------------- storms

    def storm_of(self, county: str, since_ms: int, width_ms: float) -> tuple[int, str] | None:
        """The storm of a county to which a device silent since then belongs: number and leading alarm."""
        query = "SELECT id, lead FROM storm WHERE county=? AND over_ms IS NULL AND ? BETWEEN since_ms AND since_ms + ? ORDER BY id"
        row = self._db.execute(query, (county, since_ms, width_ms)).fetchone()
        return None if row is None else (int(str(row[0])), str(row[1]))

    def begin_storm(self, county: str, since_ms: int, lead: str) -> int:
        self._db.execute("INSERT INTO storm(county, since_ms, lead) VALUES (?,?,?)", (county, since_ms, lead))
        return self._db.last_insert_rowid()

    def storm_lead(self, storm: int) -> tuple[str, int]:
        """The leading alarm of a storm, and since when it goes."""
        row = self._db.execute("SELECT lead, since_ms FROM storm WHERE id=?", (storm,)).fetchall()[0]
        return str(row[0]), int(str(row[1]))

    def storms(self) -> list[tuple[int, str, str, int]]:
        """Storms that are not over: number, county, leading alarm, since."""
        rows = self._db.execute(
            "SELECT id, county, lead, since_ms FROM storm WHERE over_ms IS NULL ORDER BY id"
        ).fetchall()
        return [(int(str(row[0])), str(row[1]), str(row[2]), int(str(row[3]))) for row in rows]

    def end_storm(self, storm: int, now_ms: int) -> None:
        self._db.execute("UPDATE storm SET over_ms=? WHERE id=?", (now_ms, storm))

    # ---------------------------------------------------------------- incidents

    def incident_place(self, kind: str) -> int:
        row = self._db.execute("SELECT place FROM incident WHERE kind=?", (kind,)).fetchone()
        return 0 if row is None else int(str(row[0]))

    def keep_incident_place(self, kind: str, place: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO incident VALUES (?,?)", (kind, place))

    def providers_down(self) -> dict[str, int]:
        """What sends messages and does not, by its failures: since when."""
        rows = self._db.execute("SELECT name, down_ms FROM provider WHERE down_ms IS NOT NULL ORDER BY name")
        return {str(row[0]): int(str(row[1])) for row in rows}

    # ---------------------------------------------------------------- people

    def act(self, alarm: str, act: str, actor: str, at_ms: int, note: str) -> None:
        """What somebody did about an alarm, with what follows from it for the alarm."""
        record(self._db, at_ms, "act", [alarm, act, actor, at_ms, note])

    def asides(self, where: str, *values: "apsw.SQLiteValue") -> Iterator[Aside]:
        """What people put aside, by a condition of this package."""
        names = ", ".join(_ASIDE)
        rows: Iterator[Any] = self._db.execute(f"SELECT {names} FROM aside WHERE {where}", values)  # noqa: S608 (our own words)
        return (Aside(*row) for row in rows)

    def put_aside(self, aside: Aside) -> None:
        record(self._db, aside.made_ms, "aside", list(astuple(aside)))

    def end_aside(self, id: str, now_ms: int, actor: str) -> None:
        record(self._db, now_ms, "aside-ended", [id, actor])

    def drills(self, where: str, *values: "apsw.SQLiteValue") -> list[Any]:
        """Rows of exercises, in the order in which they were asked for."""
        return self._db.execute(f"SELECT * FROM drill WHERE {where} ORDER BY begun_ms, id", values).fetchall()  # noqa: S608

    def ask_drill(self, row: Sequence[Any], now_ms: int) -> None:
        record(self._db, now_ms, "drill", list(row))

    def end_drill(self, id: str, actor: str, now_ms: int) -> None:
        record(self._db, now_ms, "drill-ended", [id, actor])

    def keep_drill(self, id: str, alarm: str, ended_ms: int | None, by: str) -> None:
        self._db.execute("UPDATE drill SET alarm=?, ended_ms=?, ended_by=? WHERE id=?", (alarm, ended_ms, by, id))

    def intend(self, intents: Sequence[Intent]) -> None:
        """Notices to be sent; one that was intended before is not intended twice."""
        self.intended += len(intents)
        self._db.executemany(
            "INSERT OR IGNORE INTO notice"
            "(reference, alarm, kind, severity, person, phone, language, place, text, created_ms, why, drill, state, due_ms) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?, coalesce((SELECT drill FROM alarm WHERE id = ?2), 0), "
            "iif(?12 IS NULL, 'waiting', 'quiet'), coalesce(?12, 0))",
            intents,
        )

    def told(self, alarms: Sequence[str], kinds: Sequence[str], *, heard: bool = False) -> list[str]:
        """Who was meant to be told by notices of these kinds, in the order in which it was decided, each once. `heard`: what quiet
        hours hold back does not count."""
        marks, more = ", ".join("?" * len(alarms)), ", ".join("?" * len(kinds))
        quiet = " AND state != 'quiet'" if heard else ""
        rows = self._db.execute(
            f"SELECT person FROM notice WHERE alarm IN ({marks}) AND kind IN ({more}){quiet} GROUP BY person ORDER BY min(id)",  # noqa: S608
            (*alarms, *kinds),
        )
        return [str(row[0]) for row in rows]

    def reached(self, alarm: str) -> int:
        """To how many people a message about this alarm has left, as the driver says; one in an outbox has reached nobody."""
        query = "SELECT count(DISTINCT person) FROM notice WHERE alarm=? AND state IN ('sent', 'delivered')"
        return int(str(self._db.execute(query, (alarm,)).fetchall()[0][0]))

    def unreached(self, alarm: str, since_ms: int) -> bool:
        """Whether there are messages about this alarm decided at `since_ms` or later, and all have failed for good."""
        query = "SELECT count(*), total(state IN ('failed', 'expired', 'dropped')) FROM notice WHERE alarm=? AND created_ms >= ?"
        sent, failed = self._db.execute(query, (alarm, since_ms)).fetchall()[0]
        return 0 < int(str(sent)) == int(float(str(failed)))

    def quiet(self, now_ms: int) -> list[Quieted]:
        """What was held back for quiet hours that are over."""
        query = "SELECT id, alarm, kind, severity, person, place FROM notice WHERE state='quiet' AND due_ms <= ? ORDER BY id"
        rows: Iterator[Any] = self._db.execute(query, (now_ms,))
        return [Quieted(*row) for row in rows]

    def heard_critical(self, alarm: str, person: str) -> bool:
        query = "SELECT 1 FROM notice WHERE alarm=? AND person=? AND severity='critical' AND state != 'quiet'"
        return self._db.execute(query, (alarm, person)).fetchone() is not None

    def release(self, said: Sequence[Quieted], dropped: Sequence[Quieted], digest: Intent | None, now_ms: int) -> None:
        """One message in place of those in `said`; the others are worth none."""
        row = None
        if digest is not None:
            self.intend([digest])
            row = self._db.execute("SELECT id FROM notice WHERE reference=?", (digest.reference,)).fetchall()[0][0]
        ends = [("digested", row, "", one.id) for one in said]
        ends += [
            ("dropped", None, "over, or told as critical, before the quiet hours ended", one.id) for one in dropped
        ]
        self._db.executemany(
            f"UPDATE notice SET state=?, digest=?, detail=?, changed_ms={int(now_ms)} WHERE id=?",  # noqa: S608 (a number)
            ends,
        )

    def acted(self, alarm: str) -> bool:
        """Whether somebody began to put it right or wrote down what was done."""
        query = "SELECT 1 FROM act WHERE alarm=? AND act IN ('start', 'file')"
        return self._db.execute(query, (alarm,)).fetchone() is not None

    def intended_ms(self, person: str, since_ms: int) -> list[int]:
        """When messages to a person were decided upon, exercises left out."""
        query = "SELECT created_ms FROM notice WHERE person=? AND created_ms > ? AND drill = 0"
        rows = self._db.execute(query, (person, since_ms))
        return [int(str(row[0])) for row in rows]


def _table(settled: bool) -> str:
    return "settled_state" if settled else "point_state"


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def _values(alarm: Alarm) -> "list[apsw.SQLiteValue]":
    return [str(value) if isinstance(value, Severity) else value for value in astuple(alarm)]


def _alarm(row: Sequence[Any]) -> Alarm:
    named = dict(zip(_COLUMNS, row, strict=True))
    return Alarm(**(named | {flag: bool(named[flag]) for flag in _FLAGS} | {"severity": Severity(named["severity"])}))


def _state(row: Sequence[Any]) -> PointState:
    excursion, fault, any_ms, good_ms, value = row
    return PointState(State.from_json(excursion), FaultState.from_json(fault), any_ms, good_ms, value)
