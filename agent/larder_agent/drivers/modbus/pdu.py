"""What is asked and answered, without what carries it: MODBUS Application Protocol V1.1b3, sections 6.3, 6.4 and 7. Pure."""

import struct
from typing import NamedTuple

from larder_agent.drivers.modbus.blocks import Block

FUNCTIONS = {"holding": 3, "input": 4}
EXCEPTION = 0x80


class Answer(NamedTuple):
    """The registers, or the exception code that came instead of them (0: none)."""

    words: tuple[int, ...]
    exception: int = 0


def request(block: Block) -> bytes:
    return struct.pack(">BHH", FUNCTIONS[block.kind], block.start, block.length)


def read_answer(pdu: bytes, block: Block) -> Answer | None:
    """None where these bytes are no answer to this block."""
    function = FUNCTIONS[block.kind]
    if len(pdu) == 2 and pdu[0] == function | EXCEPTION:
        return Answer((), pdu[1])
    if pdu[:2] != bytes((function, 2 * block.length)) or len(pdu) != 2 + 2 * block.length:
        return None
    return Answer(struct.unpack(f">{block.length}H", pdu[2:]))
