"""How long a device waits before it connects again."""

from random import Random

import pytest

from larder_agent.mqtt import LONGEST_PAUSE_S, SHORT_LIVED, pause_s


@pytest.mark.parametrize(
    ("failures", "longest"),
    [(0, 2), (1, 4), (SHORT_LIVED, 8), (4, 32), (5, LONGEST_PAUSE_S), (10_000, LONGEST_PAUSE_S)],
)
def test_pauses_grow_to_a_bound_and_are_spread_over_most_of_it(failures: int, longest: float) -> None:
    random = Random(50)
    pauses = [pause_s(failures, random) for _ in range(1000)]
    assert longest / 10 <= min(pauses) < longest / 5
    assert longest * 0.9 < max(pauses) <= longest
