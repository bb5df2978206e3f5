"""Whether an alarm is shown: the third axis. It hides nothing from the record and decides nothing about condition or handling."""

from enum import StrEnum


class Visibility(StrEnum):
    """`shelved`: a person put it aside for a limited time; `suppressed`: by design (hot holding outside the meal); `inhibited`: a
    greater alarm explains it (the gateway is down); `out_of_service`: the place is closed (school holidays)."""

    SHOWN = "shown"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    INHIBITED = "inhibited"
    OUT_OF_SERVICE = "out_of_service"


ALLOWED: dict[Visibility, frozenset[Visibility]] = {
    Visibility.SHOWN: frozenset(Visibility) - {Visibility.SHOWN},
    Visibility.SHELVED: frozenset({Visibility.SHOWN, Visibility.OUT_OF_SERVICE}),
    Visibility.SUPPRESSED: frozenset({Visibility.SHOWN, Visibility.OUT_OF_SERVICE}),
    Visibility.INHIBITED: frozenset({Visibility.SHOWN, Visibility.OUT_OF_SERVICE}),
    Visibility.OUT_OF_SERVICE: frozenset({Visibility.SHOWN}),
}
"""From one reason for hiding to another only by way of `shown`, so that nobody hides an alarm for ever by changing the reason; a
place that closes takes its alarms with it from wherever they are."""


def may_change(before: Visibility, after: Visibility) -> bool:
    return after in ALLOWED[before]
