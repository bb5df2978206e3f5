"""What a projection reads of the ledger, and the port it reads it through."""

from typing import NamedTuple, Protocol

from larder_core.content import Content
from larder_core.entry import read_entry


class LedgerRow(NamedTuple):
    """One entry whose content counts, at its position: 1, 2, 3, ... in the order of commit, without a hole.

    `line` is the entry as the device signed it; `received_ms` is the hub's clock at the commit.
    """

    position: int
    device: str
    stream: str
    n: int
    hash: str
    received_ms: int
    line: bytes

    def content(self) -> Content:
        return read_entry(self.line)[1]


class LedgerReader(Protocol):
    """The ledger as its projections see it: positions only grow, and a row once read never changes."""

    def after(self, position: int, limit: int) -> list[LedgerRow]:
        """At most `limit` rows behind `position`, in order; empty where there are none yet."""

    def head(self) -> int:
        """The last position committed; 0 for an empty ledger."""


class Incident(NamedTuple):
    """What a regulator must hear of besides readings: a payload or line in quarantine, or a fork. `place` is its row's id."""

    kind: str
    place: int
    device: str
    detail: str
    received_ms: int


class IncidentReader(Protocol):
    def quarantined_after(self, place: int, limit: int) -> list[Incident]:
        """Rows of the quarantine behind `place`, in order."""

    def forks_after(self, place: int, limit: int) -> list[Incident]:
        """Forks behind `place`, in order."""
