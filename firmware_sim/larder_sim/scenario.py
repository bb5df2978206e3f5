"""What happens in a world, and when: a list of steps in simulated time, read strictly from TOML.

A step names one target, or all that fit: `county = "632224"` or `everywhere = true`, with `share` (of them, picked by their names, so
that the same ones are picked each time) and `model` (of places). Both lines of a pair pick the same ones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from larder_sim.faults import CAMERA_FAULTS, PROBE_FAULTS, TRANSMITTER_FAULTS
from larder_sim.kinds import KINDS
from larder_sim.noise import seed_of, share
from larder_sim.steps import ACTIONS, Step
from larder_sim.strict_toml import Table, read_toml
from larder_sim.world import Camera, ModbusRead, Place, Site, World

FIRST_DAY = date(2026, 11, 23)
"""The local date at simulated second 0 unless a scenario says otherwise: a Monday in winter, in term."""
_AT = re.compile(r"([0-9]{2,3}):([0-5][0-9]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HEAD_HINT = "the first table is [scenario]"


@dataclass(frozen=True)
class Scenario:
    """A named list of steps in order of time. `life`: people open doors, and things go wrong by chance."""

    file: Path
    name_zh: str
    name_en: str
    steps: tuple[Step, ...]
    start: date = FIRST_DAY
    life: bool = False


def load_scenario(file: Path, world: World) -> Scenario:
    """The scenario in a TOML file, checked against its world. Raises InputError, which names the file and the key."""
    root = read_toml(file)
    head = root.table("scenario")
    name_zh, name_en = head.text("name_zh"), head.text("name_en")
    if head.has("world"):
        head.text("world")
    life = head.flag("life") if head.has("life") else False
    start = _date(head) if head.has("start") else FIRST_DAY
    head.end()
    steps: list[Step] = []
    for table in root.tables("step"):
        for step in read_step(table, world):
            if steps and step.at_s < steps[-1].at_s:
                raise table.error("at", "is before the step above it", "write the steps in order of time")
            steps.append(step)
    root.end()
    return Scenario(file, name_zh, name_en, tuple(steps), start, life)


def world_of(file: Path) -> str | None:
    """The world that a scenario is written for, None when it fits any. Raises InputError."""
    head = read_toml(file).table("scenario")
    return head.text("world") if head.has("world") else None


def _date(head: Table) -> date:
    text = head.text("start", _DATE, 'a date like "2026-11-23"')
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise head.error("start", f"{text} is no date", "like 2026-11-23") from None


def read_step(table: Table, world: World) -> list[Step]:
    """The steps that one table makes: one, or one for each target that fits."""
    hours, minutes, seconds = table.text("at", _AT, 'simulated time like "00:05:00"').split(":")
    at_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    action = table.choice("action", ACTIONS)
    match ACTIONS[action]:
        case "place":
            places = {name: place for name, _, place in world.places()}
            found = [
                _place_step(table, at_s, action, name, places[name]) for name in _places(table, world, action, places)
            ]
        case "camera":
            cameras = {name: camera for name, _, camera in world.cameras()}
            names = _chosen(table, "camera", {name: site for name, site, _ in world.cameras()}, "camera")
            found = [Step(at_s, action, name, mode=_camera_mode(table, action, cameras[name])) for name in names]
        case "name":
            found = [
                Step(at_s, action, table.identifier("name"), mode=table.text("words") if table.has("words") else "")
            ]
        case _:
            sites: dict[str, Site] = {site.id: site for site in world.sites}
            found = [Step(at_s, action, name) for name in _chosen(table, "site", sites, "site")]
    table.end()
    return found


def _chosen(table: Table, key: str, sites: Mapping[str, Site], kind: str) -> Iterator[str]:
    """One by its name, or all that a county, or the world, has; of several a share."""
    if not (table.has("county") or table.has("everywhere")):
        yield table.choice(key, sites)
        return
    county = table.choice("county", sorted({site.county for site in sites.values()})) if table.has("county") else ""
    if table.has("everywhere"):
        table.flag("everywhere")
    part = table.number("share", 0.0, 1.0) if table.has("share") else 1.0
    for name, site in sites.items():
        if (not county or site.county == county) and share(seed_of("share", kind, name)) < part:
            yield name


def _places(table: Table, world: World, action: str, places: Mapping[str, Place]) -> Iterator[str]:
    model = table.choice("model", KINDS) if table.has("model") else ""
    several = table.has("county") or table.has("everywhere")
    for name in _chosen(table, "place", {name: site for name, site, _ in world.places()}, "place"):
        place = places[name]
        if not several or ((not model or place.model == model) and _suits(action, place)):
            yield name


def _suits(action: str, place: Place) -> bool:
    """Whether an action on many means this place too."""
    if action in ("stop-compressor", "start-compressor", "fade-compressor", "shift-thermostat", "reset-thermostat"):
        return KINDS[place.model].model.cooling_w > 0
    if action in ("open-door", "close-door", "load-food"):
        return KINDS[place.model].traffic is not None
    return place.cables > 0 if action in ("heat-grain", "air-grain") else True


def _place_step(table: Table, at_s: int, action: str, target: str, place: Place) -> Step:
    step = Step(at_s, action, target)
    if action.endswith("-compressor") and KINDS[place.model].model.cooling_w <= 0:
        raise table.error("action", f"{target} is a {place.model} and has no compressor", "name a fridge or a freezer")
    match action:
        case "open-door":
            return replace(step, openness=table.number("openness", 0.05, 1.0))
        case "fade-compressor":
            return replace(step, hours=table.number("hours", 0.1, 8784))
        case "shift-thermostat":
            return replace(step, celsius=table.number("kelvin", -30, 30))
        case "load-food":
            return replace(
                step, amount=table.number("share_loaded", 0.01, 1.0), celsius=table.number("celsius", -40, 90)
            )
        case "heat-grain":
            return _heat(table, step, place)
        case "unplug-sensor":
            modes: Sequence[str] = TRANSMITTER_FAULTS if isinstance(place.read, ModbusRead) else PROBE_FAULTS
            return replace(step, mode=table.choice("mode", modes) if table.has("mode") else modes[0])
    return step


def _heat(table: Table, step: Step, place: Place) -> Step:
    if not place.cables:
        raise table.error("place", f"{step.target} has no cables", "name a grain-house with cables and layers")
    return replace(
        step,
        amount=table.number("kelvin_a_day", 0.01, 10),
        celsius=table.number("most_k", 0.1, 60),
        cable=table.integer("cable", 1, place.cables),
        layer=table.integer("layer", 1, place.layers),
    )


def _camera_mode(table: Table, action: str, camera: Camera) -> str:
    if action == "plug-camera":
        return ""
    mode = table.choice("mode", CAMERA_FAULTS) if table.has("mode") else CAMERA_FAULTS[0]
    if mode == "wrong-password" and camera.auth == "none":
        raise table.error("mode", "the camera asks for no password", "use another mode, or give the camera an auth")
    return mode
