"""How far every state that could come back agrees: what agents may delete. PROTOCOL.md [H8]."""

from collections.abc import Iterable

from larder_core.digest import GENESIS
from larder_hub.ledger.chain import Chain, Link
from larder_hub.ledger.registry import Reach


def safe_of(chain: Chain, reaches: Iterable[Reach]) -> Link:
    """The highest place that this ledger and every restore point passed with the same hash; where that cannot be told, genesis.

    A restore point that reaches further than this ledger says nothing certain about the places below it until the ledger has
    come as far: agents keep everything meanwhile.
    """
    safe = Link(chain.upto, chain.upto_hash)
    for upto, digest in reaches:
        if upto > chain.upto or chain.passed(upto) != digest:
            return Link(0, GENESIS)
        if upto < safe.n:
            safe = Link(upto, digest)
    return safe
