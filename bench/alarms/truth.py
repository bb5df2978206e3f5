"""Which excursions are dangerous, and whether a message speaks of anything true. From the truth of physics alone.

Dangerous is what the standards call so, by the temperature of the food itself and not of the air that a probe feels:

* chilled food above 8 °C (fresh meat above 5 °C) for two hours: the two hours of the catering code after which food is discarded;
* frozen food above -12 °C for two hours; chilled food below 0 °C for two hours;
* hot food below 60 °C for half an hour of a meal (the two hours of the code never pass within a canteen's meal);
* medicines outside 2 to 8 °C for a quarter of an hour (GSP allows none; a logger's record is at most 30 minutes).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bench.alarms.record import PERIOD_S, Record
from bench.alarms.telling import Message, Subject
from larder_sim.food import Excursion

DANGEROUS_S: Mapping[str, int] = MappingProxyType(
    {
        "fridge.food": 7200,
        "fridge.sample": 7200,
        "meat.dairy": 7200,
        "freezer": 7200,
        "hot.hold": 1800,
        "drug.cold": 900,
    }
)
"""By profile: how long food is beyond its limit before that is dangerous, in seconds."""

AFTER_S = 3 * 3600
"""What a fault did to a place may last so long beyond the fault."""
DOOR_S = 600
"""A door that is open for less is ordinary life."""

_OF_FOOD = frozenset({"power-cut", "compressor-stopped", "compressor-fading", "thermostat-shifted", "door"})
_TRUE_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "food": _OF_FOOD,
        "power": frozenset({"power-cut"}),
        "sensor": frozenset({"power-cut", "sensor-fault"}),
        "silence": frozenset({"power-cut", "sensor-fault", "link-cut"}),
        "gap": frozenset({"power-cut", "sensor-fault", "link-cut"}),
    }
)
"""What must truly have been so for a message of a kind to be true; an excursion of food makes one on food true as well."""


def dangerous(record: Record) -> list[Excursion]:
    """The excursions that last long enough; one that is still open lasts to the end."""
    end_s = record.minutes * PERIOD_S
    return [
        one
        for one in record.excursions
        if one.profile in DANGEROUS_S
        and (end_s if one.to_s is None else one.to_s) - one.from_s >= DANGEROUS_S[one.profile]
    ]


class Truth:
    """What was wrong, by name and kind of message."""

    def __init__(self, record: Record) -> None:
        end_s = record.minutes * PERIOD_S
        self._wrong: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for one in record.occurrences:
            to_s = end_s if one.to_s is None else one.to_s
            if one.what == "door" and to_s - one.from_s < DOOR_S:
                continue
            for kind, causes in _TRUE_OF.items():
                if one.what in causes:
                    self._wrong[one.target, kind].append((one.from_s, to_s + AFTER_S))
        for excursion in record.excursions:
            to_s = end_s if excursion.to_s is None else excursion.to_s
            self._wrong[excursion.place, "food"].append((excursion.from_s, to_s + AFTER_S))

    def true(self, message: Message) -> bool:
        """Whether anything that a message speaks of was so; a message that names nothing here is believed."""
        return not message.subjects or any(self._so(subject) for subject in message.subjects)

    def _so(self, subject: Subject) -> bool:
        site, _, place = subject.name.partition("/")
        names: Iterable[str] = (subject.name, site) if place else self._all_of(site)
        kind = subject.kind if subject.kind in _TRUE_OF else "silence"
        return any(
            begin <= subject.to_s and subject.from_s <= end for name in names for begin, end in self._wrong[name, kind]
        )

    def _all_of(self, site: str) -> list[str]:
        return [name for name, _ in self._wrong if name == site or name.startswith(f"{site}/")]
