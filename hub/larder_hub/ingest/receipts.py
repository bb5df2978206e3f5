"""What the hub has committed, in the words of the protocol. PROTOCOL.md [W-RECEIPT], [H8]."""

from collections.abc import Sequence

from larder_core.digest import GENESIS
from larder_core.receipt import Receipt
from larder_core.sizes import MAX_RANGES
from larder_hub.ledger.chain import ranges
from larder_hub.ledger.safe import safe_of
from larder_hub.ledger.store import Ledger
from larder_hub.ledger.streams import Stream

UNHEARD = "0" * 32
"""The stream named in a receipt to a device that has never proven one."""

_REFUSED_SHOWN = 16


def receipt_for(
    ledger: Ledger, stream: Stream, credit: int, generation: int, now_ms: int, unproven: list[tuple[str, str]],
    again: Sequence[tuple[int, int]] = (),
) -> Receipt:  # fmt: skip
    """The receipt that covers everything committed of `stream`; `again`: numbers that the device is asked for once more [H15]."""
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
        again=list(again),
    )


def receipt_for_unheard(device: str, generation: int, now_ms: int, unproven: list[tuple[str, str]]) -> Receipt:
    """A receipt for a device of which nothing is proven yet: it holds nothing, and says why the payloads were refused."""
    return Receipt(
        receipt=1, device=device, stream=UNHEARD, generation=generation, upto=0, upto_hash=GENESIS, have=[], refused=[], safe=0,
        safe_hash=GENESIS, announced=[], frozen=False, credit=1, hub_time=now_ms, unproven=unproven[-MAX_RANGES:], again=[],
    )  # fmt: skip
