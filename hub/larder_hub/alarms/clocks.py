"""How far a device's clock is from the hub's: judged at each of its batches by the profile `clock`, in the hub's time. Pure.

A batch says when it was sealed, and comes a moment later. What lay in a backlog is old and shows nothing, but whoever sends a backlog
sends what is new before and between, so that the half hour of the profile never fills up with a good clock.
"""

from dataclasses import replace

from larder_core.content import Batch
from larder_core.limits.excursion import step
from larder_core.limits.table import milliseconds
from larder_hub.alarms.judge import Happened, PointState, kept
from larder_hub.alarms.rules import Rules

UNIT = "s"


def clock_step(
    state: PointState | None, rules: Rules, batch: Batch, received_ms: int
) -> tuple[PointState | None, list[Happened]]:
    """What is remembered of a device's clock, and what happened. None for a clock of which there is nothing to remember."""
    off_s = (batch.at - received_ms) / 1000
    if state is None:
        if rules.clock.table.quiet(off_s):
            return None, []
        state = PointState()
    max_gap_ms = milliseconds(rules.silence.offline_s)
    excursion, moves = step(state.excursion, rules.clock, received_ms, off_s, "", max_gap_ms=max_gap_ms)
    by = f"{rules.clock.key}/{rules.clock.version}"
    return replace(state, excursion=excursion), kept(moves, "clock", by)
