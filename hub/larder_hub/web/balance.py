"""The gap account of every stream, summed up: due = stored + awaited + declared lost + unexplained."""

from collections.abc import Iterable
from dataclasses import dataclass

from larder_hub.ledger.account import StreamAccount


@dataclass(frozen=True)
class Balance:
    """Entries, except `readings_*`. `due` is how many numbers the devices have announced, counted apart from what became of them;
    `unproven` are numbers of ended streams that hashes do not reach, whatever else they count as."""

    due: int
    stored: int
    awaited: int
    declared_lost: int
    unexplained: int
    unproven: int
    refused: int
    readings_stored: int
    readings_declared_lost: int

    @property
    def difference(self) -> int:
        """0, or the account itself is wrong."""
        return self.due - self.stored - self.awaited - self.declared_lost - self.unexplained


def balance(streams: Iterable[StreamAccount]) -> Balance:
    rows = list(streams)
    return Balance(
        due=sum(one.head for one in rows),
        stored=sum(one.stored for one in rows),
        awaited=sum(one.awaited for one in rows),
        declared_lost=sum(one.declared_lost for one in rows),
        unexplained=sum(one.unexplained for one in rows),
        unproven=sum(one.unproven for one in rows),
        refused=sum(one.refused for one in rows),
        readings_stored=sum(one.readings_stored for one in rows),
        readings_declared_lost=sum(one.readings_declared_lost for one in rows),
    )


def remarkable(one: StreamAccount) -> bool:
    """True if a person would want to know: something is missing, refused or frozen."""
    return any((one.awaited, one.declared_lost, one.unexplained, one.unproven, one.refused, one.frozen))
