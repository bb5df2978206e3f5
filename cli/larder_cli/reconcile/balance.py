"""produced = stored + declared lost + held by the agents, each stored once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from larder_cli.reconcile.ledger import HubBooks, read_ledger
from larder_cli.reconcile.outboxes import OutboxBooks, read_outbox


@dataclass(frozen=True)
class Balance:
    """Readings, over every device. `difference` must be 0, and so must every count after it; `wrong` must be empty."""

    produced: int
    stored: int
    declared_lost: int
    held: int
    difference: int
    stored_twice: int
    readings_twice: int
    unexplained: int
    refused: int
    quarantined: int
    wrong: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not (self.difference or self.stored_twice or self.readings_twice or self.unexplained or self.wrong)

    def fields(self) -> dict[str, object]:
        return asdict(self)


def balance(state_dirs: Sequence[Path], data_dir: Path) -> Balance:
    """Read every outbox and the ledger while nothing writes to them, or accept that the two are of different moments."""
    outboxes = [read_outbox(folder) for folder in state_dirs]
    return weigh(outboxes, read_ledger(data_dir / "ledger.db"))


def weigh(outboxes: Sequence[OutboxBooks], hub: HubBooks) -> Balance:
    """Held is what lies in an outbox and not in the ledger: an entry may be in both while its receipt is on the way."""
    produced = sum(one.produced for one in outboxes)
    held = sum(readings for one in outboxes for digest, readings in one.held.items() if digest not in hub.counted)
    at_hand = set[str]().union(*(one.numbers for one in outboxes))
    unexplained = [name for name in hub.unexplained() if name not in at_hand]
    wrong = [*hub.wrong, *(text for one in outboxes for text in one.wrong), *_heads(outboxes, hub)]
    return Balance(
        produced=produced, stored=hub.readings, declared_lost=hub.readings_lost, held=held,
        difference=produced - hub.readings - hub.readings_lost - held, stored_twice=hub.stored_twice,
        readings_twice=hub.readings_twice, unexplained=len(unexplained), refused=hub.refused, quarantined=hub.quarantined,
        wrong=tuple(wrong),
    )  # fmt: skip


def _heads(outboxes: Sequence[OutboxBooks], hub: HubBooks) -> list[str]:
    """Where the hub holds the number of a device's head, it holds the device's own hash there."""
    return [
        f"{one.folder}: head {one.head} has another hash in the ledger"
        for one in outboxes
        if one.head and hub.stored.get(one.stream, {}).get(one.head, (one.head_hash, 0))[0] != one.head_hash
    ]
