"""How many readings a second the meaning of a limit can judge: python bench/limits_speed.py (about 3 s, prints one line a case).

One process, one core; the figures are for choosing a design, not for a test.
"""

import time
from collections.abc import Callable
from itertools import cycle, islice

from larder_core.limits.calm import calm, passed
from larder_core.limits.excursion import Reading, run
from larder_core.limits.profiles import DRUG_COLD, FRIDGE_FOOD
from larder_core.limits.state import State

MINUTE = 60_000
COLUMN = 60


def readings(values: list[float], count: int) -> list[Reading]:
    return [Reading(place * MINUTE, value) for place, value in enumerate(islice(cycle(values), count))]


def timed(title: str, count: int, work: Callable[[], object]) -> None:
    best = min(_once(work) for _ in range(3))
    print(f"{title:<52} {count / best / 1e6:8.2f} M readings/s   {best / count * 1e9:8.0f} ns each")


def _once(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def columns_passed(columns: list[tuple[int, list[float]]]) -> State:
    state = State()
    for last_ms, values in columns:
        if not calm(FRIDGE_FOOD, min(values), max(values), state):
            raise SystemExit("a column that should be calm is not")
        state = passed(state, last_ms, values[-1])
    return state


def main() -> None:
    count = 20_000
    cool = readings([3.9, 4.0, 4.1], count)
    warm = readings([9.0], count)
    dips = readings([9.0] * 10 + [4.0] * 20, count)
    both = readings([9.0] * 10 + [1.0] * 10, count)
    timed("step, inside the limits", count, lambda: run(State(), FRIDGE_FOOD, cool, max_gap_ms=3 * MINUTE))
    timed("step, in one long excursion", count, lambda: run(State(), FRIDGE_FOOD, warm, max_gap_ms=3 * MINUTE))
    timed(
        "step, a third of the time in short dips", count, lambda: run(State(), FRIDGE_FOOD, dips, max_gap_ms=3 * MINUTE)
    )
    timed("step, both sides of a medicine fridge", count, lambda: run(State(), DRUG_COLD, both, max_gap_ms=3 * MINUTE))
    many = 1_200_000
    columns = [(n * COLUMN * MINUTE, [3.9, 4.0, 4.1] * (COLUMN // 3)) for n in range(1, many // COLUMN + 1)]
    timed("calm columns of 60, with min and max", many, lambda: columns_passed(columns))


if __name__ == "__main__":
    main()
