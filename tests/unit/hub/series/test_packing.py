"""A packed day is exact, short, and refuses what it did not make."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_hub.series.packing import Stored, packed, unpacked

NUMBER = st.integers(-(2**53), 2**53)
READING = st.builds(
    Stored,
    at_ms=st.integers(0, 2**53),
    position=st.integers(1, 2**40),
    place=st.integers(0, 10_000),
    value=st.none() | NUMBER,
    quality=st.sampled_from(["", "no-answer", "power-on"]),
)


@given(st.lists(READING, max_size=200))
def test_what_comes_out_is_what_went_in(readings: list[Stored]) -> None:
    assert unpacked(packed(readings)) == readings


def test_a_day_of_a_fridge_is_two_bytes_a_reading_or_less() -> None:
    """A reading a minute, sealed by the minute among 2,400 points: each entry is one of many in the ledger."""
    day = [
        Stored(
            60_000 * minute + (minute * 7919) % 40, 2_400 * minute + (minute * 31) % 97, 0, 40 + (minute * 13) % 9, ""
        )
        for minute in range(1440)
    ]
    assert len(packed(day)) / len(day) < 4.0
    steady = [one._replace(at_ms=60_000 * minute, position=60 * minute) for minute, one in enumerate(day)]
    assert len(packed(steady)) / len(steady) < 1.0


@pytest.mark.parametrize("blob", [b"", b"garbage", zlib.compress(b'{"n":1}\n'), zlib.compress(b"[]\n")])
def test_anything_else_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError):
        unpacked(blob)
