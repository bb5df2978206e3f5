"""A signed line that is a whole payload: birth, status, receipt, configuration, command, reply. PROTOCOL.md [W-SIGN], [W-REASONS]."""

from typing import TypeVar

from pydantic import TypeAdapter

from larder_core.refusal import Refused
from larder_core.signing import PublicKey, verify_line
from larder_core.sizes import MAX_STATEMENT
from larder_core.strict_json import read_json

Shape = TypeVar("Shape")


def read_signed(
    shape: TypeAdapter[Shape], opening: bytes, payload: bytes, key: PublicKey, most: int = MAX_STATEMENT
) -> Shape:
    """`payload` as a value of `shape`. `opening` is its kind and version, to the byte, so that no kind passes for another; `most`:
    how many bytes it may have.

    Raises Refused (too-large, bad-signature, bad-statement).
    """
    if len(payload) > most:
        raise Refused("too-large", f"{len(payload)} bytes, at most {most}")
    verify_line(payload, key)
    if not payload.startswith(opening):
        raise Refused("bad-statement", f"it does not begin with {opening.decode()}")
    try:
        return read_json(shape, payload)
    except Refused as error:
        raise Refused("bad-statement", str(error)) from error
