"""How many readings a second the meaning of a limit can judge: python bench/limits_speed.py (about 5 s, prints one line a case).

One process, one core; the figures are for choosing a design, not for a test.
"""

import time
from collections.abc import Callable
from itertools import cycle, islice

from larder_core.limits.calm import calm, passed
from larder_core.limits.excursion import Reading, run
from larder_core.limits.hours import Hours, Opening
from larder_core.limits.profile import LimitProfile
from larder_core.limits.profiles import DRUG_COLD, FREEZER, FRIDGE_FOOD, FRIDGE_SAMPLE, HOT_HOLD, SPECIAL_ROOM
from larder_core.limits.state import State
from larder_core.limits.watching import Terms, watch, watched

MINUTE = 60_000
COLUMN = 60
MEALS = Hours(tuple(Opening(day, opens, opens + 120) for day in range(1, 8) for opens in (420, 660, 1020)))
DEFROSTS = Hours(tuple(Opening(day, opens, opens + 30) for day in range(1, 8) for opens in (120, 480, 840, 1200)))


def readings(values: list[float], count: int) -> list[Reading]:
    return [Reading(place * MINUTE, value) for place, value in enumerate(islice(cycle(values), count))]


def timed(title: str, count: int, work: Callable[[], object]) -> None:
    best = min(_once(work) for _ in range(3))
    print(f"{title:<60} {count / best / 1e6:8.2f} M readings/s   {best / count * 1e9:8.0f} ns each")


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()  # of this process: what else the machine does is not measured
    work()
    return time.process_time() - begun


def columns_passed(columns: list[tuple[list[int], list[float]]]) -> State:
    state = State()
    for instants, values in columns:
        if not calm(FRIDGE_FOOD, min(values), max(values), state):
            raise SystemExit("a column that should be calm is not")
        state = passed(state, instants[-1], values[-1])
    return state


def columns_watched(columns: list[tuple[list[int], list[float]]], terms: Terms) -> State:
    """As the hub does: what is not calm, as a column in which meals begin, is looked at reading by reading."""
    state = State()
    for instants, values in columns:
        after = watched(state, terms, instants, values)
        if after is None:
            for at_ms, value in zip(instants, values, strict=True):
                state, _ = watch(state, terms, at_ms, value, "")
        else:
            state = after
    return state


def walked(terms: Terms, made: list[Reading]) -> State:
    state = State()
    for at_ms, value, quality in made:
        state, _ = watch(state, terms, at_ms, value, quality)
    return state


def terms(profile: LimitProfile) -> Terms:
    return Terms(profile, 3 * MINUTE, MEALS, DEFROSTS)


def main() -> None:
    count = 20_000
    cool = readings([3.9, 4.0, 4.1], count)
    warm = readings([9.0], count)
    dips = readings([9.0] * 10 + [4.0] * 20, count)
    both = readings([9.0] * 10 + [1.0] * 10, count)
    for title, made, profile in (
        ("step, inside the limits", cool, FRIDGE_FOOD),
        ("step, in one long excursion", warm, FRIDGE_FOOD),
        ("step, a third of the time in short dips", dips, FRIDGE_FOOD),
        ("step, both sides of a medicine fridge", both, DRUG_COLD),
    ):
        timed(title, count, lambda made=made, profile=profile: run(State(), profile, made, max_gap_ms=3 * MINUTE))
    for title, made, profile in (
        ("watch, a food fridge inside its limits, medians and rises", cool, FRIDGE_FOOD),
        ("watch, a food fridge, a third of the time in short dips", dips, FRIDGE_FOOD),
        ("watch, a medicine fridge, no stages", both, DRUG_COLD),
    ):
        timed(title, count, lambda made=made, profile=profile: walked(terms(profile), made))
    many = 1_200_000
    columns = [
        ([(n * COLUMN + place) * MINUTE for place in range(COLUMN)], [3.9, 4.0, 4.1] * (COLUMN // 3))
        for n in range(many // COLUMN)
    ]
    timed("calm columns of 60, limits only", many, lambda: columns_passed(columns))
    frozen = [(instants, [-19.0, -19.1, -18.9] * (COLUMN // 3)) for instants, _ in columns]
    hot = [(instants, [70.0, 71.0, 69.0] * (COLUMN // 3)) for instants, _ in columns]
    for title, made_of, profile in (
        ("columns, medicine fridge: limits only", columns, DRUG_COLD),
        ("columns, food fridge: medians, fast rises", columns, FRIDGE_FOOD),
        ("columns, samples: medians, fast rises, gaps", columns, FRIDGE_SAMPLE),
        ("columns, freezer: medians, fast rises, four defrosts a day", frozen, FREEZER),
        ("columns, hot holding: three meals a day", hot, HOT_HOLD),
        ("columns, cold-dish room: medians, three shifts a day", columns, SPECIAL_ROOM),
    ):
        timed(title, many, lambda made_of=made_of, profile=profile: columns_watched(made_of, terms(profile)))


if __name__ == "__main__":
    main()
