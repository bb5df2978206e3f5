"""The register in hub.db: what changes is decided by comparing, written in one transaction, and audited."""

import json
from collections.abc import Iterator
from sqlite3 import Error
from typing import NamedTuple

from sqlite_utils import Database

from larder_hub.register.contents import Register
from larder_hub.register.directory import Directory
from larder_hub.register.refusal import ChangeRefused, RegisterFailed
from larder_hub.register.rows import Row, Rows, key_of, register_of, rows_of
from larder_hub.register.schema import ORDINAL, TABLES

FREE = ("duty", "hours", "special", "limit_change")
"""Tables of which a file may leave out what was there, without being asked: nothing is addressed by their rows."""


class Change(NamedTuple):
    """One row that became another: `before` None is a new row, `after` None one that is gone."""

    table: str
    key: tuple[str, ...]
    before: Row | None
    after: Row | None

    def __str__(self) -> str:
        sign = "+" if self.before is None else "-" if self.after is None else "~"
        before, after = self.before or {}, self.after or {}
        differing = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
        fields = [f"{name}: {before[name]!r} -> {after[name]!r}" for name in differing]
        return "; ".join([f"{sign} {self.table} {'/'.join(self.key)}", *fields])


def import_register(
    db: Database, register: Register, actor: str, now_ms: int, *, replace_key: bool = False, remove: bool = False
) -> tuple[Change, ...]:
    """Make the register say what `register` says; returns what that changed, nothing where it said so already.

    One transaction. Raises ChangeRefused if a device's key would change without `replace_key`, or if anything but rows
    of FREE would be removed without `remove`; RegisterFailed if the file fails.
    """
    wanted = rows_of(register)
    try:
        with db.atomic():
            before = _read(db)
            changes = tuple(_differences(before, wanted))
            _allow(changes, replace_key, remove)
            if before != wanted:  # also where nothing but the order is another
                _write(db, wanted)
                _audit(db, changes, actor, now_ms)
    except Error as error:
        raise RegisterFailed(f"hub.db: {error} (nothing was changed; is the disk full?)") from error
    return changes


def set_key(
    db: Database, device: str, public_key: str, actor: str, now_ms: int, *, replace_key: bool = False
) -> tuple[Change, ...]:
    """Register a device's key. Raises ChangeRefused for an unknown device, another one's key, or a new key without `replace_key`."""
    register = load_register(db)
    known = register.directory.devices
    if device not in known:
        raise ChangeRefused(f"there is no device {device}", "add it to the register file and import that first")
    for other in known.values():
        if other.public_key == public_key and other.id != device:
            raise ChangeRefused(f"this is the key of {other.id}", "a copied card needs `larder agent init` again")
    devices = {**known, device: known[device]._replace(public_key=public_key)}
    directory = Directory(**{**vars(register.directory), "devices": devices})
    return import_register(db, Register(register.counties, directory), actor, now_ms, replace_key=replace_key)


def load(db: Database) -> Directory:
    """The register in force. Raises RegisterFailed."""
    return load_register(db).directory


def load_register(db: Database) -> Register:
    """The same with the counties. Raises RegisterFailed."""
    try:
        with db.atomic():
            return register_of(_read(db))
    except Error as error:
        raise RegisterFailed(f"hub.db: {error} (is it a register?)") from error


def history(db: Database, limit: int) -> list[Row]:
    """The latest changes, newest first: rows of the table `change`."""
    return list(db.query("SELECT * FROM change ORDER BY id DESC LIMIT ?", [limit]))


def expectations(db: Database) -> list[Row]:
    """The changes, oldest first, of what says which readings are due: sites, devices, points. Raises RegisterFailed."""
    told = "SELECT at_ms, kind, key, after FROM change WHERE kind IN ('site', 'device', 'point') ORDER BY id"
    try:
        return list(db.query(told))
    except Error as error:
        raise RegisterFailed(f"hub.db: {error} (is it a register?)") from error


def _differences(before: Rows, after: Rows) -> Iterator[Change]:
    for table in TABLES:
        was = {key_of(table, row): row for row in before[table]}
        will = {key_of(table, row): row for row in after[table]}
        for key in (*will, *(key for key in was if key not in will)):
            if was.get(key) != will.get(key):
                yield Change(table, key, was.get(key), will.get(key))


def _allow(changes: tuple[Change, ...], replace_key: bool, remove: bool) -> None:
    gone = [change for change in changes if change.after is None and change.table not in FREE]
    if gone and not remove:
        what = ", ".join(f"{change.table} {'/'.join(change.key)}" for change in gone[:5])
        hint = "a device that rests gets in_service = false; --remove takes them out, and what a removed device sends is refused"
        raise ChangeRefused(f"the file leaves out {len(gone)} that are registered: {what}", hint)
    for change in changes:
        if change.table != "device" or change.before is None or change.after is None or replace_key:
            continue
        if change.before["public_key"] not in ("", change.after["public_key"]):
            hint = "--replace-key if its card was set up anew; what the old key signed later is refused"
            raise ChangeRefused(f"device {change.key[0]} has another key already", hint)


def _read(db: Database) -> Rows:
    return {table: [_plain(row) for row in db.table(table).rows_where(order_by=ORDINAL)] for table in TABLES}


def _plain(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != ORDINAL}


def _write(db: Database, wanted: Rows) -> None:
    for table, rows in wanted.items():
        db.table(table).delete_where()
        db.table(table).insert_all({**row, ORDINAL: ordinal} for ordinal, row in enumerate(rows))


def _audit(db: Database, changes: tuple[Change, ...], actor: str, now_ms: int) -> None:
    for change in changes:
        before, after = (
            "" if row is None else json.dumps(row, ensure_ascii=False) for row in (change.before, change.after)
        )
        db.table("change").insert(
            {
                "at_ms": now_ms,
                "actor": actor,
                "kind": change.table,
                "key": "/".join(change.key),
                "before": before,
                "after": after,
            }
        )
