"""acts.jsonl and alarms.db: every act goes to both, and what the file has more is taken up again.

The line comes first. A process that dies before the commit finds the line at its next start; an alarms.db that is built anew, or
was restored, finds all that it lacks. An act on an alarm that is not there yet waits for it: it has the same id whenever it is raised.
Everything here happens inside a transaction of the caller.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from larder_hub.alarms.acts import ActFile

UNDONE = "undone"
REPORTED = ("quarantine", "fork")
"""What is a single occurrence is over when somebody has signed it."""


def record(db: apsw.Connection, at_ms: int, what: str, told: list[Any]) -> None:
    """An act: on the disk, then in the tables. Raises BrokenActs, OSError."""
    file = ActFile(Path(db.filename).parent)
    if not file.file.exists():
        _begin(db, file)
    take_up(db)
    n = file.append(at_ms, what, told)
    _TABLES[what](db, at_ms, told)
    db.execute("UPDATE mark SET acts=?", (n,))


def take_up(db: apsw.Connection) -> None:
    """What the file has beyond what these tables know. Raises BrokenActs."""
    file = ActFile(Path(db.filename).parent)
    known = int(str(db.execute("SELECT acts FROM mark").get))
    if file.tail().n <= known:
        return
    for line in file.lines(known):
        _TABLES[line.what](db, line.at_ms, line.told)
        db.execute("UPDATE mark SET acts=?", (line.n,))


def settle(db: apsw.Connection, alarm: str) -> None:
    """An alarm that has just been raised: what people did about it in an earlier life of this file."""
    for act, at_ms, note in db.execute(
        "SELECT act, at_ms, note FROM act WHERE alarm=? ORDER BY id", (alarm,)
    ).fetchall():
        _effect(db, alarm, str(act), int(str(at_ms)), str(note))


def _begin(db: apsw.Connection, file: ActFile) -> None:
    """A hub that is older than the file: its acts so far become the first lines."""
    n = 0
    for told in db.execute("SELECT alarm, act, actor, at_ms, note FROM act ORDER BY id").fetchall():
        n = file.append(int(str(told[3])), "act", list(told))
    db.execute("UPDATE mark SET acts=?", (n,))


def _act(db: apsw.Connection, at_ms: int, told: list[Any]) -> None:
    db.execute("INSERT INTO act(alarm, act, actor, at_ms, note) VALUES (?,?,?,?,?)", told)
    _effect(db, told[0], told[1], at_ms, told[4])


def _effect(db: apsw.Connection, alarm: str, act: str, at_ms: int, note: str) -> None:
    if act == "ack":
        db.execute("UPDATE alarm SET acked_ms=? WHERE id=? AND acked_ms IS NULL", (at_ms, alarm))
        over = (
            "UPDATE alarm SET condition='normal', cleared_ms=? WHERE id=? AND kind IN (?,?) AND condition != 'normal'"
        )
        db.execute(over, (at_ms, alarm, *REPORTED))
    elif (act, note) == (UNDONE, "ack"):
        db.execute("UPDATE alarm SET acked_ms=NULL WHERE id=?", (alarm,))


def _into(table: str, columns: int) -> Callable[[apsw.Connection, int, list[Any]], None]:
    marks = ",".join("?" * columns)

    def insert(db: apsw.Connection, at_ms: int, told: list[Any]) -> None:
        db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", told)  # noqa: S608 (our own words)

    return insert


def _ended(table: str) -> Callable[[apsw.Connection, int, list[Any]], None]:
    def end(db: apsw.Connection, at_ms: int, told: list[Any]) -> None:
        db.execute(f"UPDATE {table} SET ended_ms=?, ended_by=? WHERE id=?", (at_ms, told[1], told[0]))  # noqa: S608

    return end


def _reply(db: apsw.Connection, at_ms: int, told: list[Any]) -> None:
    db.execute(
        "INSERT INTO reply(name, phone, person, text, sent_ms, read_ms, verdict, alarm) VALUES (?,?,?,?,?,?,?,?) "
        "ON CONFLICT(name) DO UPDATE SET verdict=excluded.verdict, alarm=excluded.alarm, person=excluded.person",
        told,
    )


_TABLES: dict[str, Callable[[apsw.Connection, int, list[Any]], None]] = {
    "act": _act,
    "aside": _into("aside", 15),
    "aside-ended": _ended("aside"),
    "drill": _into("drill", 15),
    "drill-ended": _ended("drill"),
    "reply": _reply,
}
