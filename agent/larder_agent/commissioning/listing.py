"""The installed drivers and the shipped register maps, each in a line."""

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from larder_agent.drivers.loading import GROUP, RELAYED, SHIPPED
from larder_agent.drivers.modbus.maps import load_map, shipped_names


def driver_lines() -> Iterator[str]:
    """Name, what it reads, and where its README is; without importing any driver."""
    for name, value in sorted(installed().items()):
        folder = _folder(value)
        readme = None if folder is None else folder / "README.md"
        if readme is not None and readme.is_file():
            relayed = "（转述 relayed：证明力较低 / a lower class of assurance）" if name in RELAYED else ""
            yield f"{name:<14}{_first_line(readme)}{relayed}\n{'':<14}{readme}"
        else:
            yield f"{name:<14}{value}"


def map_lines() -> Iterator[str]:
    for name in shipped_names():
        one = load_map(name)
        verified = one.verified or "未对照实物 / not yet held against a device"
        yield f"{name:<14}{one.title} · {one.maker} · {len(one.points)} 点 points · {one.baud} {one.parity}\n{'':<14}{verified}"


def installed() -> Mapping[str, str]:
    return dict(SHIPPED) | {entry.name: entry.value for entry in entry_points(group=GROUP)}


def _folder(value: str) -> Path | None:
    try:
        spec = find_spec(value.partition(":")[0])
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).parent if spec and spec.origin else None


def _first_line(readme: Path) -> str:
    """The heading, less the driver's name: `# onewire：DS18B20 探头 / DS18B20 probes`."""
    heading = readme.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return heading.partition("：")[2] or heading
