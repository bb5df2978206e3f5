"""The named places where a history may go wrong. Each seed switches some of them on; the rest never strike in it.

A site is asked each time the code comes by (`commit`, `publish`, ...) or once a step (`disk.wipe`, `hub.restore`, ...). What struck is
counted, so that a run can say which of its sites were never reached.
"""

from collections import Counter
from random import Random
from typing import NamedTuple


class Killed(BaseException):
    """The process is gone at this very place: nothing of its own code may run any more, so no handler of the product may catch it."""


class Site(NamedTuple):
    odds: float
    what: str


SITES: dict[str, Site] = {
    "agent.commit-fails": Site(0.04, "a COMMIT of the outbox fails, and nothing of it is there"),
    "agent.commit-ghost": Site(0.04, "a COMMIT of the outbox fails, and is there all the same"),
    "agent.commit-cut": Site(0.04, "the power goes while a COMMIT is written: any of its 512-byte sectors may be missing"),
    "agent.write-full": Site(0.004, "the disk is full at a write inside a transaction"),
    "agent.adopt-full": Site(0.1, "the disk is full in the middle of an adoption"),
    "agent.stage-full": Site(0.01, "the disk takes only a part of a staged line"),
    "agent.kill": Site(0.03, "kill -9 between two turns"),
    "agent.kill-before-publish": Site(0.02, "kill -9 after a commit and before what it allows to send"),
    "agent.kill-after-publish": Site(0.02, "kill -9 after sending"),
    "agent.power": Site(0.02, "the power goes between two turns: what was staged since the last seal is gone or torn"),
    "agent.poison": Site(0.01, "the agent seals an entry that the hub must refuse"),
    "disk.image": Site(0.02, "somebody takes an image of the card"),
    "disk.rollback": Site(0.006, "the card is put back from the image"),
    "disk.clone": Site(0.004, "a copy of the card runs in a second device"),
    "disk.wipe": Site(0.006, "the card is wiped"),
    "disk.flip": Site(0.006, "a bit of the outbox file is flipped while the device is off"),
    "clock.step": Site(0.02, "the wall clock jumps by five minutes or a year, forth or back"),
    "clock.unset": Site(0.01, "the device starts in 1970, and learns the time later"),
    "net.broker-loss": Site(0.03, "the broker forgets everything it holds"),
    "net.disconnect": Site(0.03, "a connection breaks"),
    "net.partition": Site(0.01, "a device cannot connect for a while"),
    "net.deaf": Site(0.01, "what a device sends arrives, what it should hear does not, for a while"),
    "net.late": Site(0.02, "a packet arrives much later than all others"),
    "net.forged": Site(0.02, "somebody without the hub's key sends a receipt, or a bit of a true one is flipped"),
    "net.stale": Site(0.02, "a true receipt of long ago is sent again"),
    "hub.kill": Site(0.03, "kill -9 of the hub between two groups"),
    "hub.commit-fails": Site(0.02, "a COMMIT of the ledger fails, and nothing of it is there"),
    "hub.commit-ghost": Site(0.02, "a COMMIT of the ledger fails, and is there all the same"),
    "hub.commit-cut": Site(0.02, "the power goes while the ledger commits: any of the sectors may be missing"),
    "hub.kill-before-registry": Site(0.02, "kill -9 after the ledger's commit and before the registry's"),
    "hub.registry-cut": Site(0.02, "the power goes while the registry commits"),
    "hub.kill-before-answer": Site(0.02, "kill -9 after both commits and before any receipt"),
    "hub.backup": Site(0.03, "a backup is taken, beyond two the oldest is forgotten"),
    "hub.backup-cut": Site(0.2, "kill -9 while a backup is taken"),
    "hub.request": Site(0.02, "an inspection asks a device for a part of its own record again"),
    "hub.restore": Site(0.02, "the hub is restored from a restore point"),
    "hub.restore-cut": Site(0.15, "kill -9 while the databases are put in place; the operator restores again"),
    "hub.lost": Site(0.003, "ledger and backups are lost together, and an empty ledger is begun anew"),
    "hub.second": Site(0.5, "after a restore the hub that was goes on beside the new one for a while"),
}  # fmt: skip

DISKS = ("disk.image", "disk.rollback", "disk.clone", "disk.wipe")


class Sites:
    """`struck` counts what happened. After `heal` nothing does."""

    def __init__(self, random: Random, seed: int) -> None:
        self._random = random
        odds = {name: site.odds for name, site in SITES.items()}
        if seed % 4 == 3:  # a quarter of the histories is about disks that are copied, put back and lost
            odds |= {name: min(0.05, 5 * odds[name]) for name in DISKS}
        self._on = {name: chance for name, chance in odds.items() if random.random() < 0.5}
        self.struck: Counter[str] = Counter()

    def strikes(self, name: str) -> bool:
        if name not in self._on or self._random.random() >= self._on[name]:
            return False
        self.struck[name] += 1
        return True

    def kill(self, name: str) -> None:
        """Raises Killed if the site strikes."""
        if self.strikes(name):
            raise Killed(name)

    def heal(self) -> None:
        self._on = {}
