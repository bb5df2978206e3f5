"""The register as one frozen value: who and what there is, against which arrivals, silence and completeness are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from larder_hub.register.roster import Duty
from larder_hub.register.route import Level, Route

__all__ = ["Device", "Directory", "Duty", "Grid", "Level", "Person", "Place", "Point", "PointKey", "Quantity", "Site"]

Quantity = Literal["temperature", "humidity", "camera", "door", "power", "other"]
Use = Literal["service", "work", "defrost"]


class Site(NamedTuple):
    """A supervised unit (场所): canteen, restaurant, pharmacy, grain store. `grid`: its grid cell, "" for none."""

    id: str
    county: str
    kind: str
    name_zh: str
    name_en: str
    grid: str = ""


class Grid(NamedTuple):
    """A grid cell (网格) of a county, with an officer of its own; sites name their cell."""

    id: str
    county: str
    name_zh: str
    name_en: str


class Place(NamedTuple):
    """A watched spot of a site, as `fridge2`; its id is unique within the site."""

    site: str
    id: str
    name_zh: str
    name_en: str


class Device(NamedTuple):
    """A device and the key (base64url) its entries are signed with. Out of service means: known, heard, never missed."""

    id: str
    county: str
    site: str
    public_key: str
    in_service: bool


class Point(NamedTuple):
    """One quantity at a place, read every `period_s` by `device`. `profile` is a limit profile's key, or "" for none.

    `sample_s`: how often the device is told to read it, 0 for what its own file says. A calibration: `offset` corrects a reading when
    it is added, by `certificate`, good until the end of the day `certificate_until` (2027-01-31); "" for none. Limits are applied to
    the corrected value only where `judge_corrected` says so; the reading itself is never altered.
    """

    device: str
    id: str
    place: str
    quantity: Quantity
    unit: str
    period_s: float
    profile: str
    sample_s: float = 0.0
    offset: float = 0.0
    certificate: str = ""
    certificate_until: str = ""
    judge_corrected: bool = False

    @property
    def correction(self) -> float:
        """What to add to a reading before limits are applied."""
        return self.offset if self.certificate and self.judge_corrected else 0.0


class Person(NamedTuple):
    """`channels` names entries `[notify.NAME]` of the hub's configuration: further ways beside the telephone. `quiet`: hours
    (`22:00-06:00`, Beijing time) in which only what is critical is told; "" for none."""

    id: str
    name: str
    phone: str
    language: Literal["zh", "en"]
    channels: tuple[str, ...] = ()
    quiet: str = ""


class Open(NamedTuple):
    """A place of a site, or all of it (""), is in `use` on `days` ("1-5", Monday is 1) from `opens` to `closes` ("11:00"), Beijing
    time. `service`: meals are served; `work`: people work there; `defrost`: a freezer thaws by its timer."""

    site: str
    place: str
    use: Use
    days: str
    opens: str
    closes: str


class Day(NamedTuple):
    """From day `first` to `last` (2027-01-20) a site's hours are those of weekday `like`; 0: it is closed."""

    site: str
    first: str
    last: str
    like: int


class Changed(NamedTuple):
    """Limits of a profile changed for a site, or one place of it: by whom, why, when; `figures` is JSON of `limits.override`."""

    site: str
    place: str
    profile: str
    author: str
    reason: str
    date: str
    figures: str


PointKey = tuple[str, str]
"""(device, point)"""


@dataclass(frozen=True)
class Directory:
    """Every table of the register by its key; made by `larder_hub.register.store`."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    points: Mapping[PointKey, Point] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    grids: Mapping[str, Grid] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    opens: tuple[Open, ...] = ()
    days: tuple[Day, ...] = ()
    changed: tuple[Changed, ...] = ()

    def points_of(self, device: str) -> Sequence[Point]:
        """The points of a device, in the order of the register."""
        return self._by_device.get(device, ())

    @cached_property
    def _by_device(self) -> Mapping[str, Sequence[Point]]:
        found: dict[str, list[Point]] = {}
        for point in self.points.values():
            found.setdefault(point.device, []).append(point)
        return found

    def place_of(self, point: Point) -> Place | None:
        return self.places.get((self.devices[point.device].site, point.place))

    def opens_of(self, point: Point, use: Use) -> tuple[tuple[Open, ...], tuple[Day, ...]]:
        """Hours of a point's place in one use, those of the place before those of the site, and the special days of the site."""
        site = self.devices[point.device].site
        of_use = [one for one in self.opens if (one.site, one.use) == (site, use)]
        own = tuple(one for one in of_use if one.place == point.place)
        of_site = tuple(one for one in of_use if one.place == "")
        return own or of_site, tuple(one for one in self.days if one.site == site)

    def changed_for(self, point: Point) -> Changed | None:
        """The override of a point's profile at its place, or at its site."""
        if not self.changed or point.device not in self.devices:
            return None
        site = self.devices[point.device].site
        return self._changed.get((site, point.place, point.profile)) or self._changed.get((site, "", point.profile))

    @cached_property
    def _changed(self) -> Mapping[tuple[str, str, str], Changed]:
        return {(one.site, one.place, one.profile): one for one in self.changed}

    def on_duty(self, level: Level, scope: str) -> tuple[Person, ...]:
        """Who answers at this level for this scope at any time, in the order of the register."""
        named = dict.fromkeys(duty.person for duty in self.duties if (duty.level, duty.scope) == (level, scope))
        return tuple(self.people[person] for person in named)
