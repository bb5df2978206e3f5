"""Where the number of a point stands, and the tables of the settings that say so: [[point]] one by one, or [[unit]] by a map.

The samples of the two drivers explain each key.
"""

from typing import NamedTuple

from larder_agent.drivers.modbus.maps import load_map
from larder_agent.drivers.modbus.register import RegisterPoint, read_register
from larder_agent.drivers.port import SettingsError
from larder_agent.drivers.settings import SettingsReader, refuse_twins
from larder_core.names import IDENTIFIER

__all__ = ["RegisterPoint", "read_points"]


def read_points(reader: SettingsReader) -> tuple[RegisterPoint, ...]:
    """The points of both kinds of tables, in the order of the file, [[point]] first. Finishes the reader. Raises SettingsError."""
    tables = [] if reader.has("unit") and not reader.has("point") else reader.tables("point")
    named = [_Named(f"point[{place}].id", _point(table)) for place, table in enumerate(tables, 1)]
    units = reader.tables("unit") if reader.has("unit") else []
    for place, table in enumerate(units, 1):
        named += [_Named(f"unit[{place}].id", point) for point in _unit(table)]
    reader.finish()
    refuse_twins([point.spec.id for _, point in named], [key for key, _ in named])
    return tuple(point for _, point in named)


class _Named(NamedTuple):
    key: str
    point: RegisterPoint


def _point(reader: SettingsReader) -> RegisterPoint:
    return read_register(reader, reader.identifier())._replace(unit_id=reader.integer("unit_id", 0, 255, 1))


def _unit(reader: SettingsReader) -> list[RegisterPoint]:
    """The points of one transmitter that a map describes, each called by the unit's id and the point's name."""
    prefix = reader.identifier()
    unit_id = reader.integer("unit_id", 0, 255, 1)
    wanted = reader.texts("only")
    try:
        described = load_map(reader.text("map", hint="the name of a map, as xy-md02, or the full path of a YAML file"))
    except SettingsError as error:
        reader.refuse("map", error.problem, error.hint)
    names = [point.spec.id for point in described.points]
    for name in wanted:
        if name not in names:
            reader.refuse("only", f"the map has no point {name}", f"it has {', '.join(names)}")
    found = []
    for point in described.points:
        if wanted and point.spec.id not in wanted:
            continue
        id_ = f"{prefix}-{point.spec.id}"
        if not IDENTIFIER.fullmatch(id_):
            reader.refuse("id", f"{id_} is longer than 32", "a shorter id, so that the map's names fit behind it")
        found.append(point._replace(spec=point.spec._replace(id=id_), unit_id=unit_id))
    return found
