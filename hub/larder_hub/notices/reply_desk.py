"""The thread that takes replies: each is recorded raw before anything is done about it, done once, and its file removed after.

A process killed between the record and the act finds the record unfinished and takes it up again; an act that was already done by this
reply is found by its note.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

import apsw

from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.taken import record
from larder_hub.metrics import Metrics
from larder_hub.notices.gammu import GammuConfigError
from larder_hub.notices.inbox import GammuInbox, Received
from larder_hub.notices.port import masked
from larder_hub.notices.replies import Decision, Told, Verdict, Yes, decide, read
from larder_hub.notices.texts import Facts, Letterhead, Name, render
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory, Person
from larder_hub.web.ports import Acted

log = logging.getLogger("larder.replies")

LOOK_S = 2.0
BEGUN = "begun"
TICKETS = 10_000
MOST_TEXT = 500
WINDOW_MS = 30 * 24 * 3_600_000
"""A reply is about what was told within this time."""


class ReplyDesk:
    """Owned by one thread."""

    def __init__(self, file: Path, inbox: GammuInbox, directory: Callable[[], Directory], letterhead: Letterhead,
                 metrics: Metrics, now_ms: Callable[[], int], answered: Callable[[], None] = lambda: None) -> None:  # fmt: skip
        self._file, self._inbox, self._directory, self._letterhead = file, inbox, directory, letterhead
        self._metrics, self._now_ms, self._answered = metrics, now_ms, answered
        self._book = SqliteAlarmBook(file)

    def run(self, stop: Event) -> None:
        """Until `stop`. An error of alarms.db ends the process."""
        connection = open_alarms(self._file)
        try:
            while not stop.wait(LOOK_S):
                self.look(connection, self._now_ms())
        finally:
            connection.close()
            self._book.close()

    def look(self, connection: apsw.Connection, now_ms: int) -> None:
        """Take every message that lies in the inbox. An inbox that cannot be read is counted and looked at again."""
        try:
            found = self._inbox.received(now_ms)
        except (GammuConfigError, OSError) as error:
            self._metrics.replies.labels("unreadable").inc()
            log.warning("the inbox cannot be read: %s", error)
            return
        for one in found:
            if self._record(connection, one, now_ms):
                decision = self._act(connection, one, now_ms)
                self._metrics.replies.labels(decision.verdict).inc()
                log.info("reply of %s: %s", masked(one.phone), decision.verdict)
            with suppress(OSError):
                for file in one.files:
                    file.unlink()

    def _record(self, connection: apsw.Connection, one: Received, now_ms: int) -> bool:
        """True if it has not been dealt with yet."""
        with transaction(connection):
            connection.execute(
                "INSERT OR IGNORE INTO reply(name, phone, person, text, sent_ms, read_ms, verdict, alarm) VALUES (?,?,?,?,?,?,?,?)",
                (one.name, one.phone, "", one.text[:MOST_TEXT], one.sent_ms, now_ms, BEGUN, ""),
            )
        return bool(connection.execute("SELECT 1 FROM reply WHERE name=? AND verdict=?", (one.name, BEGUN)).fetchall())

    def _act(self, connection: apsw.Connection, one: Received, now_ms: int) -> Decision:
        people = [person for person in self._directory().people.values() if _bare(person.phone) == _bare(one.phone)]
        said = read(one.text)
        if not people or not _bare(one.phone):
            decision = Decision(Verdict.UNKNOWN_NUMBER)
        elif isinstance(said, Yes):
            told = _told(connection, [person.id for person in people], now_ms)
            decision = self._sign(connection, one, people[0], decide(said, told, one.sent_ms), now_ms)
        else:
            decision = Decision(said)
        with transaction(connection):
            if decision.verdict is Verdict.WHICH:
                self._ask_which(Journal(connection), one, people[0], decision.alarm, now_ms)
            who = people[0].id if people else ""
            taken: list[object] = [
                one.name,
                one.phone,
                who,
                one.text[:MOST_TEXT],
                one.sent_ms,
                now_ms,
                decision.verdict.value,
                decision.alarm,
            ]
            record(connection, now_ms, "reply", taken)
        if decision.verdict is Verdict.WHICH:
            self._answered()
        return decision

    def _sign(
        self, connection: apsw.Connection, one: Received, person: Person, decision: Decision, now_ms: int
    ) -> Decision:
        note = f"短信 {one.name[2:17]}：{one.text.strip()[:MOST_TEXT]}"
        query = "SELECT 1 FROM act WHERE alarm=? AND actor=? AND note=?"
        if decision.alarm and connection.execute(query, (decision.alarm, person.id, note)).fetchall():
            return decision._replace(verdict=Verdict.SIGNED)
        if decision.verdict is not Verdict.SIGNED:
            return decision
        acted = self._book.acknowledge(decision.alarm, person.id, note, now_ms)
        return decision if isinstance(acted, Acted) else decision._replace(verdict=Verdict.ALREADY)

    def _ask_which(self, journal: Journal, one: Received, person: Person, alarm: str, now_ms: int) -> None:
        found = journal.alarm(alarm)
        site = None if found is None else self._directory().sites.get(found.site)
        name = Name("", "") if site is None else Name(site.name_zh, site.name_en)
        text = render(Kind.DIGEST, Facts(Matter.REPLY, name, now_ms=now_ms), person.language, self._letterhead).text
        reference = hashlib.sha256(f"reply {one.name}".encode()).hexdigest()[:24]
        place = name.zh if person.language == "zh" else name.en
        severity = "alarm" if found is None else str(found.severity)
        journal.intend(
            [
                Intent(
                    reference,
                    alarm,
                    Kind.DIGEST,
                    severity,
                    person.id,
                    person.phone,
                    person.language,
                    place,
                    text,
                    now_ms,
                )
            ]
        )


def _told(connection: apsw.Connection, people: list[str], now_ms: int) -> list[Told]:
    """Of which alarms these people were handed a message, also within a digest, oldest first."""
    marks = ", ".join("?" * len(people))
    query = (
        "SELECT a.id, a.ticket, min(n.created_ms), a.acked_ms IS NULL AND (a.condition != 'normal' OR a.severity != 'warning') "  # noqa: S608
        f"FROM notice n JOIN alarm a ON a.id = n.alarm WHERE n.person IN ({marks}) AND n.created_ms > ? AND (n.sent_ms IS NOT NULL "
        "OR EXISTS (SELECT 1 FROM notice d WHERE d.id = n.digest AND d.sent_ms IS NOT NULL)) GROUP BY a.id ORDER BY 3"
    )
    rows = connection.execute(query, (*people, now_ms - WINDOW_MS)).fetchall()
    return [Told(str(row[0]), int(str(row[1])) % TICKETS, int(str(row[2])), bool(row[3])) for row in rows]


def _bare(phone: str) -> str:
    return re.sub(r"^(\+?86)(?=1\d{10}$)", "", phone)
