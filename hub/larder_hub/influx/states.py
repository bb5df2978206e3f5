"""How points stand now, what alarms did, and how complete devices were, as lines. Boards need no other source."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw

from larder_core.limits.words import Severity, rank
from larder_hub.accounting.report import Report
from larder_hub.alarms.rules import Rules
from larder_hub.influx.lines import ALARM, COMPLETENESS, POINT, line, whole
from larder_hub.influx.readings import tags_of
from larder_hub.register.directory import Directory, PointKey
from larder_hub.web.now import PlaceNow, State
from larder_hub.web.ports import AlarmView

_TRANSITIONS = """
SELECT t.id, a.county, a.site, a.device, a.point, a.kind, a.side, t.what, t.severity, t.at_ms, a.t0_ms, a.ticket, a.late,
       t.value, t.peak, t.level
  FROM transition t JOIN alarm a ON a.id = t.alarm WHERE t.id > ? ORDER BY t.id LIMIT ?"""


class TransitionReader:
    """The transitions in alarms.db, beside those who write it; owned by one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db: apsw.Connection | None = None

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def after(self, last: int, limit: int) -> tuple[int, list[str]]:
        """The next transitions as lines, and the last one's number. Numbers begin anew where alarms.db was built anew."""
        if self._db is None:
            self._db = apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READONLY)
            self._db.set_busy_timeout(5_000)
        newest = int(str(self._db.execute("SELECT coalesce(max(id), 0) FROM transition").get))
        last = 0 if newest < last else last
        rows = self._db.execute(_TRANSITIONS, (last, limit)).fetchall()
        return (int(str(rows[-1][0])) if rows else last), [_transition(row) for row in rows]


def _transition(row: Sequence[Any]) -> str:
    _, county, site, device, point, kind, side, what, severity, at_ms, t0_ms, ticket, late, *numbers = row
    tags = {"county": county, "site": site, "device": device, "point": point, "kind": kind, "side": side, "what": what,
            "severity": severity}  # fmt: skip
    fields = {"t0_ms": whole(_int(t0_ms)), "ticket": whole(_int(ticket)), "late": whole(_int(late))}
    for name, figure in zip(("value", "peak", "level"), numbers, strict=True):
        if figure is not None:
            fields[name] = _decimal(float(str(figure)))
    return line(ALARM, {key: str(value) for key, value in tags.items()}, fields, _int(at_ms))


def points_now(places: Iterable[PlaceNow], alarms: Iterable[AlarmView], rules: Rules,
               directory: Directory, now_ms: int) -> list[str]:  # fmt: skip
    """A line a point: its last good value, its age, the mildest limits in force, the gravest alarm, and whether it is blind."""
    worst: dict[PointKey, Severity] = {}
    for alarm in alarms:
        if alarm.condition == "normal" or alarm.visibility != "shown":
            continue
        key, severity = (alarm.device, alarm.point), Severity(alarm.severity)
        worst[key] = max(worst.get(key, severity), severity, key=rank)
    lines = []
    for place in places:
        for one in place.points:
            key = (one.point.device, one.point.id)
            tags = tags_of(key, directory) | {
                "site_zh": place.site.name_zh, "site_en": place.site.name_en,
                "place_zh": place.place.name_zh, "place_en": place.place.name_en,
            }  # fmt: skip
            grave = max(rank(worst.get(key)), rank(worst.get((one.point.device, ""))))
            blind = one.in_service and (one.state is not State.FRESH or one.last is None or bool(one.last.quality))
            fields = {"severity": whole(grave), "blind": whole(int(blind)), "in_service": whole(int(one.in_service))}
            if one.last is not None and one.last.last_good_value is not None and one.last.last_good_at_ms is not None:
                fields["value"] = _decimal(one.last.last_good_value * 10.0**one.last.last_good_scale)
                fields["age_s"] = _decimal((now_ms - one.last.last_good_at_ms) / 1000)
            profile = rules.profile(one.point)
            if profile is not None:
                for side in profile.table.sides:
                    if side.mildest is not None:
                        fields[f"limit_{side.side}"] = _decimal(side.mildest.limit)
            lines.append(line(POINT, tags, fields, now_ms))
    return lines


def completeness(report: Report) -> list[str]:
    """A line a device that was due in the report's period, at the period's beginning. Written again it takes the older's place."""
    lines = []
    for one in report.devices:
        done = one.completeness
        if not done.due:
            continue
        tags = {"county": one.county, "site": one.site, "device": one.device}
        fields = {
            "due": done.due, "good": done.good, "bad": sum(done.bad.values()), "awaited": done.awaited,
            "declared_lost": sum(done.declared_lost.values()), "absent": sum(done.absent.values()),
            "unheard": done.unheard, "unexplained": done.unexplained,
        }  # fmt: skip
        told = {name: whole(count) for name, count in fields.items()}
        lines.append(line(COMPLETENESS, tags, told, report.period.from_ms))
    return lines


def _int(value: Any) -> int:
    return int(value)


def _decimal(value: float) -> str:
    return f"{value:.6f}".rstrip("0") + ("0" if float(value).is_integer() else "")
