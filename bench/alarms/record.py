"""Physics -> what each temperature sensor gave each minute, and what was truly so. No files, no processes, no clock.

The words of a reading without a value are those that the agent's drivers give; a leap is doubted as the agent's screening does it.
Left out for speed: humidity, cameras, the cables of grain depots.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from larder_agent.screening import Level, Rule, Seen, judged
from larder_sim.faults import LYING_FAULTS
from larder_sim.food import Excursion
from larder_sim.occurrences import Occurrence
from larder_sim.plant import Happening, Plant
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from larder_sim.world import ModbusRead, Place, Site, World

PERIOD_S = 60
DAY_MINUTES = 1440
WORDS = ("", "no-answer", "gateway", "no-sensor", "missing", "crc", "power-on", "disconnected", "jump")
"""Why a reading is not good; a track keeps the position in this list."""
_WORD_OF = {"silent": "no-answer", "gateway-exception": "gateway", "0x8000": "no-sensor", "gone": "missing"}
RAW = {"power-on": 850, "disconnected": -1270}
"""What a 1-wire probe says, CRC and all, when it has just had its power back or none at all, in tenths."""
LEAP = Rule(jump=150)
"""Tenths: what the agent calls a leap between two readings that are ten seconds apart, its usual period here."""


@dataclass
class Track:
    """One place's temperature: tenths of a degree and a flaw for each minute; a value whose flaw has none is what `RAW` says, or 0."""

    site: Site
    place: Place
    values: "array[int]" = field(default_factory=lambda: array("h"))
    flaws: bytearray = field(default_factory=bytearray)
    seen: Seen | None = None

    @property
    def name(self) -> str:
        return f"{self.site.id}/{self.place.id}"

    def add(self, value: int | None, word: str) -> None:
        if value is not None and not word:
            minute = len(self.values)
            self.seen, word = judged(self.seen, Level(value, minute * PERIOD_S * 1000), LEAP)
        self.values.append(RAW.get(word, 0) if value is None else max(-3000, min(3000, value)))
        self.flaws.append(WORDS.index(word))

    def raw(self, minute: int) -> int | None:
        """What somebody sees who asks the sensor and judges no quality: tenths, or None where it gives nothing."""
        word = WORDS[self.flaws[minute]]
        return None if word and word != "jump" and word not in RAW else self.values[minute]


@dataclass
class Record:
    """A run: tracks by name, whether each site has mains and link by minute, and the truth."""

    world: World
    start: date
    minutes: int
    tracks: dict[str, Track]
    mains: dict[str, bytearray]
    linked: dict[str, bytearray]
    occurrences: list[Occurrence] = field(default_factory=list)
    excursions: list[Excursion] = field(default_factory=list)


def simulated(world: World, start: date, minutes: int, seed: int, steps: Sequence[Step], life: bool) -> Record:
    """A record of `world` over so many minutes."""
    ordered = tuple(sorted(steps, key=lambda step: step.at_s))
    plant = Plant(world, Scenario(Path("bench"), "", "", ordered, start, life), seed)
    record = Record(
        world, start, minutes,
        {name: Track(site, place) for name, site, place in world.places()},
        {site.id: bytearray() for site in world.sites},
        {site.id: bytearray() for site in world.sites},
    )  # fmt: skip
    for minute in range(minutes):
        _kept(record, plant.advance(minute * PERIOD_S))
        for site in world.sites:
            record.mains[site.id].append(plant.powered(site.id))
            record.linked[site.id].append(plant.linked(site.id))
        for track in record.tracks.values():
            word = _missing(plant, track)
            track.add(None if word else round(plant.sensed_c(track.name) * 10), word)
    _kept(record, [*plant.advance(minutes * PERIOD_S), *plant.end()])
    return record


def without(world: World, kinds: Sequence[str]) -> World:
    """The world without the sites of these kinds."""
    return replace(world, sites=tuple(site for site in world.sites if site.kind not in kinds))


def _missing(plant: Plant, track: Track) -> str:
    if isinstance(track.place.read, ModbusRead) and not plant.powered(track.site.id):
        return "no-answer"
    fault = plant.sensor_fault(track.name)
    return "" if fault in LYING_FAULTS else _WORD_OF.get(fault, fault)


def _kept(record: Record, happenings: Sequence[Happening]) -> None:
    for happening in happenings:
        if isinstance(happening, Occurrence):
            record.occurrences.append(happening)
        elif isinstance(happening, Excursion):
            record.excursions.append(happening)
