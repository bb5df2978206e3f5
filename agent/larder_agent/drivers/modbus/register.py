"""One number in the registers of a transmitter, as a table of the settings or of a map describes it."""

from typing import NamedTuple

from larder_agent.drivers.port import PointSpec
from larder_agent.drivers.quality import SENTINELS, Bounds, bounds
from larder_agent.drivers.settings import SettingsReader

WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2}
"""How many registers of 16 bits a number of each type takes."""


class RegisterPoint(NamedTuple):
    """A point and where its number stands. `register` counts from 0, as on the wire; `no_sensor`: numbers that mean that there
    is no probe, as decoded (0x8000 of an int16 is -32768)."""

    spec: PointSpec
    unit_id: int
    kind: str
    register: int
    type: str
    low_word_first: bool
    low_byte_first: bool
    no_sensor: frozenset[int]
    within: Bounds

    @property
    def words(self) -> int:
        return WORDS[self.type]


def read_register(reader: SettingsReader, id_: str) -> RegisterPoint:
    """The keys that a [[point]] and a point of a map share. The unit is 1. Raises SettingsError."""
    spec = PointSpec(id_, reader.unit(), reader.integer("scale", -6, 6))
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
        unit_id=1,
        kind=reader.choice("kind", ("holding", "input"), "holding"),
        register=register,
        type=number_type,
        low_word_first=reader.choice("word_order", ("high-first", "low-first"), "high-first") == "low-first",
        low_byte_first=reader.choice("byte_order", ("high-first", "low-first"), "high-first") == "low-first",
        no_sensor=_no_sensor(reader, number_type),
        within=within,
    )


def _no_sensor(reader: SettingsReader, number_type: str) -> frozenset[int]:
    usual = frozenset(SENTINELS.get(f"modbus-{number_type}", {}))
    if not reader.has("no_sensor"):
        return usual
    bits = 16 * WORDS[number_type]
    said = reader.integers("no_sensor", -(1 << (bits - 1)), (1 << bits) - 1)
    return frozenset(_decoded(one, bits, number_type) for one in said)


def _decoded(number: int, bits: int, number_type: str) -> int:
    """Manuals write 0x8000 where a signed register reads -32768, and -1 where an unsigned one reads 0xFFFF."""
    if number_type.startswith("int") and number >= 1 << (bits - 1):
        return number - (1 << bits)
    return number + (1 << bits) if number_type.startswith("uint") and number < 0 else number
