"""What exists in a simulated world: sites with their devices, gateways, places and cameras.

A world holds what the simulator needs and also what a demo needs to write the agent's configuration and the hub's
register for it: ids, names, units, periods, limit profiles, a person for each site. Read from TOML by `world_file`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from larder_sim.thermal import Room

NAME_CHARACTERS = 12
"""Longest site name plus place name in Chinese, in characters: what an alarm SMS of 70 characters has room for."""

MODBUS_SCALE = -1
"""Modbus registers hold tenths: value = number * 10**scale."""
ONEWIRE_SCALE = -3
"""A 1-wire folder holds thousandths of a degree: value = number * 10**scale."""
POINT_SCALE = -1
"""What a reader keeps of either: tenths. A DS18B20 is right within 0.5 °C."""


@dataclass(frozen=True)
class County:
    """A county by its GB/T 2260 code; the code also says which climate it has (`climate`)."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Person:
    """Who answers for a site; `phone` is E.164 (+8613900000001)."""

    id: str
    name_zh: str
    name_en: str
    phone: str


@dataclass(frozen=True)
class Gateway:
    """A Modbus TCP gateway; it listens on the world's base port plus `port_offset`."""

    id: str
    device: str
    port_offset: int


@dataclass(frozen=True)
class ModbusRead:
    """A place read through unit `unit` of a gateway: register 0 temperature and, if `humidity`, register 1 %RH."""

    gateway: str
    unit: int
    humidity: bool


@dataclass(frozen=True)
class OnewireRead:
    """A place read through a DS18B20 with this ROM code (`28-` and twelve hex digits), in its device's 1-wire folder."""

    rom: str


@dataclass(frozen=True)
class Point:
    """One quantity at a place, as an agent and a register name it."""

    id: str  # `<place>-t`, `<place>-h`, `<place>-c<cable>l<layer>`; a camera's point has the camera's id
    place: str
    device: str
    quantity: str  # "temperature", "humidity" or "alive"
    unit: str  # SenML: "Cel", "%RH", "/"
    scale: int  # value = number * 10**scale
    period_s: float  # wall seconds between two readings
    profile: str  # name of a limit profile, "" for none


@dataclass(frozen=True)
class Place:
    """A watched spot. `watch_c` are air temperatures in °C whose true crossing is recorded."""

    id: str
    device: str
    name_zh: str
    name_en: str
    model: str
    room: str
    read: ModbusRead | OnewireRead
    period_s: float
    profile: str
    humidity_profile: str
    start_c: float | None  # °C at simulated second 0; None: what is normal for the model
    watch_c: tuple[float, ...]
    cables: int = 0  # grain: cables with `layers` sensors each, in rows of `across`
    layers: int = 0
    across: int = 1

    @property
    def points(self) -> tuple[Point, ...]:
        """The place's points in the order of its registers: temperature, humidity where it is read, then the cables' sensors."""
        return (*self._air, *self._grain)

    @property
    def _grain(self) -> Iterator[Point]:
        for cable in range(1, self.cables + 1):
            for layer in range(1, self.layers + 1):
                id = f"{self.id}-c{cable}l{layer}"
                yield Point(id, self.id, self.device, "temperature", "Cel", POINT_SCALE, self.period_s, self.profile)

    @property
    def _air(self) -> tuple[Point, ...]:
        temperature = Point(
            f"{self.id}-t", self.id, self.device, "temperature", "Cel", POINT_SCALE, self.period_s, self.profile
        )
        if not (isinstance(self.read, ModbusRead) and self.read.humidity):
            return (temperature,)
        humidity = Point(
            f"{self.id}-h", self.id, self.device, "humidity", "%RH", POINT_SCALE, self.period_s, self.humidity_profile
        )
        return (temperature, humidity)


@dataclass(frozen=True)
class Camera:
    """An RTSP camera; it listens on the world's base port plus `port_offset`."""

    id: str
    device: str
    name_zh: str
    name_en: str
    port_offset: int
    path: str  # starts with "/"
    user: str
    password: str
    auth: str  # a key of `digest.SCHEMES`
    period_s: float

    @property
    def point(self) -> Point:
        """The heartbeat: 1 the camera answered its probe, 0 it did not. It has no limits, so no profile."""
        return Point(self.id, self.id, self.device, "alive", "/", 0, self.period_s, profile="")


@dataclass(frozen=True)
class Site:
    """One canteen, restaurant, pharmacy or grain store."""

    id: str
    county: str  # GB/T 2260, six digits
    kind: str
    name_zh: str
    name_en: str
    person: Person
    rooms: Mapping[str, Room]
    devices: tuple[str, ...]
    gateways: tuple[Gateway, ...]
    places: tuple[Place, ...]
    cameras: tuple[Camera, ...]

    def points(self, device: str) -> tuple[Point, ...]:
        """Every point of one device, places first, in the order of the file."""
        found = [point for place in self.places if place.device == device for point in place.points]
        return (*found, *(camera.point for camera in self.cameras if camera.device == device))


@dataclass(frozen=True)
class World:
    """Sites of one county or several. Names of places and cameras within a world are written `<site>/<id>`."""

    file: Path
    counties: tuple[County, ...]
    name_zh: str
    name_en: str
    base_port: int
    local_start_s: int  # local time of day at simulated second 0, in seconds
    sites: tuple[Site, ...]

    def places(self) -> Iterator[tuple[str, Site, Place]]:
        """Every place with its full name `<site>/<place>`."""
        for site in self.sites:
            for place in site.places:
                yield f"{site.id}/{place.id}", site, place

    def cameras(self) -> Iterator[tuple[str, Site, Camera]]:
        """Every camera with its full name `<site>/<camera>`."""
        for site in self.sites:
            for camera in site.cameras:
                yield f"{site.id}/{camera.id}", site, camera

    def gateways(self) -> Iterator[tuple[str, Site, Gateway]]:
        """Every gateway with its full name `<site>/<gateway>`."""
        for site in self.sites:
            for gateway in site.gateways:
                yield f"{site.id}/{gateway.id}", site, gateway
