"""The settings of a Modbus driver: `sample.toml` beside this file explains each key."""

from collections.abc import Mapping
from typing import NamedTuple

from larder_agent.drivers.address import HOST, HOST_HINT
from larder_agent.drivers.port import PointSpec
from larder_agent.drivers.quality import Bounds, bounds
from larder_agent.drivers.settings import SettingsReader, refuse_twins

WORDS = {"int16": 1, "uint16": 1, "int32": 2, "float32": 2}
"""How many registers of 16 bits a number of each type takes."""


class RegisterPoint(NamedTuple):
    """A point and where its number stands. `register` counts from 0, as on the wire."""

    spec: PointSpec
    unit_id: int
    kind: str
    register: int
    type: str
    low_word_first: bool
    within: Bounds

    @property
    def words(self) -> int:
        return WORDS[self.type]


class Gateway(NamedTuple):
    host: str
    port: int
    timeout_s: float
    points: tuple[RegisterPoint, ...]


def read_settings(settings: Mapping[str, object]) -> Gateway:
    """Raises SettingsError."""
    reader = SettingsReader(settings)
    host = reader.text("host", pattern=HOST, hint=HOST_HINT, echo=False)
    port = reader.integer("port", 1, 65535, 502)
    timeout_s = reader.number("timeout_s", 0.05, 30, 1.0)
    points = tuple(_point(table) for table in reader.tables("point"))
    reader.finish()
    refuse_twins([point.spec.id for point in points])
    return Gateway(host, port, timeout_s, points)


def _point(reader: SettingsReader) -> RegisterPoint:
    spec = PointSpec(reader.identifier(), reader.unit(), reader.integer("scale", -6, 6))
    number_type = reader.choice("type", tuple(WORDS), "int16")
    register = reader.integer("register", 0, 65536 - WORDS[number_type])
    low = reader.number("min", -1e9, 1e9) if reader.has("min") else None
    high = reader.number("max", -1e9, 1e9) if reader.has("max") else None
    within = bounds(spec.unit, spec.scale, low, high)
    if within.low is not None and within.high is not None and within.low > within.high:
        reader.refuse(
            "min", "is above the upper end", "min must be below max (or below the unit's usual range: see README)"
        )
    return RegisterPoint(
        spec=spec,
        unit_id=reader.integer("unit_id", 0, 255, 1),
        kind=reader.choice("kind", ("holding", "input"), "holding"),
        register=register,
        type=number_type,
        low_word_first=reader.choice("word_order", ("high-first", "low-first"), "high-first") == "low-first",
        within=within,
    )
