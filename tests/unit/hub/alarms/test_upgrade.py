"""An alarms.db of an older hub is taken on in place: what people did and what was sent is nowhere else."""

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.schema import SCHEMA, AlarmsFailed, open_alarms
from larder_hub.alarms.upgrade import OLDEST, VERSION
from tests.support.incidents import FRIDGE, START_MS, County

ALARM = """
INSERT INTO alarm VALUES (7, 'aaaaaaaaaaaaaaaa', '632224', 'site1', 'box1', 'fridge', 'food', 'high', 'alarm', 'active', 'shown',
  1000, 2000, 3000, NULL, NULL, 0, 0, 13.0, 14.0, 12.0, 'Cel', '', 1, 2500, 'alarm', NULL, NULL, 0, NULL, 2600, NULL);
INSERT INTO act(alarm, act, actor, at_ms, note) VALUES ('aaaaaaaaaaaaaaaa', 'ack', '张某', 2600, '门没关');
INSERT INTO notice(reference, alarm, kind, severity, person, phone, language, place, text, created_ms, state, attempt, sent_ms)
  VALUES ('r1', 'aaaaaaaaaaaaaaaa', 'raise', 'alarm', 'cook1', '13800138001', 'zh', '冷藏柜2', '…', 2500, 'sent', 1, 2510);
UPDATE mark SET position = 12, tick_ms = 3000, listening_ms = 500;
"""


def older(file: Path) -> Path:
    with closing(apsw.Connection(str(file))) as db:
        db.execute(SCHEMA + ALARM + f"PRAGMA user_version={OLDEST}")
    return file


def tables(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(open_alarms(file)) as db:
        names = [str(row[0]) for row in db.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name")]
        return {name: db.execute(f"PRAGMA table_info({name})").fetchall() for name in names}


def test_an_older_file_has_the_tables_of_a_new_one_and_nothing_is_done_twice(tmp_path: Path) -> None:
    file = older(tmp_path / "old.db")
    assert tables(file) == tables(file) == tables(tmp_path / "new.db")


def test_what_people_did_and_what_was_sent_survives(tmp_path: Path) -> None:
    file = older(tmp_path / "alarms.db")
    with closing(open_alarms(file)) as db:
        journal = Journal(db)
        alarm = journal.alarm("a" * 16)
        assert alarm is not None
        assert (alarm.ticket, alarm.acked_ms, alarm.told_ms, alarm.peak) == (7, 2600, 2500, 14.0)
        assert (alarm.inhibited_by, alarm.drill, alarm.unstable_ms) == ("", False, None)
        assert journal.mark() == (12, 3000, 500)
        assert db.execute("SELECT reference, state, attempt, sent_ms FROM notice").fetchall() == [
            ("r1", "sent", 1, 2510)
        ]
        assert db.execute("SELECT act, actor, at_ms, note FROM act").fetchall() == [("ack", "张某", 2600, "门没关")]
    book = SqliteAlarmBook(file)
    assert [(view.ticket, view.handling) for view in book.open()] == [("7", "acked")]
    book.close()


def test_a_county_goes_on_from_an_older_file(tmp_path: Path) -> None:
    older(tmp_path / "alarms.db")
    county = County(tmp_path)
    with closing(open_alarms(tmp_path / "alarms.db")) as db:
        db.execute(
            "DELETE FROM alarm; UPDATE mark SET position = 0, listening_ms = 0, tick_ms = ?", (START_MS - 1_000,)
        )
    county.reads(FRIDGE, 13.0).until(20)
    assert [kind for _, kind, _ in county.told()][1:] == ["raise"]
    county.close()


@pytest.mark.parametrize("version", [OLDEST - 1, VERSION + 1])
def test_a_file_of_an_unknown_version_is_left_as_it_is_and_says_what_to_do(tmp_path: Path, version: int) -> None:
    file = tmp_path / "alarms.db"
    with closing(apsw.Connection(str(file))) as db:
        db.execute(f"PRAGMA user_version={version}")
    with pytest.raises(AlarmsFailed, match="install the newer larder"):
        open_alarms(file)
    with closing(apsw.Connection(str(file))) as db:
        assert db.pragma("user_version") == version
        assert db.execute("SELECT count(*) FROM sqlite_schema").fetchall() == [(0,)]
