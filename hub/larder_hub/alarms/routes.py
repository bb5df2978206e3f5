"""Who is told about what. A warning is on the board only: a message asks for an act."""

from larder_core.limits.words import Severity
from larder_hub.register.directory import Device, Directory, Level, Person

ROUTES: dict[Severity, tuple[Level, ...]] = {
    Severity.WARNING: (),
    Severity.ALARM: ("site",),
    Severity.CRITICAL: ("site", "county"),
}

BOARD_ONLY = frozenset({"quarantine", "fork", "provider"})
"""Of these nobody at a site can put anything right: they are for the people who look after the record."""


def told(directory: Directory, device: Device, kind: str, severity: Severity) -> tuple[Person, ...]:
    """Who hears of an alarm that has just reached this severity, in the order of the register, each once."""
    if kind in BOARD_ONLY:
        return ()
    scopes = {"site": device.site, "county": device.county, "prefecture": ""}
    people = [person for level in ROUTES[severity] for person in directory.on_duty(level, scopes[level])]
    return _once(people)


def duty(directory: Directory, county: str) -> tuple[Person, ...]:
    """Who is on duty for a county: for storms, and for what nobody signs. The prefecture's duty where the county names nobody."""
    return _once(directory.on_duty("county", county) or directory.on_duty("prefecture", ""))


def _once(people: tuple[Person, ...] | list[Person]) -> tuple[Person, ...]:
    return tuple({person.id: person for person in people if person.phone}.values())
