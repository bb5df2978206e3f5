"""The gap account summed up: due = stored + awaited + declared lost + unexplained, in entry numbers. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.spans import LossOf


@dataclass(frozen=True)
class Balance:
    """Entries, except `readings_*`. `due` is how many numbers the devices have announced, counted apart from what became of them;
    `unproven` are numbers of ended streams that hashes do not reach, whatever else they count as; `evidence` are bodies of forks that
    are kept and count as nothing. `losses` share `declared_lost` and `readings_declared_lost` among the reasons given."""

    due: int = 0
    stored: int = 0
    awaited: int = 0
    declared_lost: int = 0
    unexplained: int = 0
    unproven: int = 0
    refused: int = 0
    evidence: int = 0
    readings_stored: int = 0
    readings_declared_lost: int = 0
    losses: tuple[LossOf, ...] = ()

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
        evidence=sum(one.evidence for one in rows),
        readings_stored=sum(one.readings_stored for one in rows),
        readings_declared_lost=sum(one.readings_declared_lost for one in rows),
        losses=_losses(loss for one in rows for loss in one.losses),
    )


def _losses(losses: Iterable[LossOf]) -> tuple[LossOf, ...]:
    ranges, entries, readings = Counter[str](), Counter[str](), Counter[str]()
    for one in losses:
        ranges[one.reason] += one.ranges
        entries[one.reason] += one.entries
        readings[one.reason] += one.readings
    return tuple(LossOf(reason, ranges[reason], entries[reason], readings[reason]) for reason in sorted(ranges))


def remarkable(one: StreamAccount) -> bool:
    """True if a person would want to know: something is missing, refused or frozen."""
    return any((one.awaited, one.declared_lost, one.unexplained, one.unproven, one.refused, one.evidence, one.frozen))
