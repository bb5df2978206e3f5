"""The port of a projection: something computed from the ledger, with its own position, that can be built again from it."""

from collections.abc import Sequence
from typing import Protocol

from larder_hub.ledger.rows import LedgerRow


class Projection(Protocol):
    name: str

    def position(self) -> int:
        """The ledger position up to which this projection has committed."""

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        """Take consecutive rows, the first of which follows `position()`, and commit their effect and the new position in one
        transaction. Applying rows again after a crash before the commit changes nothing else."""

    def tick(self, now_ms: int) -> None:
        """What time alone brings about (silence, escalation), judged at `now_ms`."""
