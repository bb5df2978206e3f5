"""Requests and answers of Modbus RTU as bytes: Modbus over Serial Line V1.02, section 2.5. Pure."""

import struct

from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.pdu import EXCEPTION, FUNCTIONS, Answer

SHORTEST = 5
"""Bytes of an answer: unit, function, exception code, CRC."""


def request(block: Block) -> bytes:
    return closed(struct.pack(">BBHH", block.unit_id, FUNCTIONS[block.kind], block.start, block.length))


def closed(octets: bytes) -> bytes:
    """With its CRC behind it, low byte first."""
    return octets + crc16(octets).to_bytes(2, "little")


def crc16(octets: bytes) -> int:
    """CRC-16 of Modbus: polynomial 0xA001 (0x8005 reflected), from 0xFFFF; section 6.2."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


def find_answer(heard: bytes, block: Block) -> Answer | None:
    """The answer to this block in what was heard, None while there is none.

    A line carries more than answers: a stray byte when a driver turns round, our own request from an adapter that hears itself, the
    late answer of another unit. Only a frame of this unit and function, of the right length and with its CRC, counts.
    """
    function = FUNCTIONS[block.kind]
    good = bytes((block.unit_id, function, 2 * block.length))
    bad = bytes((block.unit_id, function | EXCEPTION))
    size = len(good) + good[2] + 2
    for at in range(len(heard) - SHORTEST + 1):
        frame = heard[at : at + size]
        if frame.startswith(good) and len(frame) == size and closed(frame[:-2]) == frame:
            return Answer(struct.unpack(f">{block.length}H", frame[3:-2]))
        short = heard[at : at + SHORTEST]
        if short.startswith(bad) and closed(short[:-2]) == short:
            return Answer((), short[2])
    return None


def without_echo(heard: bytes, sent: bytes) -> bytes:
    """What was heard, less our own request at its beginning, whole or as far as it has come."""
    if heard.startswith(sent):
        return heard[len(sent) :]
    return b"" if sent.startswith(heard) else heard
