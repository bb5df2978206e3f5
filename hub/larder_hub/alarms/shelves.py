"""Putting alarms aside and taking them back: the port `larder_hub.web.ports.Shelves`, for the API and the command line."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from larder_core.limits.words import Severity
from larder_hub.alarms.aside import LONGEST_MS, NEVER, Aside, never_aside
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.showing import Showing
from larder_hub.register.directory import Directory
from larder_hub.web.ports import UNKNOWN_ALARM, UNKNOWN_SHELF, Refusal, ShelfView, Wish

MOST_WORDS = 500


class SqliteShelves:
    """Each call opens the file for itself, beside a running hub or without one. Raises AlarmsFailed."""

    def __init__(self, file: Path, directory: Callable[[], Directory], rules: Rules) -> None:
        self._file, self._directory, self._rules = file, directory, rules

    def listed(self, now_ms: int) -> Sequence[ShelfView]:
        """What is put aside now or later, the first to end first."""
        connection = open_alarms(self._file)
        try:
            found = Journal(connection).asides("ended_ms IS NULL AND until_ms > ?", now_ms)
            return [_view(one) for one in sorted(found, key=lambda one: (one.until_ms, one.id))]
        finally:
            connection.close()

    def shelve(self, wish: Wish, now_ms: int) -> ShelfView | Refusal:
        """Recorded and in force when this returns."""
        connection = open_alarms(self._file)
        try:
            with transaction(connection):
                journal = Journal(connection)
                made = self._made(journal, wish, now_ms)
                if isinstance(made, Refusal):
                    return made
                journal.put_aside(made)
                if made.alarm:
                    journal.act(made.alarm, "shelve", made.actor, now_ms, made.reason)
                Showing(journal, self._directory(), self._rules).all(now_ms)
            return _view(made)
        finally:
            connection.close()

    def unshelve(self, id: str, actor: str, now_ms: int) -> ShelfView | Refusal:
        connection = open_alarms(self._file)
        try:
            with transaction(connection):
                journal = Journal(connection)
                found = next(journal.asides("id = ? AND ended_ms IS NULL AND until_ms > ?", id, now_ms), None)
                if found is None:
                    return Refusal(
                        UNKNOWN_SHELF, "没有这条搁置，或已到期", "nothing is put aside under this id, or it is over"
                    )
                if not actor.strip():
                    return Refusal("no-actor", "请写明谁", "say who")
                journal.end_aside(id, now_ms, actor.strip())
                if found.alarm:
                    journal.act(found.alarm, "unshelve", actor.strip(), now_ms, "")
                Showing(journal, self._directory(), self._rules).all(now_ms)
            return _view(found)
        finally:
            connection.close()

    def _made(self, journal: Journal, wish: Wish, now_ms: int) -> Aside | Refusal:
        reason, actor = wish.reason.strip()[:MOST_WORDS], wish.actor.strip()
        from_ms = max(now_ms, wish.from_ms or now_ms)
        if not reason or not actor:
            return Refusal("no-reason", "搁置要写明原因和姓名", "say why and who: nothing is put aside without")
        if not now_ms < wish.until_ms <= now_ms + LONGEST_MS or from_ms >= wish.until_ms:
            return Refusal(
                "too-long", "搁置必须在24小时内结束", "it must end later than it begins, and within 24 hours"
            )
        if not (wish.alarm or wish.county or wish.site or wish.device):
            return Refusal("too-wide", "请指明报警、县、单位或设备", "name an alarm, a county, a site or a device")
        severity = Severity.ALARM
        if wish.alarm:
            alarm = journal.alarm(wish.alarm)
            if alarm is None:
                return Refusal(UNKNOWN_ALARM, "没有这个报警", "there is no such alarm")
            severity = alarm.severity
            wish = wish._replace(county="", site="", device=alarm.device, point=alarm.point, kind="")
        if wish.device and never_aside(self._directory(), wish.device, wish.point):
            return Refusal("never", "燃气、疫苗报警不得搁置", f"alarms of {' and '.join(NEVER)} are never put aside")
        told = [*wish, str(severity), from_ms, now_ms]
        id = hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:12]
        return Aside(
            id, wish.county, wish.site, "" if wish.alarm else wish.device, "" if wish.alarm else wish.point, wish.kind,
            wish.alarm, str(severity), from_ms, wish.until_ms, reason, actor, now_ms,
        )  # fmt: skip


def _view(aside: Aside) -> ShelfView:
    return ShelfView(**{key: value for key, value in asdict(aside).items() if not key.startswith("ended")})
