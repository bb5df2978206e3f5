"""A device whose clock is wrong for half an hour is told of on the board, with how wrong it is, and nobody is woken."""

from pathlib import Path

import pytest

from larder_core.limits.profiles import CLOCK
from tests.support.incidents import County


@pytest.mark.parametrize("kill_often", [False, True])
@pytest.mark.parametrize(("off_s", "side"), [(90, "high"), (-90, "low")])
def test_a_clock_that_is_wrong_for_half_an_hour_is_a_warning_until_it_is_right(
    tmp_path: Path, off_s: int, side: str, kill_often: bool
) -> None:
    county = County(tmp_path, kill_often=kill_often)
    box = county.boxes["box1"]
    county.until(4)
    box.wrong_ms = off_s * 1000
    county.until(34)
    assert county.alarms("clock") == []
    county.until(36)
    (alarm,) = county.alarms("clock")
    assert (alarm["point"], alarm["side"], alarm["severity"], alarm["unit"]) == ("", side, "warning", "s")
    assert (alarm["judged_by"], alarm["condition"]) == (f"clock/{CLOCK.version}", "active")
    assert abs(alarm["value"] - off_s) < 5
    assert county.told() == []
    box.wrong_ms = 0
    county.until(38)
    assert [one["condition"] for one in county.alarms("clock")] == ["normal"]
    county.projection.close()


def test_a_clock_within_a_minute_leaves_nothing_behind(tmp_path: Path) -> None:
    county = County(tmp_path)
    county.boxes["box1"].wrong_ms = 25_000
    county.until(50)
    assert county.alarms("clock") == []
    assert county.rows("SELECT * FROM point_state WHERE point = ''") == []
    county.projection.close()


def test_a_backlog_of_an_hour_says_nothing_of_the_clock(tmp_path: Path) -> None:
    county = County(tmp_path)
    box = county.boxes["box1"]
    county.until(4)
    box.online = False
    county.until(70)
    box.online = True
    county.backlog(newest_first=False)
    county.until(110)
    assert county.alarms("clock") == []
    county.projection.close()
