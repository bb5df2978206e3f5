"""From when to when the register expected readings of a point: read from its audited changes. Pure."""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from larder_core.sizes import MAX_INT
from larder_hub.register.directory import PointKey

FOR_EVER = MAX_INT

Row = Mapping[str, Any]


class Tenure(NamedTuple):
    """A point was due every `period_ms` from `from_ms` until before `to_ms` (FOR_EVER: still is). Its device was in service then."""

    device: str
    point: str
    site: str
    county: str
    period_ms: int
    from_ms: int
    to_ms: int


class Expected(NamedTuple):
    """What a reading is expected from, and how often."""

    site: str
    county: str
    period_ms: int


def tenures(changes: Iterable[Row]) -> tuple[Tenure, ...]:
    """`changes` are rows of the register's table `change`, oldest first; those of one instant are one change."""
    kept: dict[str, dict[str, Row]] = {"site": {}, "device": {}, "point": {}}
    begun: dict[PointKey, tuple[Expected, int]] = {}
    closed: list[Tenure] = []
    for at_ms, group in groupby(changes, key=lambda row: int(row["at_ms"])):
        for row in group:
            _take(kept, row)
        now = _expected(kept)
        for key in [key for key, (expected, _) in begun.items() if now.get(key) != expected]:
            expected, since_ms = begun.pop(key)
            if since_ms < at_ms:
                closed.append(_tenure(key, expected, since_ms, at_ms))
        for key, expected in now.items():
            begun.setdefault(key, (expected, at_ms))
    return (*closed, *(_tenure(key, expected, since_ms, FOR_EVER) for key, (expected, since_ms) in begun.items()))


def _take(kept: dict[str, dict[str, Row]], row: Row) -> None:
    rows = kept.get(row["kind"])
    if rows is None:
        return
    if row["after"]:
        rows[row["key"]] = json.loads(row["after"])
    else:
        rows.pop(row["key"], None)


def _expected(kept: Mapping[str, Mapping[str, Row]]) -> dict[PointKey, Expected]:
    found: dict[PointKey, Expected] = {}
    for point in kept["point"].values():
        device = kept["device"].get(point["device"])
        if device is None or not device["in_service"]:
            continue
        county = str(kept["site"].get(device["site"], {}).get("county", ""))
        period_ms = max(1, round(float(point["period_s"]) * 1000))
        found[point["device"], point["id"]] = Expected(device["site"], county, period_ms)
    return found


def _tenure(key: PointKey, expected: Expected, from_ms: int, to_ms: int) -> Tenure:
    site, county, period_ms = expected
    return Tenure(*key, site, county, period_ms, from_ms, to_ms)
