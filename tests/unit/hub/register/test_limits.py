"""Hours and changed limits in a register file: kept, refused with a hint, and said where they are milder."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tomli_w import dumps

from larder_core.limits.profiles import PROFILES
from larder_hub.register.file import read_register, write_register
from larder_hub.register.limits import mildness
from larder_hub.register.refusal import RegisterError
from larder_hub.register.schema import open_register
from larder_hub.register.store import import_register, load_register

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"
UNITS = {key: profile.unit for key, profile in PROFILES.items()}


def document() -> dict[str, Any]:
    return copy.deepcopy(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))


def written(folder: Path, tables: dict[str, Any]) -> Path:
    file = folder / "register.toml"
    file.write_text(dumps(tables), encoding="utf-8")
    return file


def test_hours_and_changes_are_kept_and_audited(tmp_path: Path) -> None:
    register = read_register(EXAMPLE, UNITS)
    assert register.directory.opens and register.directory.days and register.directory.changed
    db = open_register(tmp_path / "hub.db")
    changes = import_register(db, register, "li", 1)
    assert {change.table for change in changes} >= {"hours", "special", "limit_change"}
    assert load_register(db) == register
    again = written(tmp_path, tomllib.loads(write_register(register)))
    assert read_register(again, UNITS) == register
    db.close()


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("hours", {"opens": "13:00", "closes": "11:00"}, "not before closes"),
        ("hours", {"use": "defrost", "opens": "01:00", "closes": "02:00"}, "no more than 45"),
        ("hours", {"place": "cellar"}, "no place 'cellar'"),
        ("special", {"first": "2027-03-01"}, "first is after last"),
        ("limit", {"site": "nowhere"}, "no site 'nowhere'"),
        ("limit", {"place": "cellar"}, "no place 'cellar'"),
        ("limit", {"profile": "fridge.fod"}, "no limit profile"),
        ("limit", {"clear_high": 9.0}, "not inside the limit"),
        ("limit", {"author": ""}, "author"),
    ],
)
def test_refused(tmp_path: Path, table: str, change: dict[str, Any], said: str) -> None:
    tables = document()
    where = tables if table == "limit" else tables["site"][0]
    where[table][0].update(change)
    with pytest.raises(RegisterError, match=said):
        read_register(written(tmp_path, tables), UNITS)


def test_hot_holding_without_hours_is_refused(tmp_path: Path) -> None:
    tables = document()
    tables["site"][0]["device"][0]["point"][0]["profile"] = "hot.hold"
    read_register(written(tmp_path, tables), UNITS)
    del tables["site"][0]["hours"]
    with pytest.raises(RegisterError, match=r'use = "service"'):
        read_register(written(tmp_path, tables), UNITS)


@pytest.mark.parametrize(
    ("limit", "hold_s", "is_milder"), [(6.0, 1200.0, False), (9.0, 60.0, True), (8.0, 3600.0, True)]
)
def test_what_is_milder_is_said(tmp_path: Path, limit: float, hold_s: float, is_milder: bool) -> None:
    tables = document()
    tables["limit"][0]["rules"][0].update(limit=limit, hold_s=hold_s)
    if limit == 8.0:  # an alarm at 8 for 60 minutes stands beside it
        tables["limit"][0]["rules"][0]["hold_s"] = 3000.0
    lines = list(mildness(read_register(written(tmp_path, tables), UNITS).directory.changed))
    assert bool(lines) is is_milder
    assert all("张伟" in line and "《" in line for line in lines)
