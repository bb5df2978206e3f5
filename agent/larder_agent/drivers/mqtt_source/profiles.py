"""A family of devices as data: which topics, where in a payload a quantity stands, how its time and its absence are told."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from larder_agent.drivers.settings import SettingsReader

FOLDER = Path(__file__).with_name("profiles")
HOLE = re.compile(r"\{(base|name|sensor)\}")


class Availability(NamedTuple):
    """A topic that says whether the device, or its gateway, is there. `path` "" when the payload is the bare word."""

    topic: str
    path: str
    online: frozenset[str]
    offline: frozenset[str]


class Quantity(NamedTuple):
    """Texts may have holes: {base}, {name}, {sensor}. `path` "": the payload is the bare number. `notified`: the same in
    messages of the second topic. `unit_path`: where the payload says C or F."""

    topics: tuple[str, ...]
    path: str
    notified: str
    unit: str
    scale: int
    unit_path: str
    sentinels: Mapping[str, str]
    online: tuple[str, ...]
    """Topics with true or false that only this quantity heeds."""


class Profile(NamedTuple):
    name: str
    title: str
    base: str
    stale_after_s: float
    time: str
    availability: tuple[Availability, ...]
    quantities: Mapping[str, Quantity]


def shipped_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load_profile(name: str) -> Profile:
    """One that Larder ships. Raises SettingsError, also for a file that is not right."""
    reader = SettingsReader(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), f"{name}.toml: ")
    profile = Profile(
        name,
        reader.text("title"),
        reader.text("base", "", pattern=".*"),
        reader.number("stale_after_s", 1, 90_000),
        reader.text("time", ""),
        tuple(map(_availability, reader.tables("availability"))) if reader.has("availability") else (),
        MappingProxyType({what: _quantity(one) for what, one in reader.inner("quantity").items()}),
    )
    reader.finish()
    return profile


def _availability(reader: SettingsReader) -> Availability:
    return Availability(
        reader.text("topic"),
        reader.text("path", ""),
        frozenset(reader.texts("online")),
        frozenset(reader.texts("offline")),
    )


def _quantity(reader: SettingsReader) -> Quantity:
    return Quantity(
        reader.texts("topics"),
        reader.text("path", ""),
        reader.text("notified", ""),
        reader.unit(),
        reader.integer("scale", -9, 9),
        reader.text("unit_path", ""),
        MappingProxyType(reader.words("sentinels")),
        reader.texts("availability"),
    )


def filled(text: str, base: str, name: str, sensor: str) -> str:
    """With its holes filled."""
    parts = {"base": base, "name": name, "sensor": sensor}
    return HOLE.sub(lambda hole: parts[hole[1]], text)


def needs_sensor(quantity: Quantity) -> bool:
    return any("{sensor}" in text for text in (*quantity.topics, quantity.path, quantity.notified))
