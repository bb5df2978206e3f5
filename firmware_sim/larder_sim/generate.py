"""A record without servers: the same physics, read at fixed periods, written as fast as this machine can.

Two runs with the same world, scenario, seed and period give the same bytes. `truth.jsonl` is as `truth` says, without wall times;
`readings.jsonl` holds what each sensor would have given: a line for each point and each stretch of `STRETCH_S`.
"""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from larder_sim.faults import HEALTHY, LYING_FAULTS
from larder_sim.food import Excursion
from larder_sim.plant import Plant
from larder_sim.scenario import Scenario
from larder_sim.truth import Truth
from larder_sim.world import ModbusRead, Place, World

READINGS_FILE = "readings.jsonl"
STRETCH_S = 3600
_GRAIN_PERIOD_S = 3600
_DAY_S = 86_400


class Written(NamedTuple):
    """What a run wrote."""

    points: int
    readings: int
    excursions: int
    simulated_s: int


class _Line(NamedTuple):
    """One point's values of a stretch: tenths (a camera: 1), or None and why there is none."""

    site: str
    point: str
    period_s: int
    values: list[int | None]
    why: dict[int, str]


def generate(
    world: World, scenario: Scenario, seed: int, days: float, period_s: int, folder: Path, truth_file: str, begun: str,
    said: Callable[[float], None] = lambda days: None,
) -> Written:  # fmt: skip
    """Write both files into `folder`, which is made when missing. `period_s` divides 3600. `said` hears each day that is done.

    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plant, readings, excursions = Plant(world, scenario, seed), 0, 0
    last_s = math.floor(days * _DAY_S)
    with (
        (folder / truth_file).open("w", encoding="utf-8") as sink,
        (folder / READINGS_FILE).open("w", encoding="utf-8") as out,
    ):
        truth = Truth(sink, None, log_served=False)
        truth.started(0, seed, world.file.name, scenario.file.name, begun)
        stretch = _Stretch(world, plant, period_s)
        for at_s in range(0, last_s, period_s):
            for happening in plant.advance(at_s):
                truth.happened(happening)
                excursions += isinstance(happening, Excursion)
            stretch.read(at_s)
            if (at_s + period_s) % STRETCH_S == 0 or at_s + period_s >= last_s:
                readings += stretch.write(out)
                if (at_s + period_s) % _DAY_S == 0:
                    said((at_s + period_s) / _DAY_S)
        for happening in [*plant.advance(last_s), *plant.end()]:
            truth.happened(happening)
            excursions += isinstance(happening, Excursion)
    points = sum(len(site.points(device)) for site in world.sites for device in site.devices)
    return Written(points, readings, excursions, last_s)


class _Stretch:
    """Collects what every point gives until it is written."""

    def __init__(self, world: World, plant: Plant, period_s: int) -> None:
        self._plant, self._period_s, self._from_s = plant, period_s, 0
        self._lines: dict[str, _Line] = {}
        self._places = [(name, site.id, place) for name, site, place in world.places()]
        self._cameras = [(name, site.id, camera.id) for name, site, camera in world.cameras()]
        self._count = 0

    def read(self, at_s: int) -> None:
        """Read every point."""
        for name, site, place in self._places:
            self._place(name, site, place, at_s)
        for name, site, camera in self._cameras:
            mode = self._plant.camera_mode(name)
            self._add(site, camera, 1 if mode == HEALTHY else 0, "" if mode == HEALTHY else mode)

    def _place(self, name: str, site: str, place: Place, at_s: int) -> None:
        missing = self._missing(name, site, place)
        air = place.points[: len(place.points) - place.cables * place.layers]
        if missing:
            for point in air:
                self._add(site, point.id, None, missing)
        else:
            self._add(site, air[0].id, round(self._plant.sensed_c(name) * 10), "")
            if len(air) > 1:
                self._add(site, air[1].id, round(self._plant.state(name).humidity_percent * 10), "")
        if place.cables and at_s % _GRAIN_PERIOD_S == 0:
            values: Iterator[float | None] = iter(self._plant.grain_c(name))
            for point, celsius in zip(place.points[len(air) :], values, strict=True):
                given = None if missing or celsius is None else round(celsius * 10)
                self._add(site, point.id, given, missing, _GRAIN_PERIOD_S)

    def _missing(self, name: str, site: str, place: Place) -> str:
        """Why a place gives no value, "" when it does."""
        if isinstance(place.read, ModbusRead) and not self._plant.powered(site):
            return "no-power"
        fault = self._plant.sensor_fault(name)
        return "" if fault in LYING_FAULTS else fault

    def _add(self, site: str, point: str, value: int | None, why: str, period_s: int = 0) -> None:
        key = f"{site}/{point}"
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(site, point, period_s or self._period_s, [], {})
        if why:
            line.why[len(line.values)] = why
        line.values.append(value)
        self._count += 1

    def write(self, out: TextIO) -> int:
        """Write what was collected; how many values."""
        for line in self._lines.values():
            content: dict[str, object] = {"site": line.site, "point": line.point, "from_s": self._from_s}
            content |= {"period_s": line.period_s, "values": line.values}
            if line.why:
                content["why"] = line.why
            out.write(json.dumps(content, separators=(",", ":")) + "\n")
        written, self._count = self._count, 0
        self._from_s += STRETCH_S
        self._lines.clear()
        return written
