"""A transmitter described by a file, so that a new one needs no code: its name, its maker, where that is known from, its points.

A name is one of the files in `maps/`; anything with a slash is the full path of a file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from larder_agent.drivers.modbus.register import RegisterPoint, read_register
from larder_agent.drivers.port import SettingsError
from larder_agent.drivers.settings import SettingsReader, refuse_twins

SHIPPED = Path(__file__).parent / "maps"
LONGEST = 65_536  # bytes; a map of 100 points has some 10,000


class TransmitterMap(NamedTuple):
    """`verified` None: nobody has held it against a real device. `baud` and `parity`: as the transmitter leaves the factory."""

    title: str
    maker: str
    source: str
    verified: str | None
    baud: int
    parity: str
    points: tuple[RegisterPoint, ...]


def shipped_names() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_map(name: str) -> TransmitterMap:
    """Raises SettingsError whose problem names the file and its key."""
    path = Path(name) if "/" in name else SHIPPED / f"{name}.yaml"
    if "/" in name and not path.is_absolute():
        raise SettingsError("map", f"{name} is not a full path", "write it from the root: /etc/larder/maps/mine.yaml")
    if "/" not in name and name not in shipped_names():
        listed = ", ".join(shipped_names())
        raise SettingsError("map", f"there is no map {name}", f"shipped: {listed}; or the full path of a YAML file")
    try:
        return read_map(_table(path))
    except SettingsError as error:
        raise SettingsError("map", f"{path.name}: {error.key}: {error.problem}", error.hint) from error


def read_map(table: Mapping[str, object]) -> TransmitterMap:
    """Raises SettingsError naming the key."""
    reader = SettingsReader(table)
    tables = reader.tables("points")
    points = tuple(read_register(one, one.identifier("name")) for one in tables)
    verified = reader.text("verified", "")
    found = TransmitterMap(
        title=reader.text("title"),
        maker=reader.text("maker"),
        source=reader.text("source", pattern=r"[^\x00-\x1f\x7f]{1,1000}", hint="where the registers are known from"),
        verified=verified or None,
        baud=reader.integer("baud", 1200, 115_200, 9600),
        parity=reader.choice("parity", ("none", "even", "odd"), "none"),
        points=points,
    )
    reader.finish()
    refuse_twins([point.spec.id for point in points], [f"points[{at}].name" for at in range(1, len(points) + 1)])
    return found


def _table(path: Path) -> Mapping[str, object]:
    from larder_agent.drivers.modbus.map_file import parse  # PyYAML costs 1.4 MB: only where a map is named

    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
        text = content.decode()
    except OSError as error:
        raise SettingsError(
            "(file)", f"cannot be read: {error.strerror}", "is the path right, may the agent read it?"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("(file)", "is not a text in UTF-8", "save it as UTF-8") from None
    if len(content) > LONGEST:
        raise SettingsError("(file)", f"is longer than {LONGEST} bytes", "a map describes one transmitter") from None
    return parse(text)
