"""A day of one series as one short blob: differences, their bytes sorted by place, deflated. Pure, and exact.

    zlib( {"n": …, "flaws": [[i, word], …], "nulls": [i, …]} newline  instants  values  positions  places )

each of the four as `n` signed 64-bit integers: instants as differences of differences (a steady period leaves zeros), values,
positions and places as differences. Their first bytes stand together, then their second bytes, and so on: nearly all are 0.
"""

import json
import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

WIDTH = 8


class Stored(NamedTuple):
    """A reading as series.db has it: its instant, its entry's place in the ledger, its place in that entry, value and quality."""

    at_ms: int
    position: int
    place: int
    value: int | None
    quality: str


def packed(readings: Sequence[Stored]) -> bytes:
    """Any readings, in any order; `unpacked` gives the same in the same order."""
    flaws = [[index, one.quality] for index, one in enumerate(readings) if one.quality]
    nulls = [index for index, one in enumerate(readings) if one.value is None]
    head = json.dumps({"n": len(readings), "flaws": flaws, "nulls": nulls}, ensure_ascii=False, separators=(",", ":"))
    columns = (
        _differences(_differences([one.at_ms for one in readings])),
        _differences([one.value or 0 for one in readings]),
        _differences([one.position for one in readings]),
        _differences([one.place for one in readings]),
    )
    return zlib.compress(head.encode() + b"\n" + b"".join(map(_sorted_bytes, columns)), 6)


def unpacked(blob: bytes) -> list[Stored]:
    """What `packed` was given. Raises ValueError for anything that it did not make."""
    try:
        head, _, body = zlib.decompress(blob).partition(b"\n")
        told = json.loads(head)
        length = int(told["n"]) * WIDTH
        if len(body) != 4 * length:
            raise ValueError(f"{len(body)} bytes of columns for {told['n']} readings")
        columns = [_integers(body[part * length : (part + 1) * length]) for part in range(4)]
        instants, values, positions, places = accumulate(accumulate(columns[0])), *map(accumulate, columns[1:])
        words, nulls = dict(map(tuple, told["flaws"])), set(told["nulls"])
        return [
            Stored(at_ms, position, place, None if index in nulls else value, words.get(index, ""))
            for index, (at_ms, value, position, place) in enumerate(
                zip(instants, values, positions, places, strict=True)
            )
        ]
    except (zlib.error, KeyError, TypeError) as error:
        raise ValueError(f"not a packed day: {error}") from error


def _differences(numbers: Sequence[int]) -> list[int]:
    return [*numbers[:1], *(after - before for before, after in pairwise(numbers))]


def _sorted_bytes(numbers: Sequence[int]) -> bytes:
    raw = array("q", numbers)
    if sys.byteorder == "big":
        raw.byteswap()
    flat = raw.tobytes()
    return b"".join(flat[byte::WIDTH] for byte in range(WIDTH))


def _integers(planes: bytes) -> "array[int]":
    count = len(planes) // WIDTH
    flat = bytearray(len(planes))
    for byte in range(WIDTH):
        flat[byte::WIDTH] = planes[byte * count : (byte + 1) * count]
    raw = array("q", bytes(flat))
    if sys.byteorder == "big":
        raw.byteswap()
    return raw
