"""What happens in a world, and when: a list of steps in simulated time, read strictly from TOML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from larder_sim.faults import CAMERA_FAULTS, PROBE_FAULTS, TRANSMITTER_FAULTS
from larder_sim.models import MODELS
from larder_sim.strict_toml import Table, read_toml
from larder_sim.world import Camera, ModbusRead, Place, Site, World

_AT = re.compile(r"([0-9]{2,3}):([0-5][0-9]):([0-5][0-9])")

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "open-door": "place",
        "close-door": "place",
        "stop-compressor": "place",
        "start-compressor": "place",
        "unplug-sensor": "place",
        "plug-sensor": "place",
        "unplug-camera": "camera",
        "plug-camera": "camera",
        "power-cut": "site",
        "power-back": "site",
    }
)
"""Each action, and the key that names what it acts on."""


@dataclass(frozen=True)
class Step:
    """One thing that happens. `target` is `<site>/<place>`, `<site>/<camera>` or `<site>`."""

    at_s: int  # simulated seconds since the start
    action: str  # a key of ACTIONS
    target: str
    openness: float = 0.0  # open-door: above 0, 1 is wide open
    mode: str = ""  # unplug-sensor, unplug-camera: in what way it fails


@dataclass(frozen=True)
class Scenario:
    """A named list of steps in order of time."""

    file: Path
    name_zh: str
    name_en: str
    steps: tuple[Step, ...]


def load_scenario(file: Path, world: World) -> Scenario:
    """The scenario in a TOML file, checked against its world. Raises InputError, which names the file and the key."""
    root = read_toml(file)
    head = root.table("scenario")
    name_zh, name_en = head.text("name_zh"), head.text("name_en")
    head.end()
    steps: list[Step] = []
    for table in root.tables("step"):
        step = _step(table, world)
        if steps and step.at_s < steps[-1].at_s:
            raise table.error("at", "is before the step above it", "write the steps in order of time")
        steps.append(step)
    root.end()
    return Scenario(file, name_zh, name_en, tuple(steps))


def _step(table: Table, world: World) -> Step:
    hours, minutes, seconds = table.text("at", _AT, 'simulated time like "00:05:00"').split(":")
    at_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    action = table.choice("action", ACTIONS)
    kind = ACTIONS[action]
    if kind == "place":
        places = {name: place for name, _, place in world.places()}
        target = table.choice("place", places)
        step = _place_step(table, at_s, action, target, places[target])
    elif kind == "camera":
        cameras = {name: camera for name, _, camera in world.cameras()}
        target = table.choice("camera", cameras)
        step = Step(at_s, action, target, mode=_camera_mode(table, action, cameras[target]))
    else:
        sites: dict[str, Site] = {site.id: site for site in world.sites}
        step = Step(at_s, action, table.choice("site", sites))
    table.end()
    return step


def _place_step(table: Table, at_s: int, action: str, target: str, place: Place) -> Step:
    if action.endswith("-compressor") and MODELS[place.model].cooling_w <= 0:
        raise table.error("action", f"{target} is a {place.model} and has no compressor", "name a fridge or a freezer")
    if action == "open-door":
        return Step(at_s, action, target, openness=table.number("openness", 0.05, 1.0))
    if action == "unplug-sensor":
        modes = TRANSMITTER_FAULTS if isinstance(place.read, ModbusRead) else PROBE_FAULTS
        return Step(at_s, action, target, mode=table.choice("mode", modes) if table.has("mode") else modes[0])
    return Step(at_s, action, target)


def _camera_mode(table: Table, action: str, camera: Camera) -> str:
    if action == "plug-camera":
        return ""
    mode = table.choice("mode", CAMERA_FAULTS) if table.has("mode") else CAMERA_FAULTS[0]
    if mode == "wrong-password" and camera.auth == "none":
        raise table.error("mode", "the camera asks for no password", "use another mode, or give the camera an auth")
    return mode
