"""One thing that happens in a simulated world, whoever makes it happen: a scenario, a habit, a mishap, an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "open-door": "place",
        "close-door": "place",
        "stop-compressor": "place",
        "fade-compressor": "place",
        "start-compressor": "place",
        "shift-thermostat": "place",
        "reset-thermostat": "place",
        "load-food": "place",
        "unplug-sensor": "place",
        "plug-sensor": "place",
        "unplug-camera": "camera",
        "plug-camera": "camera",
        "power-cut": "site",
        "power-back": "site",
        "link-cut": "site",
        "link-back": "site",
        "link-keep": "site",
        "heat-grain": "place",
        "air-grain": "place",
        "begin": "name",
        "end": "name",
    }
)
"""Each action that may be written, and the key that names what it acts on."""

INNER = frozenset({"begin-defrost", "end-defrost", "begin-meal", "end-meal"})
"""Actions that a place takes by itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. `target` is `<site>/<place>`, `<site>/<camera>`, `<site>`, or the name of a note."""

    at_s: int  # simulated seconds since the start
    action: str  # a key of ACTIONS, or of INNER
    target: str
    openness: float = 0.0  # open-door: above 0, 1 is wide open
    mode: str = ""  # unplug-sensor, unplug-camera: in what way it fails; begin: what begins
    hours: float = 0.0  # fade-compressor: until nothing is left of its power
    amount: float = 0.0  # load-food: share of the contents; heat-grain: kelvins a day
    celsius: float = 0.0  # load-food: what the new food has; heat-grain: kelvins at most; shift-thermostat: kelvins
    cable: int = 0  # heat-grain: where
    layer: int = 0
