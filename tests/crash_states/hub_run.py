"""The real custody of a hub, to be recorded: `python -m tests.crash_states.hub_run FOLDER MARKER`.

Key, lock, ledger, registry, intake and backups are the real code; the broker's messages are `deliveries`. A group that was committed
and acknowledged goes to the marker with the receipts that left. Three processes follow one another: killed, ended cleanly, killed.
"""

import argparse
import base64
import sys
from collections.abc import Callable
from pathlib import Path

from larder_core.signing import Key
from larder_hub.backups.lock import HubLock
from larder_hub.backups.points import take
from larder_hub.config import HubConfig
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.mailbox import Arrival
from larder_hub.key import create_key
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.store import Ledger
from tests.crash_states.deliveries import BACKUPS, GROUPS, Payload, directory, groups
from tests.crash_states.processes import Marker, one_after_the_other
from tests.support.speaker import START_MS

DATA, REGISTRY = "data", "registry"


class Hub:
    """As the hub opens its files, without broker and projections."""

    def __init__(self, root: Path) -> None:
        self.config = HubConfig(data_dir=root / DATA, registry_dir=root / REGISTRY)
        assert self.config.registry_dir is not None
        self.key: Key = create_key(self.config.data_dir)
        self.lock = HubLock(self.config.registry_dir).__enter__()
        self.ledger = Ledger(self.config.data_dir / "ledger.db", Registry(self.config.registry_dir / "registry.db"))
        self.ledger.open()
        register = directory()
        self.intake = Intake(self.ledger, lambda: register, self.key, credit=8)
        self.now_ms = START_MS

    def settle(self, group: list[Payload]) -> list[bytes]:
        """Receipts, in the order in which they would leave."""
        self.now_ms += 1000
        arrivals = [Arrival(topic, payload, 1, 1, 1) for topic, payload in group]
        return [owed.payload for owed in self.intake.settle(arrivals, self.now_ms).receipts]

    def close(self) -> None:
        self.ledger.close()
        self.lock.__exit__(None, None, None)


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def phase(root: Path, marker: Path, part: range, synchronous: tuple[str, str], *, clean: bool) -> None:
    say, hub, deliveries = Marker(marker), Hub(root), groups()
    hub.ledger._db.execute(f"PRAGMA synchronous={synchronous[0]}")  # FULL is what the product has set
    hub.ledger.registry._db.execute(f"PRAGMA synchronous={synchronous[1]}")
    say(did="began", root=str(root), key=hub.key.public)
    for place in part:
        group = deliveries[place]
        say(did="arrived", group=[(topic, text(payload)) for topic, payload in group])
        receipts = hub.settle(group)
        say(did="settled", receipts=[text(receipt) for receipt in receipts])
        if place in BACKUPS:
            folder = f"backup-{place}"
            take(hub.config, root / folder, hub.now_ms)
            say(did="backed up", folder=folder, rare=True)
    if clean:
        hub.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("marker", type=Path)
    parser.add_argument("--groups", type=int, default=GROUPS, help="how many arrive")
    parser.add_argument("--synchronous", default="FULL", help="of the ledger; a mutant: NORMAL or OFF")
    parser.add_argument("--registry-synchronous", default="FULL", help="of the registry")
    args = parser.parse_args()
    synchronous = (args.synchronous, args.registry_synchronous)

    def part(first: int, end: int, *, clean: bool) -> Callable[[], None]:
        return lambda: phase(args.folder, args.marker, range(first, end), synchronous, clean=clean)

    end = args.groups
    cuts = (end - 14, end - 7)
    # the last groups come again after a kill, as from a broker that had no acknowledgement yet
    return one_after_the_other([part(0, cuts[0], clean=False), part(cuts[0] - 2, cuts[1], clean=True),
                                part(cuts[1], end, clean=False)])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
