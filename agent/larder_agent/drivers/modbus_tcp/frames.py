"""Requests and answers of Modbus TCP as bytes: MODBUS Messaging on TCP/IP V1.0b, section 3.1.3. Pure."""

import struct

from larder_agent.drivers.modbus import pdu
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.pdu import Answer

HEAD = struct.Struct(">HHHB")
"""Transaction, protocol (0), bytes that follow the length, unit."""

SHORTEST, LONGEST = 3, 254
"""What the length may say: the unit and 2 to 253 bytes behind it."""


class NoFrame(ValueError):
    """These bytes are not Modbus TCP, or answer something else under our transaction: nobody knows where the next frame begins."""


def request(transaction: int, block: Block) -> bytes:
    asked = pdu.request(block)
    return HEAD.pack(transaction, 0, 1 + len(asked), block.unit_id) + asked


def find_answer(heard: bytes, transaction: int, block: Block) -> Answer | None:
    """The answer to this request in what was heard, None while it is not whole. Late answers to earlier ones are passed over.

    Raises NoFrame.
    """
    while len(heard) >= HEAD.size:
        number, protocol, length, unit = HEAD.unpack_from(heard)
        if protocol or not SHORTEST <= length <= LONGEST:
            raise NoFrame(f"a header of protocol {protocol} and length {length}")
        frame, heard = heard[: 6 + length], heard[6 + length :]
        if len(frame) < 6 + length:
            return None
        if number != transaction:
            continue
        answer = pdu.read_answer(frame[HEAD.size :], block) if unit == block.unit_id else None
        if answer is None:
            raise NoFrame("an answer to something that was not asked")
        return answer
    return None
