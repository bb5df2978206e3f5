"""The register in force is the one that the file holds, whenever it was written."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from larder_core.names import Address
from larder_hub import directories
from larder_hub.directories import Directories
from larder_hub.register.contents import Register
from larder_hub.register.schema import open_register
from larder_hub.register.store import import_register, load_register
from tests.support.accounts import register_of
from tests.support.speaker import Speaker

HOMES = [Address("632224", site, f"{site}-box") for site in ("minzhong", "shaliuhe")]


def write(folder: Path, *homes: Address) -> None:
    db = open_register(folder / "hub.db")
    try:
        import_register(db, register_of(*(Speaker(home) for home in homes)), "test", 1, replace_key=True, remove=True)
    finally:
        db.close()


def test_a_register_that_was_written_while_it_was_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, HOMES[0])
    current = Directories(tmp_path / "hub.db", lambda: 10_000, every_ms=0).current

    def overtaken(db: Database) -> Register:
        found = load_register(db)
        write(tmp_path, *HOMES)
        return found

    monkeypatch.setattr(directories, "load_register", overtaken)
    assert set(current().devices) == {"minzhong-box"}
    monkeypatch.setattr(directories, "load_register", load_register)
    assert set(current().devices) == {"minzhong-box", "shaliuhe-box"}
