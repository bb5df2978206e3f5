"""What truly happened, each with its beginning and end: doors, defrosts, power and link cuts, faults. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BEGINS: Mapping[str, str] = MappingProxyType(
    {
        "open-door": "door",
        "stop-compressor": "compressor-stopped",
        "fade-compressor": "compressor-fading",
        "shift-thermostat": "thermostat-shifted",
        "unplug-sensor": "sensor-fault",
        "unplug-camera": "camera-fault",
        "power-cut": "power-cut",
        "link-cut": "link-cut",
        "begin-defrost": "defrost",
        "begin-meal": "meal",
        "heat-grain": "hot-spot",
        "begin": "note",
        "get-damp": "condensation",
        "load-food": "warm-load",
    }
)
"""Action to the event that it begins."""

ENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "close-door": ("door",),
        "start-compressor": ("compressor-stopped", "compressor-fading"),
        "reset-thermostat": ("thermostat-shifted",),
        "plug-sensor": ("sensor-fault",),
        "plug-camera": ("camera-fault",),
        "power-back": ("power-cut",),
        "link-back": ("link-cut",),
        "link-keep": ("link-cut",),
        "end-defrost": ("defrost",),
        "end-meal": ("meal",),
        "air-grain": ("hot-spot",),
        "end": ("note",),
        "get-dry": ("condensation",),
        "load-food": ("warm-load",),
    }
)
"""Action to the events that it ends; a load of warm food begins and ends at once."""

WARMING = (
    "power-cut", "compressor-stopped", "compressor-fading", "thermostat-shifted", "hot-spot", "door", "warm-load", "defrost",
)  # fmt: skip
"""What can bring food out of its limits, the first of several that act at once being named as the cause."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event: `to_s` is None when it lasts beyond the record. `detail` is the kind of fault, the note's words, or ""."""

    what: str
    target: str
    from_s: int
    to_s: int | None
    detail: str


class Occurrences:
    """Which events are going on."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], tuple[int, str]] = {}
        self._ended: dict[tuple[str, str], int] = {}

    def take(self, at_s: int, action: str, target: str, detail: str) -> list[Occurrence]:
        """What an action ends."""
        if what := BEGINS.get(action):
            self._open.setdefault((what, target), (at_s, detail))
        ended = []
        for what in ENDS.get(action, ()):
            if begun := self._open.pop((what, target), None):
                ended.append(Occurrence(what, target, begun[0], at_s, begun[1]))
                self._ended[what, target] = at_s
        return ended

    def cause(self, at_s: int, place: str, within_s: int = 7200) -> str:
        """What of `WARMING` acts on `place` (`<site>/<place>`), or else did so `within_s` before; "surroundings" if nothing."""
        names = (place, place.partition("/")[0])
        going_on = (what for what in WARMING for name in names if (what, name) in self._open)
        recent = (
            what for what in WARMING for name in names
            if at_s - self._ended.get((what, name), at_s - within_s - 1) <= within_s
        )  # fmt: skip
        return next(going_on, None) or next(recent, "surroundings")

    def close(self) -> list[Occurrence]:
        """Everything that is still going on, without an end."""
        still = [Occurrence(what, target, at, None, detail) for (what, target), (at, detail) in self._open.items()]
        self._open.clear()
        return sorted(still, key=lambda one: (one.from_s, one.what, one.target))
