"""Figures of what is gone never make the loss itself unreadable. [A3] [W-LOSS]"""

from larder_agent.losses import add_figures, figures_of
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.sizes import MAX_INT


def batch(*values: int) -> Batch:
    series = Series("p", "Cel", -1, tuple(Reading(1_000 + at, value, "") for at, value in enumerate(values)))
    times, cols, flaws = write_columns([series], 2_000)
    return Batch(kind="batch", device="box", boot="0badcafe", at=2_000, up=1, clock=("synced", 1), total=len(values), times=times,
                 cols=cols, flaws=flaws)  # fmt: skip


def test_figures_say_count_least_greatest_and_sum() -> None:
    assert figures_of(batch(3, 1, 2)) == [("p", "Cel", -1, 3, 3, 1, 3, 6)]
    assert add_figures(figures_of(batch(3)), figures_of(batch(5))) == [("p", "Cel", -1, 2, 2, 3, 5, 8)]


def test_a_sum_that_the_wire_cannot_hold_is_left_out() -> None:
    assert figures_of(batch(MAX_INT, 0, MAX_INT)) == []
    assert add_figures(figures_of(batch(MAX_INT)), figures_of(batch(1))) == []
    assert len(figures_of(batch(MAX_INT))) == 1
