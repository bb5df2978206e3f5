"""What comes and goes three times within half an hour is one alarm, told once, until it stays away or is critical."""

from collections.abc import Callable
from dataclasses import replace

from larder_core.limits.words import Severity
from tests.support.counties import mains, with_mains
from tests.support.incidents import County, register

CountyOf = Callable[..., County]


def flapping(county: County, times: int, severity: Severity = Severity.ALARM) -> None:
    """Mains that go and come back every five minutes."""
    for _ in range(times):
        mains(county, "box1", severity=severity)
        county.until(county.minute + 3)
        mains(county, "box1", "cleared", severity)
        county.until(county.minute + 2)


def test_three_times_in_half_an_hour_is_one_unstable_alarm_told_once(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    flapping(county, 8)
    alarms = county.alarms("power")
    assert [(one["condition"], one["count"]) for one in alarms][-1] == ("clearing", 8)
    assert len(alarms) == 3 and alarms[-1]["unstable_ms"] is not None
    told = "SELECT count(*) FROM notice WHERE alarm = (SELECT id FROM alarm WHERE unstable_ms IS NOT NULL)"
    assert county.rows(told) == [(1,)]
    (shown,) = [one for one in county.book.open() if one.unstable]
    assert (shown.kind, shown.condition) == ("power", "clearing")
    county.until(county.minute + 40)
    assert county.alarms("power")[-1]["condition"] == "clearing", "the mains themselves have not been heard since"
    points = dict(county.directory.points)
    points["box1", "mains"] = points["box1", "mains"]._replace(unit="Cel")
    county.directory = replace(county.directory, points=points)
    county.boxes["box1"].values["mains"] = 1.0
    county.until(county.minute + 2)
    assert county.alarms("power")[-1]["condition"] == "normal"
    assert county.told("cook1")[-1][1] == "cleared"


def test_it_is_told_again_where_it_turns_critical(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    flapping(county, 4)
    before = len(county.told("cook1"))
    mains(county, "box1", severity=Severity.CRITICAL)
    county.until(county.minute + 2)
    assert len(county.told("cook1")) == before + 1
    assert county.alarms("power")[-1]["severity"] == "critical"


def test_a_device_that_comes_and_goes_is_one_alarm(county_of: CountyOf) -> None:
    county = county_of(register(1))
    county.until(9)
    for _ in range(6):
        county.boxes["box1"].up = False
        county.until(county.minute + 5)
        county.boxes["box1"].up = True
        county.until(county.minute + 2)
    silences = county.alarms("silence")
    assert len(silences) == 3
    assert (silences[-1]["count"], silences[-1]["condition"]) == (6, "clearing")
    county.boxes["box1"].up = False
    county.until(county.minute + 40)
    assert county.alarms("silence")[-1]["severity"] == "alarm"
    county.boxes["box1"].up = True
    county.until(county.minute + 40)
    assert [one["condition"] for one in county.alarms("silence")] == ["normal"] * 3
