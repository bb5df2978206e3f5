"""What a scan finds, and how it tells its progress."""

from collections.abc import Callable
from typing import NamedTuple

Progress = Callable[[int, int, str], None]
"""Told at each step: its number from 1, how many there are, what is asked."""


class Found(NamedTuple):
    """Something that answered or stands there: which driver reads it, what was seen, and the words with which to probe it."""

    driver: str
    seen: str
    probe: str
