"""Slow noise of a probe as a pure function of its name and the time: the same whoever looks, how often and when."""

import hashlib

_KNOT_S = 20.0
_MASK = (1 << 64) - 1


def seed_of(*parts: object) -> int:
    """A number of 64 bits from any words; the same on every machine."""
    return int.from_bytes(hashlib.blake2b(" ".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def noise(seed: int, at_s: float) -> float:
    """Between knots 20 s apart linear, at a knot nearly Gaussian, with a standard deviation of 1 there."""
    knot, part = divmod(at_s, _KNOT_S)
    part /= _KNOT_S
    return _gauss(seed + int(knot)) * (1.0 - part) + _gauss(seed + int(knot) + 1) * part


def share(seed: int) -> float:
    """A number from 0 to 1 that belongs to this seed."""
    return _mixed(seed) / (_MASK + 1)


def _gauss(seed: int) -> float:
    """The sum of four uniform 16-bit numbers, scaled: an Irwin-Hall distribution of four."""
    word = _mixed(seed)
    total = (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + (word >> 48)
    return (total - 131_070) / 37_837.2  # 65535 * sqrt(4 / 12)


def _mixed(seed: int) -> int:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014)."""
    word = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK
    word = ((word ^ word >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ word >> 27) * 0x94D049BB133111EB) & _MASK
    return word ^ word >> 31
