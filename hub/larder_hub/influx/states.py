"""How points stand now, what alarms did, and how complete devices were, as lines. Boards need no other source."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw
from prometheus_client import CollectorRegistry

from larder_core.limits.words import Severity, rank
from larder_hub.accounting.report import Report
from larder_hub.alarms.alarm import OVER
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.schema import AlarmsFailed
from larder_hub.influx.lines import ALARM, COMPLETENESS, METRIC, OPEN, POINT, SITE, line, whole
from larder_hub.influx.readings import tags_of
from larder_hub.register.directory import Directory, PointKey
from larder_hub.web.now import PlaceNow, PointNow, State
from larder_hub.web.ports import AlarmView

_TRANSITIONS = """
SELECT t.id, a.county, a.site, a.device, a.point, a.kind, a.side, t.what, t.severity, t.at_ms, a.t0_ms, a.ticket, a.late,
       t.value, t.peak, t.level
  FROM transition t JOIN alarm a ON a.id = t.alarm WHERE t.id > ? AND a.drill = 0 ORDER BY t.id LIMIT ?"""


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
        """The next transitions as lines, and the last one's number. Numbers begin anew where alarms.db was built anew.

        Raises AlarmsFailed where the file cannot be read.
        """
        try:
            if self._db is None:
                self._db = apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READONLY)
                self._db.set_busy_timeout(5_000)
            newest = _int(self._db.execute("SELECT coalesce(max(id), 0) FROM transition").get)
            last = 0 if newest < last else last
            rows = self._db.execute(_TRANSITIONS, (last, limit)).fetchall()
        except apsw.Error as error:
            raise AlarmsFailed(f"{self._file}: {error} (is it there, does this user own it?)") from error
        return (_int(rows[-1][0]) if rows else last), [_transition(row) for row in rows]


def _transition(row: Sequence[Any]) -> str:
    _, county, site, device, point, kind, side, what, severity, at_ms, t0_ms, ticket, late, *numbers = row
    tags = {"county": county, "site": site, "device": device, "point": point, "kind": kind, "side": side, "what": what,
            "severity": severity}  # fmt: skip
    fields = {"t0_ms": whole(_int(t0_ms)), "ticket": whole(_int(ticket)), "late": whole(_int(late))}
    for name, figure in zip(("value", "peak", "level"), numbers, strict=True):
        if figure is not None:
            fields[name] = decimal(float(str(figure)))
    return line(ALARM, {key: str(value) for key, value in tags.items()}, fields, _int(at_ms))


@dataclass(frozen=True)
class Standing:
    """How everything stands at one moment; `rules` are in the time of this world."""

    places: Sequence[PlaceNow]
    alarms: Sequence[AlarmView]
    directory: Directory
    rules: Rules
    now_ms: int

    @cached_property
    def shown(self) -> list[AlarmView]:
        """Alarms that go on and that nothing hides; an exercise is none."""
        return [one for one in self.alarms if one.condition != OVER and one.visibility == "shown" and not one.drill]

    def gravest(self, key: PointKey) -> int:
        """0 for none to 3 for critical, of the point or of its whole device."""
        mine = (one for one in self.shown if one.device == key[0] and one.point in ("", key[1]))
        return max((rank(Severity(one.severity)) for one in mine), default=0)

    def names(self, site: str, place: str) -> dict[str, str]:
        """In both languages, as tags."""
        at, spot = self.directory.sites.get(site), self.directory.places.get((site, place))
        return {
            "site_zh": at.name_zh if at else "", "site_en": at.name_en if at else "",
            "place_zh": spot.name_zh if spot else "", "place_en": spot.name_en if spot else "",
        }  # fmt: skip


def blind(one: PointNow) -> bool:
    """Due, and not to be believed: no data, old data, or a bad reading."""
    return one.in_service and (one.state is not State.FRESH or one.last is None or bool(one.last.quality))


def points_now(standing: Standing) -> Iterator[str]:
    """A line a point: its last good value, its age, the mildest limits in force, the gravest alarm, and whether it is blind."""
    for place in standing.places:
        for one in place.points:
            key = (one.point.device, one.point.id)
            tags = tags_of(key, standing.directory) | standing.names(place.site.id, place.place.id)
            fields = {
                "severity": whole(standing.gravest(key)),
                "blind": whole(int(blind(one))),
                "in_service": whole(int(one.in_service)),
            }
            if one.last is not None and one.last.last_good_value is not None and one.last.last_good_at_ms is not None:
                fields["value"] = decimal(one.last.last_good_value * 10.0**one.last.last_good_scale)
                fields["age_s"] = decimal((standing.now_ms - one.last.last_good_at_ms) / 1000)
            profile = standing.rules.profile(one.point)
            for side in profile.table.sides if profile is not None else ():
                if side.mildest is not None:
                    fields[f"limit_{side.side}"] = decimal(side.mildest.limit)
            yield line(POINT, tags, fields, standing.now_ms)


def sites_now(standing: Standing) -> Iterator[str]:
    """A line a site, those without any alarm too: open alarms by severity, those that nobody signed, blind points, cameras."""
    points: dict[str, list[PointNow]] = {id_: [] for id_ in standing.directory.sites}
    for place in standing.places:
        points[place.site.id] += place.points
    for site in standing.directory.sites.values():
        mine = [one for one in standing.shown if one.site == site.id]
        cameras = [one for one in points[site.id] if one.point.quantity == "camera" and one.in_service]
        counts = {severity.value: sum(one.severity == severity for one in mine) for severity in Severity}
        dark = sum(blind(one) for one in points[site.id])
        fields = counts | {
            "unsigned": sum(one.handling == "unacked" and one.severity != Severity.WARNING for one in mine),
            "blind": dark,
            "points": sum(one.in_service for one in points[site.id]),
            "cameras": len(cameras),
            "cameras_answering": sum(one.answering is True for one in cameras),
            "state": _state(counts, dark),
        }
        names = standing.names(site.id, "")
        tags = {"county": site.county, "site": site.id, "kind": site.kind} | names
        yield line(SITE, tags, {name: whole(count) for name, count in fields.items()}, standing.now_ms)


def _state(counts: Mapping[str, int], dark: int) -> int:
    """0 normal, 1 blind, 2 warning, 3 alarm, 4 critical: the word of a state timeline."""
    worst = max((severity.rank for severity in Severity if counts[severity]), default=0)
    return worst + 1 if worst else int(dark > 0)


def alarms_open(standing: Standing) -> Iterator[str]:
    """A line an alarm that goes on: since when, how far beyond, who handles it."""
    for one in standing.alarms:
        if one.condition == OVER or one.drill:
            continue
        where = tags_of((one.device, one.point), standing.directory)
        tags = where | standing.names(one.site, where["place"]) | {
            "kind": one.kind, "side": one.side, "severity": one.severity, "handling": one.handling, "visibility": one.visibility,
            "ticket": one.ticket,
        }  # fmt: skip
        over_s = (standing.now_ms - one.since_ms) / 1000 * standing.rules.time_scale
        fields = {
            "rank": whole(rank(Severity(one.severity))),
            "since_ms": whole(one.since_ms),
            "over_s": decimal(over_s),
        }
        for name, figure in (("value", one.value), ("peak", one.peak), ("level", one.limit)):
            if figure is not None:
                fields[name] = decimal(figure)
        yield line(OPEN, tags, fields, standing.now_ms)


def metrics_now(registry: CollectorRegistry, now_ms: int) -> Iterator[str]:
    """Every sample of /metrics but the buckets of histograms: a board of the pipeline needs no Prometheus."""
    for family in registry.collect():
        for sample in family.samples:
            if sample.name.endswith(("_bucket", "_created")) or not math.isfinite(sample.value):
                continue
            labels = {f"label_{key}": value for key, value in sample.labels.items()}
            yield line(METRIC, labels | {"name": sample.name}, {"value": decimal(sample.value)}, now_ms)


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


def decimal(value: float) -> str:
    """A field of decimal type, to six places."""
    return f"{value:.6f}".rstrip("0") + ("0" if float(value).is_integer() else "")
