"""What is asked at each tick reads the alarms that go on, and not all there ever were."""

from collections.abc import Iterator

import apsw
import apsw.ext
import pytest

from larder_hub.alarms.schema import open_alarms
from tests.support.incidents import FRIDGE, County

TICKS_MAY_SCAN = ("alarm_open", "alarm_going_on", "alarm_going_on_of", "alarm_unreported", "alarm_of_point")


@pytest.fixture
def asked(county: County) -> Iterator[set[str]]:
    """The questions about alarms that a tick asks with an alarm open, as SQL."""
    county.until(5)
    county.reads(FRIDGE, 13.0).until(30)
    found: set[str] = set()

    def note(cursor: apsw.Cursor, sql: str, _: object) -> bool:
        if "FROM alarm WHERE" in sql and sql.startswith("SELECT"):
            found.add(sql)
        return True

    county.projection._db.exec_trace = note
    county.tick()
    county.projection._db.exec_trace = None
    yield found


def test_a_tick_reads_no_alarm_that_is_over(county: County, asked: set[str]) -> None:
    assert len(asked) > 5
    db = open_alarms(county.file)
    for sql in asked:
        bound = ("x",) * sql.count("?") if "?1" not in sql else ("x",)
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", bound)]
        over_alarm = [step for step in plan if " alarm" in step]
        by_id = all("sqlite_autoindex_alarm_1" in step for step in over_alarm)
        assert by_id or all(any(name in step for name in TICKS_MAY_SCAN) for step in over_alarm), (sql, plan)
    db.close()
