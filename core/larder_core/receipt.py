"""A receipt: what the hub has committed, signed by the hub; cumulative, so a lost one costs nothing. PROTOCOL.md [W-RECEIPT]."""

from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from larder_core.content import Count, Millis, Number
from larder_core.names import Hash, Identifier, Reason, StreamId
from larder_core.refusal import Refused
from larder_core.signed import read_signed
from larder_core.signing import PublicKey, Signer, sign_line
from larder_core.sizes import MAX_RANGES
from larder_core.strict_json import One, Wire, write_json

Ranges = Annotated[list[tuple[Number, Number]], Field(max_length=MAX_RANGES)]


class Receipt(Wire):
    """
    `upto`, `upto_hash`: every number up to here is accounted for over verified links. `have`: held above it. `refused`: numbers in
    quarantine above `safe`, with the reason. `safe`, `safe_hash`: the agent may delete up to here if the hash is its own.
    `announced`: announcements that `upto` has not confirmed. `credit`: entries that may be on their way at once.
    `unproven`: payloads of this device that proved nothing, by the hash of their bytes. `again`: numbers to be sent once more,
    whatever was received of them; hubs of before do not say it.
    """

    receipt: One
    device: Identifier
    stream: StreamId
    generation: Count
    upto: Count
    upto_hash: Hash
    have: Ranges
    refused: Annotated[list[tuple[Number, Reason]], Field(max_length=MAX_RANGES)]
    safe: Count
    safe_hash: Hash
    announced: Annotated[list[tuple[Count, Hash]], Field(max_length=MAX_RANGES)]
    frozen: bool
    credit: Annotated[int, Field(ge=0, le=10_000)]
    hub_time: Millis
    unproven: Annotated[
        list[tuple[Hash, Annotated[str, StringConstraints(max_length=32)]]], Field(max_length=MAX_RANGES)
    ]
    again: Annotated[Ranges, Field(default_factory=list)]

    @model_validator(mode="after")
    def _can_be(self) -> "Receipt":
        if self.safe > self.upto:
            raise ValueError("what is safe was passed: safe is above upto")
        if any(first > last for first, last in (*self.have, *self.again)):
            raise ValueError("a range ends before it begins")
        return self


_RECEIPT = TypeAdapter(Receipt)


def write_receipt(receipt: Receipt, signer: Signer) -> bytes:
    return sign_line(write_json(receipt.model_dump(mode="json")), signer)


def read_receipt(payload: bytes, hub: PublicKey, device: str) -> Receipt:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement): a receipt nobody signed moves nothing."""
    receipt = read_signed(_RECEIPT, b'{"receipt":1,', payload, hub)
    if receipt.device != device:
        raise Refused("wrong-device", f"the receipt is for {receipt.device}")
    return receipt
