"""What the hub has committed, in the words of the protocol. PROTOCOL.md [W-RECEIPT], [H8]."""

from collections.abc import Iterable

from larder_core.digest import GENESIS
from larder_core.receipt import Receipt
from larder_core.sizes import MAX_RANGES
from larder_hub.ledger.chain import Chain, Link, ranges
from larder_hub.ledger.registry import Reach
from larder_hub.ledger.store import Ledger, Stream

UNHEARD = "0" * 32
"""The stream named in a receipt to a device that has never proven one."""

_REFUSED_SHOWN = 16


def safe_of(chain: Chain, reaches: Iterable[Reach]) -> Link:
    """The highest place that this ledger and every restore point passed with the same hash [H8]; where that cannot be told, genesis.

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


def receipt_for(ledger: Ledger, stream: Stream, credit: int, generation: int, now_ms: int, unproven: list[tuple[str, str]]) -> Receipt:
    """The receipt that covers everything committed of `stream`."""
    chain = stream.chain
    safe = safe_of(chain, ledger.registry.reaches(stream.stream))
    return Receipt(
        receipt=1,
        device=stream.device,
        stream=stream.stream,
        generation=generation,
        upto=chain.upto,
        upto_hash=chain.upto_hash,
        have=ranges(chain.ahead)[:MAX_RANGES],
        refused=ledger.refused_numbers(stream, _REFUSED_SHOWN),
        safe=safe.n,
        safe_hash=safe.hash,
        announced=[(link.n, link.hash) for link in chain.unconfirmed(MAX_RANGES)],
        frozen=chain.frozen,
        credit=credit,
        hub_time=now_ms,
        unproven=unproven[-MAX_RANGES:],
    )


def receipt_for_unheard(device: str, generation: int, now_ms: int, unproven: list[tuple[str, str]]) -> Receipt:
    """A receipt for a device of which nothing is proven yet: it holds nothing, and says why the payloads were refused."""
    return Receipt(
        receipt=1, device=device, stream=UNHEARD, generation=generation, upto=0, upto_hash=GENESIS, have=[], refused=[], safe=0,
        safe_hash=GENESIS, announced=[], frozen=False, credit=1, hub_time=now_ms, unproven=unproven[-MAX_RANGES:],
    )  # fmt: skip
