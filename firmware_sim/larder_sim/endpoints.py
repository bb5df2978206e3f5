"""`<dir>/endpoints.json`: where everything listens. It appears, whole, when all of it does, and goes when the run ends,
so it is the start signal for whoever waits."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "endpoints.json"


@dataclass(frozen=True)
class Listener:
    """A host and a TCP port."""

    host: str
    port: int


@dataclass(frozen=True)
class Endpoints:
    """Where a run listens. Keys are `<site>/<gateway>`, `<device>` and `<site>/<camera>`."""

    pid: int
    started_ms: int  # wall time of simulated second 0, ms since 1970 UTC
    scale: float
    seed: int
    modbus: Mapping[str, Listener]  # gateways
    onewire: Mapping[str, str]  # 1-wire folder of each device, an absolute path
    rtsp: Mapping[str, Listener]  # cameras
    links: Mapping[str, Listener] = field(default_factory=dict)  # the network of each county, with `--uplink`


def write_endpoints(folder: Path, endpoints: Endpoints) -> Path:
    """Write the file into an existing folder, by rename; its path."""
    file = folder / FILE_NAME
    fresh = folder / f".{FILE_NAME}.new"
    fresh.write_text(json.dumps(asdict(endpoints), indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)
    return file


def read_endpoints(folder: Path) -> Endpoints | None:
    """What a run wrote, or None when it is not there (yet). Raises ValueError when the file is not one of ours."""
    try:
        content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    try:
        for kind in ("modbus", "rtsp", "links"):
            content[kind] = {name: Listener(**each) for name, each in content[kind].items()}
        return Endpoints(**content)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / FILE_NAME}: {error!r} (delete it and start the simulator again)") from error
