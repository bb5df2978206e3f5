"""An import is one audited transaction: only differences are changes, and what could lose evidence must be asked for by name."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from larder_core.limits.profiles import PROFILES
from larder_core.signing import Key
from larder_hub.register.contents import Register
from larder_hub.register.directory import Duty, Point
from larder_hub.register.file import read_register
from larder_hub.register.refusal import ChangeRefused, RegisterFailed
from larder_hub.register.schema import ADDED_2, TABLES_3, create_tables, open_register
from larder_hub.register.store import history, import_register, load, load_register, set_key

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"
BOX = "minzu-school-box"
OTHER_KEY = Key(bytes([9]) * 32).public


@pytest.fixture
def db() -> Iterator[Database]:
    base = Database(memory=True)
    create_tables(base)
    yield base
    base.close()


@pytest.fixture
def example() -> Register:
    return read_register(EXAMPLE, {key: profile.unit for key, profile in PROFILES.items()})


def without_site(register: Register) -> Register:
    return Register(
        register.counties, replace(register.directory, sites={}, places={}, devices={}, points={}, duties=())
    )


def with_device(register: Register, **fields: object) -> Register:
    device = register.directory.devices[BOX]._replace(**fields)  # type: ignore[arg-type]
    return Register(register.counties, replace(register.directory, devices={BOX: device}))


def test_what_is_imported_is_loaded(db: Database, example: Register) -> None:
    changes = import_register(db, example, "wang", 1_000)
    assert load_register(db) == example
    assert load(db).devices[BOX].in_service is True
    assert len(changes) == len(history(db, 100)) == 23
    assert all(change.before is None for change in changes)


def test_the_same_again_changes_nothing(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    assert import_register(db, example, "wang", 2_000) == ()
    assert {row["at_ms"] for row in history(db, 100)} == {1_000}


def test_only_what_differs_is_a_change(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    (change,) = import_register(db, with_device(example, in_service=False), "ma", 2_000)
    (row,) = history(db, 1)
    assert str(change) == f"~ device {BOX}; in_service: 1 -> 0"
    assert (row["at_ms"], row["actor"], row["kind"], row["key"]) == (2_000, "ma", "device", BOX)
    assert (json.loads(row["before"])["in_service"], json.loads(row["after"])["in_service"]) == (1, 0)


def test_who_is_told_first_is_a_change_but_the_order_of_sites_is_none(db: Database, example: Register) -> None:
    directory = example.directory
    first = replace(directory, duties=(directory.duties[1]._replace(person="zhang-wei"), *directory.duties))
    import_register(db, Register(example.counties, first), "wang", 1_000)
    assert [one.id for one in load(db).on_duty("county", "632224")] == ["zhang-wei", "county-duty"]
    turned = replace(directory, duties=(*directory.duties, directory.duties[1]._replace(person="zhang-wei")))
    assert len(import_register(db, Register(example.counties, turned), "wang", 2_000)) == 2
    assert [one.id for one in load(db).on_duty("county", "632224")] == ["county-duty", "zhang-wei"]
    backwards = replace(turned, places=dict(reversed(list(turned.places.items()))))
    assert import_register(db, Register(example.counties, backwards), "wang", 3_000) == ()
    assert list(load(db).places) == list(backwards.places)


def test_a_key_is_replaced_only_when_asked(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    other = with_device(example, public_key=OTHER_KEY)
    with pytest.raises(ChangeRefused, match=f"{BOX}.*--replace-key"):
        import_register(db, other, "wang", 2_000)
    assert load_register(db) == example
    import_register(db, other, "wang", 2_000, replace_key=True)
    assert load(db).devices[BOX].public_key == OTHER_KEY


def test_a_first_key_needs_no_asking(db: Database, example: Register) -> None:
    import_register(db, with_device(example, public_key=""), "wang", 1_000)
    set_key(db, BOX, OTHER_KEY, "wang", 2_000)
    assert load(db).devices[BOX].public_key == OTHER_KEY
    with pytest.raises(ChangeRefused, match="--replace-key"):
        set_key(db, BOX, example.directory.devices[BOX].public_key, "wang", 3_000)


def test_a_key_belongs_to_one_known_device(db: Database, example: Register) -> None:
    twin = example.directory.devices[BOX]._replace(id="twin", public_key="")
    directory = replace(example.directory, devices={**example.directory.devices, "twin": twin})
    import_register(db, Register(example.counties, directory), "wang", 1_000)
    with pytest.raises(ChangeRefused, match=BOX):
        set_key(db, "twin", example.directory.devices[BOX].public_key, "wang", 2_000)
    with pytest.raises(ChangeRefused, match="no device nobody"):
        set_key(db, "nobody", OTHER_KEY, "wang", 2_000)


def test_nothing_vanishes_unless_asked(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    with pytest.raises(ChangeRefused, match="in_service = false"):
        import_register(db, without_site(example), "wang", 2_000)
    assert load_register(db) == example
    gone = import_register(db, without_site(example), "wang", 2_000, remove=True)
    assert BOX not in load(db).devices
    assert all(change.after is None for change in gone)


def test_the_audit_is_append_only(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE change SET actor='nobody'")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM change")


def test_a_failure_in_the_middle_changes_nothing(db: Database, example: Register) -> None:
    import_register(db, example, "wang", 1_000)
    db.execute("CREATE TRIGGER full BEFORE INSERT ON change BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(RegisterFailed, match="disk full"):
        import_register(db, with_device(example, in_service=False), "wang", 2_000)
    assert load_register(db) == example


def test_a_file_is_opened_again_and_later_versions_are_refused(tmp_path: Path, example: Register) -> None:
    file = tmp_path / "hub.db"
    first = open_register(file)
    import_register(first, example, "wang", 1_000)
    first.close()
    again = open_register(file)
    assert load_register(again) == example
    again.execute("PRAGMA user_version=99")
    again.close()
    with pytest.raises(RegisterFailed, match="version 99"):
        open_register(file)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(RegisterFailed, match=r"hub\.db"):
        open_register(file)


OLD_DUTY = """
ALTER TABLE duty RENAME TO newer;
CREATE TABLE duty(person TEXT NOT NULL, level TEXT NOT NULL, scope TEXT NOT NULL, turn INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY(person, level, scope)) STRICT;
INSERT INTO duty SELECT person, level, scope, turn, ordinal FROM newer;
DROP TABLE newer;
ALTER TABLE site DROP COLUMN grid;
ALTER TABLE person DROP COLUMN channels;
ALTER TABLE person DROP COLUMN quiet;
"""


@pytest.mark.parametrize("version", [1, 2])
def test_a_register_of_before_is_upgraded_where_it_stands(tmp_path: Path, example: Register, version: int) -> None:
    """Version 1 knew no `sample_s` and no calibration of a point, version 2 no grid cells, shifts, routes, channels, hours."""
    told = example.directory
    plain = Register(
        example.counties,
        replace(
            told,
            sites={id: site._replace(grid="") for id, site in told.sites.items()},
            points={key: Point(*point[:7]) for key, point in told.points.items()},
            duties=tuple({one[:3]: Duty(*one[:3]) for one in told.duties if one.level in ("site", "county")}.values()),
            people={id: person._replace(channels=(), quiet="") for id, person in told.people.items()},
            grids={},
            routes=(),
            opens=(),
            days=(),
            changed=(),
        ),
    )
    db = open_register(tmp_path / "hub.db")
    import_register(db, plain, "li", 1)
    db.conn.executescript(OLD_DUTY)
    for column in ADDED_2 if version == 1 else ():
        db.execute(f"ALTER TABLE point DROP COLUMN {column}")
    for table in TABLES_3:
        db.table(table).drop()
    db.execute(f"PRAGMA user_version={version}")
    db.close()
    again = open_register(tmp_path / "hub.db")
    assert load_register(again) == plain
    assert import_register(again, plain, "li", 2) == (), "nothing has changed"
    again.close()
