"""The tables of hub.db, and how it is opened. Small and seldom written, so it keeps SQLite's rollback journal: no WAL file to copy."""

from collections.abc import Mapping
from pathlib import Path
from sqlite3 import Error

from sqlite_utils import Database

from larder_hub.register.refusal import RegisterFailed

VERSION = 3
ORDINAL = "ordinal"
"""The place of a row in the register file: kept, but no content."""

Columns = Mapping[str, type]
TABLES: Mapping[str, tuple[Columns, tuple[str, ...]]] = {
    "county": ({"code": str, "name_zh": str, "name_en": str}, ("code",)),
    "site": ({"id": str, "county": str, "kind": str, "name_zh": str, "name_en": str, "grid": str}, ("id",)),
    "grid": ({"id": str, "county": str, "name_zh": str, "name_en": str}, ("id",)),
    "place": ({"site": str, "id": str, "name_zh": str, "name_en": str}, ("site", "id")),
    "device": ({"id": str, "site": str, "public_key": str, "in_service": int}, ("id",)),
    "point": (
        {
            "device": str,
            "id": str,
            "place": str,
            "quantity": str,
            "unit": str,
            "period_s": float,
            "profile": str,
            "sample_s": float,
            "offset": float,
            "certificate": str,
            "certificate_until": str,
            "judge_corrected": int,
        },
        ("device", "id"),
    ),
    "person": ({"id": str, "name": str, "phone": str, "language": str, "channels": str, "quiet": str}, ("id",)),
    "duty": (
        {"person": str, "level": str, "scope": str, "days": str, "hours": str, "dates": str, "turn": int},
        ("person", "level", "scope", "days", "hours", "dates"),
    ),
    "route": (
        {
            "kind": str,
            "severity": str,
            "profile": str,
            "side": str,
            "to": str,
            "then": str,
            "least": int,
            "escalate_min": int,
            "act_min": int,
            "repeat_min": int,
            "digest": str,
            "turn": int,
        },
        ("kind", "severity", "profile", "side"),
    ),
    "hours": (
        {"site": str, "place": str, "use": str, "days": str, "opens": str, "closes": str},
        ("site", "place", "use", "days", "opens"),
    ),
    "special": ({"site": str, "first": str, "last": str, "like": int}, ("site", "first", "last")),
    "limit_change": (
        {"site": str, "place": str, "profile": str, "author": str, "reason": str, "date": str, "figures": str},
        ("site", "place", "profile"),
    ),
}
"""Columns and primary key of each table, in the order in which one refers to the other."""

CHANGE = {"id": int, "at_ms": int, "actor": str, "kind": str, "key": str, "before": str, "after": str}
"""An audited change: `kind` is the table, `key` its primary key joined by `/`; `before` and `after` are JSON rows, empty for none."""


def open_register(file: Path) -> Database:
    """hub.db, made if it is not there. One connection for each thread. Raises RegisterFailed with a hint."""
    try:
        db = Database(file)
        db.execute("PRAGMA synchronous=FULL")
        create_tables(db)
    except Error as error:
        raise RegisterFailed(f"{file}: {error} (is it a register, is the disk full, does this user own it?)") from error
    return db


ADDED_2: Mapping[str, tuple[type, float | int | str]] = {
    "sample_s": (float, 0.0),
    "offset": (float, 0.0),
    "certificate": (str, ""),
    "certificate_until": (str, ""),
    "judge_corrected": (int, 0),
}
"""Columns of `point` since version 2, with what they say of a register of before."""


ADDED_3: Mapping[str, tuple[str, ...]] = {"site": ("grid",), "person": ("channels", "quiet")}
"""Columns of text since version 3, empty for a register of before; duty has shifts since then."""
TABLES_3 = ("grid", "route", "hours", "special", "limit_change")
"""Tables since version 3."""


def _upgrade(db: Database, version: int) -> None:
    with db.atomic():
        if version < 2:
            for column, (kind, default) in ADDED_2.items():
                db.table("point").add_column(column, kind, not_null_default=default)
        for table, columns in ADDED_3.items():
            for column in columns:
                db.table(table).add_column(column, str, not_null_default="")
        db.execute("ALTER TABLE duty RENAME TO duty_2")
        for name in ("duty", *TABLES_3):
            _create(db, name)
        db.execute("INSERT INTO duty SELECT person, level, scope, '', '', '', turn, ordinal FROM duty_2")
        db.execute("DROP TABLE duty_2")
        db.execute(f"PRAGMA user_version={VERSION}")


def _create(db: Database, name: str) -> None:
    columns, key = TABLES[name]
    everything = {**columns, ORDINAL: int}
    db.table(name).create(everything, pk=key if len(key) > 1 else key[0], not_null=set(everything), strict=True)


def create_tables(db: Database) -> None:
    """Raises RegisterFailed for a register of a later version."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise RegisterFailed(
            f"the register is of version {version}, this program knows {VERSION} (install the newer program)"
        )
    if version == VERSION:
        return
    if version:
        _upgrade(db, version)
        return
    with db.atomic():
        for name in TABLES:
            _create(db, name)
        db.table("change").create(CHANGE, pk="id", not_null=set(CHANGE), strict=True)
        for act in ("UPDATE", "DELETE"):
            db.execute(
                f"CREATE TRIGGER change_no_{act.lower()} BEFORE {act} ON change "
                "BEGIN SELECT RAISE(ABORT, 'change is append-only'); END"
            )
        db.execute(f"PRAGMA user_version={VERSION}")
