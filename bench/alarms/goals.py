"""What must hold, and whether it does. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.alarms.cut import CutFigures
from bench.alarms.score import Score

MOST_FALSE = 0.1
"""A site and week: one in ten sites and week."""
FEWER = 10
CUT_S = 60


class Goal(NamedTuple):
    wanted: str
    came: str
    met: bool


def goals(larder: Score, bare: Score, slow: Score, cut: CutFigures) -> list[Goal]:
    """Every goal with what came. `slow` is the rule that waits for 30 minutes."""
    earlier, known = compared(larder, slow)
    times_fewer = bare.messages / max(1, larder.messages)
    return [
        Goal("every dangerous excursion is found", f"{larder.found} of {larder.dangerous}", larder.found == larder.dangerous),
        Goal(
            "earlier than the 30-minute rule in more than half of the true failures",
            f"{earlier} of {known}",
            2 * earlier > known,
        ),
        Goal(
            "fewer than one false message per ten sites and week",
            f"{larder.false_per_site_week * 10:.2f}",
            larder.false_per_site_week < MOST_FALSE,
        ),
        Goal(f"{FEWER} times fewer messages than the bare threshold", f"{times_fewer:.1f} times", times_fewer >= FEWER),
        Goal(
            f"a county's power cut: one message about it per recipient within {CUT_S} s",
            f"at most {cut.most_of_it} (with food {cut.most}) for one of {cut.recipients} recipients, "
            f"the last first one after {cut.last_s:.0f} s",
            cut.most_of_it == 1 and cut.last_s <= CUT_S,
        ),
        Goal(
            "no dangerous excursion inside it is missed",
            f"{cut.found} of {cut.dangerous}",
            cut.found == cut.dangerous,
        ),
    ]  # fmt: skip


def compared(larder: Score, slow: Score) -> tuple[int, int]:
    """(failures of which Larder spoke earlier, failures of which either spoke)."""
    earlier = known = 0
    for fault, mine in larder.firsts.items():
        theirs = slow.firsts.get(fault)
        if mine is None and theirs is None:
            continue
        known += 1
        earlier += mine is not None and (theirs is None or mine < theirs)
    return earlier, known


def all_met(found: Sequence[Goal]) -> bool:
    return all(goal.met for goal in found)
