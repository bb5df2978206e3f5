"""What comes and goes three times within half an hour is one alarm, told once, until it stays away or is critical."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from larder_core.limits.words import Severity
from larder_hub.alarms.episodes import Subject
from larder_hub.alarms.journal import Cause
from larder_hub.alarms.judge import Happened
from larder_hub.alarms.schema import transaction
from larder_hub.alarms.turn import Turn
from larder_hub.notices.texts import Letterhead
from tests.support.counties import mains, with_mains
from tests.support.incidents import START_MS, County, register

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


def in_order(county: County, severity: Severity, from_minute: int, to_minute: int) -> None:
    """One time that the mains were gone, as the entries in their order tell of it once a hole is filled."""
    turn = Turn(county.projection._db, county.directory, county.projection._rules, Letterhead())
    subject = Subject(county.directory.devices["box1"], "mains")
    t0_ms = START_MS + from_minute * 60_000
    with transaction(county.projection._db):
        for what, minute in (("raised", from_minute), ("cleared", to_minute)):
            at_ms = START_MS + minute * 60_000
            happened = Happened("power", "low", what, severity, t0_ms, at_ms, 0.0, 0.0, None, "")  # type: ignore[arg-type]
            turn.episodes.take(subject, happened, Cause(county.now_ms()), late=True, settled=True)


@pytest.mark.parametrize("minute", range(20, 49, 5))
def test_what_is_found_again_in_order_stands_once_in_the_record(county_of: CountyOf, minute: int) -> None:
    """Each of its times has a beginning of its own; only the first three are names of alarms."""
    county = county_of(with_mains(register(1)))
    county.until(9)
    flapping(county, 8)
    before = [one["id"] for one in county.alarms("power")]
    in_order(county, Severity.CRITICAL, minute + 1, minute + 3)
    after = county.alarms("power")
    assert [one["id"] for one in after] == before
    assert after[-1]["severity"] == "critical", "what was graver than live readings showed is not lost"


def test_what_was_before_it_came_and_went_is_an_alarm_of_its_own(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    flapping(county, 8)
    in_order(county, Severity.ALARM, 2, 6)
    assert len(county.alarms("power")) == 4
