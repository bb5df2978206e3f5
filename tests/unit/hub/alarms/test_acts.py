"""What people did outlives alarms.db: a line for each act, chained, on the disk before the answer."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder_hub.alarms.acts import ActFile, BrokenActs, Line
from larder_hub.alarms.drills import Drill, DrillBook
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.schema import AlarmsFailed, open_alarms, transaction
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.ledger.rows import LedgerRow
from larder_hub.web.ports import Acted, ShelfView, Wish
from tests.support.incidents import FRIDGE, County

CountyOf = Callable[..., County]


class Kept(County):
    """A county whose rows can be judged again by an alarms.db that knows nothing."""

    def __init__(self, *words: Any, **named: Any) -> None:
        self.ledger: list[LedgerRow] = []
        super().__init__(*words, **named)
        apply = self.projection.apply
        self.projection.apply = lambda rows: (self.ledger.extend(rows), apply(rows))[1]  # type: ignore[method-assign,func-returns-value]

    def built_anew(self) -> None:
        self.projection.close()
        self.book.close()
        for file in self.file.parent.glob("alarms.db*"):
            file.unlink()
        self.projection = self._opened()
        self.projection.apply(self.ledger)


def test_an_alarms_db_that_is_built_anew_knows_what_people_did(tmp_path: Path) -> None:
    county = Kept(tmp_path)
    county.reads(FRIDGE, 13.0).until(30)
    (alarm,) = county.alarms("food")
    assert isinstance(county.book.acknowledge(alarm["id"], "张某", "去看看", county.now_ms()), Acted)
    shelves = SqliteShelves(county.file, lambda: county.directory, county.projection._rules)
    wish = Wish("张某", "化霜", county.now_ms() + 3_600_000, device="box1", point=FRIDGE)
    shelf = shelves.shelve(wish, county.now_ms())
    book = DrillBook(county.file, lambda: county.directory)
    drill = book.begin("site1", FRIDGE, 13.0, "李某", "演练", county.now_ms(), 600_000)
    assert isinstance(shelf, ShelfView) and isinstance(drill, Drill)
    assert book.end(drill.id, "李某", county.now_ms()) is None
    acts = county.rows("SELECT * FROM act")
    before = county.alarms("food")[0]["acked_ms"]
    county.built_anew()
    (again,) = county.alarms("food")
    assert (again["id"], again["acked_ms"]) == (alarm["id"], before) and before is not None
    assert county.rows("SELECT * FROM act") == acts
    assert [one.id for one in shelves.listed(county.now_ms())] == [shelf.id]
    assert [(one.id, one.ended_by) for one in book.listed()] == [(drill.id, "李某")]
    county.built_anew()
    assert county.rows("SELECT * FROM act") == acts, "nothing is taken up twice"
    county.close()


def test_each_line_names_the_hash_of_the_one_before_and_a_change_is_found(tmp_path: Path) -> None:
    file = ActFile(tmp_path)
    for n in range(5):
        file.append(1000 + n, "act", [f"alarm{n}", "ack", "张某", 1000 + n, ""])
    assert [line.n for line in file.lines()] == [1, 2, 3, 4, 5] and len(list(file.lines(3))) == 2
    whole = file.file.read_bytes()
    lines = whole.splitlines(keepends=True)
    altered = [
        whole.replace("张某".encode(), "李某".encode(), 1),
        b"".join(lines[:2] + lines[3:]),
        b"".join([lines[1], lines[0], *lines[2:]]),
        b"".join(lines[1:]),
        b"".join([*lines[:2], b"no line\n", *lines[2:]]),
    ]
    for content in altered:
        file.file.write_bytes(content)
        with pytest.raises(BrokenActs, match=r"acts\.jsonl: line"):
            list(file.lines())


@pytest.mark.parametrize("left", [1, 20, -2])
def test_half_a_line_is_cut_and_said(tmp_path: Path, left: int, caplog: pytest.LogCaptureFixture) -> None:
    file = ActFile(tmp_path)
    file.append(1, "act", ["a", "ack", "张某", 1, ""])
    whole = file.file.read_bytes()
    torn = Line(2, file.tail().hash, 2, "act", ["b", "ack", "张某", 2, ""]).text()[:left]
    file.file.write_bytes(whole + torn)
    assert file.tail().n == 1 and len(list(file.lines())) == 1
    with caplog.at_level(logging.WARNING):
        assert file.append(3, "act", ["c", "ack", "张某", 3, ""]) == 2
    assert f"{len(torn)} bytes" in caplog.text
    assert [line.told[0] for line in file.lines()] == ["a", "c"]


def test_a_line_whose_commit_never_came_is_taken_up(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(30)
    (alarm,) = county.alarms("food")
    db = open_alarms(county.file)
    with pytest.raises(KeyboardInterrupt), transaction(db):
        Journal(db).act(alarm["id"], "ack", "张某", county.now_ms(), "")
        raise KeyboardInterrupt
    assert db.execute("SELECT count(*) FROM act").get == 0
    db.close()
    assert county.rows("SELECT actor FROM act") == [("张某",)], "the next that opens the file finds it"
    assert county.alarms("food")[0]["acked_ms"] == county.now_ms()


def test_acts_of_a_hub_that_is_older_than_the_file_become_its_first_lines(county: County) -> None:
    db = open_alarms(county.file)
    db.execute("INSERT INTO act(alarm, act, actor, at_ms, note) VALUES ('old', 'ack', '张某', 5, '')")
    with transaction(db):
        Journal(db).act("new", "ack", "李某", 6, "")
    db.close()
    assert [line.told[0] for line in ActFile(county.file.parent).lines()] == ["old", "new"]
    assert county.rows("SELECT alarm FROM act ORDER BY id") == [("old",), ("new",)]


def test_a_hub_does_not_go_on_from_a_file_whose_end_cannot_be_read(county: County) -> None:
    file = ActFile(county.file.parent)
    file.file.write_bytes(json.dumps({"n": "x"}).encode() + b"\n")
    with pytest.raises(AlarmsFailed, match="--check"):
        open_alarms(county.file)
