"""What is so now: the register and the last readings, judged at one moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from larder_core.limits.silence import Level, SilenceFigures, judge
from larder_hub.register.directory import Directory, Place, Point, PointKey, Site
from larder_hub.series.port import LastReading


class State(StrEnum):
    """Whether data comes as the register says it should: within the stale interval, later than that, or not at all."""

    FRESH = "fresh"
    STALE = "stale"
    OFFLINE = "offline"


_STATES = {
    Level.FRESH: State.FRESH,
    Level.STALE: State.STALE,
    Level.OFFLINE: State.OFFLINE,
    Level.CRITICAL: State.OFFLINE,
}


@dataclass(frozen=True)
class PointNow:
    """`last` is None for a point that never said anything; then `age_ms` is None too. `in_service` is the device's."""

    point: Point
    last: LastReading | None
    age_ms: int | None
    state: State
    in_service: bool

    @property
    def value(self) -> Decimal | None:
        """The last value, of whatever quality."""
        return (
            None if self.last is None or self.last.value is None else Decimal(self.last.value).scaleb(self.last.scale)
        )

    @property
    def corrected(self) -> Decimal | None:
        """The last value, corrected by the registered calibration; None where there is no calibration, or no value."""
        if self.value is None or not self.point.certificate:
            return None
        return self.value + Decimal(str(self.point.offset))

    @property
    def sound(self) -> bool:
        """The last reading is good and the data are not offline: what it says may be believed."""
        return self.last is not None and not self.last.quality and self.state is not State.OFFLINE

    @property
    def answering(self) -> bool | None:
        """Of a camera: whether it answered its last probe; None where that is not known."""
        if self.last is None or self.last.value is None or self.state is State.OFFLINE:
            return None
        return self.last.value != 0


@dataclass(frozen=True)
class PlaceNow:
    site: Site
    place: Place
    points: tuple[PointNow, ...]


def places_now(
    directory: Directory, last: Mapping[PointKey, LastReading], silence: SilenceFigures, now_ms: int
) -> tuple[PlaceNow, ...]:
    """Every place of the register in its order. `silence` is already in the time of this world."""
    points: dict[tuple[str, str], list[PointNow]] = {}
    for key, point in directory.points.items():
        device = directory.devices[point.device]
        now = _point_now(point, last.get(key), silence, now_ms, in_service=device.in_service)
        points.setdefault((device.site, point.place), []).append(now)
    return tuple(
        PlaceNow(directory.sites[site], place, tuple(points.get((site, id_), ())))
        for (site, id_), place in directory.places.items()
    )


def _point_now(
    point: Point, last: LastReading | None, silence: SilenceFigures, now_ms: int, *, in_service: bool
) -> PointNow:
    if last is None:
        return PointNow(point, None, None, State.OFFLINE, in_service)
    judged = judge(last.last_good_at_ms, last.at_ms, 0, point.period_s, now_ms, silence)
    return PointNow(point, last, now_ms - last.at_ms, _STATES[judged.level], in_service)
