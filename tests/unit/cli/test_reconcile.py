"""`larder reconcile` and `larder account` over ledgers that somebody tampered with, each in one way: what each of the two must notice.

The account trusts the ledger's own tables and hashes nothing: it claims to know which numbers and readings are missing. The reconciler
claims that everything a device sealed is there once, unchanged, where it was.
"""

import hashlib
import json
import re
import shutil
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_cli.reconcile.balance import Balance, balance
from larder_core.digest import GENESIS
from larder_core.message import write_message
from larder_core.names import Address
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.metrics import Metrics
from larder_hub.register.schema import open_register
from larder_hub.register.store import import_register
from larder_hub.series.sqlite import SqliteSeries
from tests.support.accounts import register_of
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker
from tests.unit.agent.sealed import DEVICE, Box

HOME = Address("632224", "minzhong", DEVICE)
Tamper = Callable[[sqlite3.Connection], None]
LAST = 12


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A device that sealed twelve entries of three readings, and a hub that took them: `hub/` and `box/`."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "hub").mkdir()
    (folder / "box").mkdir()
    box, speaker = Box(folder / "box"), Speaker(HOME)
    rig = IntakeRig(folder / "hub", speaker)
    for n in range(LAST):
        box.clock.pass_ms(2000)  # each of the three has a second of its own
        box.seal(40 + n, 41 + n, 52 + n)
    outbox = box.outbox
    for first, last in ((1, 5), (6, 6), (7, LAST)):
        before = outbox.hash_at(first - 1) if first > 1 else GENESIS
        assert before
        rig.entry(speaker, write_message(outbox.stream, first, before, outbox.lines(first, last), speaker.key))
    db = open_register(folder / "hub" / "hub.db")
    import_register(db, register_of(speaker), "test", 1_700_000_000_000, replace_key=True, remove=True)
    db.close()
    (folder / "hub.toml").write_text('data_dir = "hub"\n')
    rig.ledger.close()
    outbox.close()
    series = SqliteSeries(folder / "hub" / "series.db", Metrics())
    series.open()
    reader = SqliteLedgerReader(folder / "hub" / "ledger.db")
    series.apply(reader.after(0, 1000))
    reader.close()
    series.close()
    return folder


@pytest.fixture
def books(taken: Path, tmp_path: Path) -> Path:
    shutil.copytree(taken, tmp_path / "books")
    return tmp_path / "books"


def tampered(books: Path, tamper: Tamper) -> Balance:
    """Someone who owns the file: the triggers are in their way for as long as one statement takes."""
    db = sqlite3.connect(books / "hub" / "ledger.db")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    tamper(db)
    db.commit()
    db.close()
    return balance([books / "box"], books / "hub")


def unexplained(books: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Entries that `larder account` cannot explain."""
    capsys.readouterr()
    main(["account", "--config", str(books / "hub.toml"), "--json"])
    return int(json.loads(capsys.readouterr().out)["unexplained"])


def hash_of(line: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(line).digest()).decode().rstrip("=")


def test_books_that_nobody_touched_balance(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = balance([books / "box"], books / "hub")
    assert found.good and found.stored == found.produced == 3 * LAST and not found.wrong
    assert unexplained(books, capsys) == 0


@pytest.mark.parametrize("n", [1, 6, LAST])
def test_an_entry_that_is_gone(books: Path, n: int) -> None:
    """The first, one that came alone, the last; its row, and all that speaks of it."""

    def tamper(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM counted WHERE entry IN (SELECT id FROM entry WHERE n=?)", (n,))
        db.execute("DELETE FROM entry WHERE n=?", (n,))

    found = tampered(books, tamper)
    assert not found.good and found.held == 3, "the device holds it still, and will never be asked for it"
    assert found.wrong == (f"{'2'.zfill(32)}/{n}: was taken, and is not here",)


def test_an_entry_that_is_gone_from_both_sides(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The device has deleted it under safe: nobody holds it, and it was produced."""

    def tamper(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM counted WHERE entry IN (SELECT id FROM entry WHERE n=6)")
        db.execute("DELETE FROM entry WHERE n=6")

    with sqlite3.connect(books / "box" / "outbox.db") as db:
        db.execute("DELETE FROM entry WHERE n <= 8")
    found = tampered(books, tamper)
    assert not found.good and (found.difference, found.unexplained) == (3, 1)
    assert unexplained(books, capsys) == 0, "the account believes the ledger's tables"


def test_a_body_that_stands_under_another_stream_too(books: Path) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO stream SELECT id+1, ?, device, first_heard_ms, heard+1, heard_ms, upto, upto_hash, frozen, first,"
                   " stored, refused, evidence, readings FROM stream", ("f" * 32,))  # fmt: skip
        db.execute("INSERT INTO entry SELECT 1000, 2, n, hash, prev, message, received_ms, holds, readings, kind, refusal, line"
                   " FROM entry WHERE n=4")  # fmt: skip
        db.execute("INSERT INTO counted VALUES (1000, 1000)")

    found = tampered(books, tamper)
    assert not found.good and found.stored_twice == 1 and found.readings_twice == 3
    assert any("the line says" in text for text in found.wrong)


def test_a_body_whose_number_is_changed_too(books: Path) -> None:
    """The copy is made to fit its new place: another stream in its header, another hash. Its readings are still the same instants."""

    def tamper(db: sqlite3.Connection) -> None:
        (line,) = db.execute("SELECT line FROM entry WHERE n=1").fetchone()
        copy = re.sub(rb'"stream":"[0-9a-f]{32}"', b'"stream":"' + b"f" * 32 + b'"', line)
        db.execute("INSERT INTO stream SELECT id+1, ?, device, first_heard_ms, heard+1, heard_ms, upto, upto_hash, frozen, first,"
                   " stored, refused, evidence, readings FROM stream", ("f" * 32,))  # fmt: skip
        db.execute("INSERT INTO entry SELECT 1000, 2, n, ?, prev, message, received_ms, holds, readings, kind, refusal, ?"
                   " FROM entry WHERE n=1", (hash_of(copy), copy))  # fmt: skip
        db.execute("INSERT INTO counted VALUES (1000, 1000)")

    found = tampered(books, tamper)
    assert not found.good and found.readings_twice == 3 and found.difference == -3


def altered(db: sqlite3.Connection, n: int) -> tuple[bytes, str]:
    """Entry n with its first value one digit higher."""
    (line,) = db.execute("SELECT line FROM entry WHERE n=?", (n,)).fetchone()
    fields = json.loads(line)
    value = fields["content"]["cols"][0][4][0]
    other = line.replace(b"[%d," % value, b"[%d," % (value + 1))
    assert other != line and len(other) == len(line)
    return other, hash_of(other)


def rewritten(db: sqlite3.Connection, n: int, *, chain: bool, trailers: bool = False) -> None:
    """Entry n altered; its hash made to fit; with `chain` every later link, with `trailers` the hashes that are signed."""
    line, digest = altered(db, n)
    was = {}
    for at in range(n, LAST + 1):
        old, old_line = db.execute("SELECT hash, line FROM entry WHERE n=?", (at,)).fetchone()
        if at > n:
            if not chain:
                break
            line = old_line
            for before, after in was.items():
                line = line.replace(before.encode(), after.encode())
            digest = hash_of(line)
        was[old] = digest
        db.execute("UPDATE entry SET hash=?, line=? WHERE n=?", (digest, line, at))
        db.execute("UPDATE entry SET prev=? WHERE n=?", (digest, at + 1))
    if trailers:
        for id_, trailer in db.execute("SELECT id, trailer FROM message").fetchall():
            for before, after in was.items():
                trailer = trailer.replace(before.encode(), after.encode())
            db.execute("UPDATE message SET trailer=? WHERE id=?", (trailer, id_))


def test_a_digit_that_was_changed(books: Path) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        db.execute("UPDATE entry SET line=? WHERE n=4", (altered(db, 4)[0],))

    found = tampered(books, tamper)
    assert not found.good and any("is not the one that was hashed" in text for text in found.wrong)


@pytest.mark.parametrize("side", ["hub", "box"])
def test_a_line_that_is_no_line_any_more(books: Path, side: str) -> None:
    """A disk that lost half a page: it is said in words, and the other entries are judged all the same."""

    def tamper(db: sqlite3.Connection) -> None:
        if side == "hub":
            db.execute("UPDATE entry SET line=substr(line, 9) WHERE n=4")

    if side == "box":
        with sqlite3.connect(books / "box" / "outbox.db") as db:
            db.execute("UPDATE entry SET line=substr(line, 9) WHERE n=4")
    found = tampered(books, tamper)
    assert not found.good and [text for text in found.wrong if text.endswith("that was hashed")]
    assert found.produced == 3 * LAST and found.stored == 3 * (LAST - (side == "hub"))


def test_a_digit_and_its_hash(books: Path) -> None:
    found = tampered(books, lambda db: rewritten(db, 4, chain=False))
    assert not found.good and any("its link does not fit" in text for text in found.wrong)


@pytest.mark.parametrize("trailers", [False, True])
def test_a_digit_and_the_whole_chain_up_to_the_head(books: Path, trailers: bool) -> None:
    """Nothing inside the file contradicts itself any more: what the device signed does, and the device's own head."""
    found = tampered(books, lambda db: rewritten(db, 4, chain=True, trailers=trailers))
    said = "is not signed with a key" if trailers else "does not name its hash"
    assert not found.good and any(said in text for text in found.wrong), found.wrong
    assert any("has another hash in the ledger" in text for text in found.wrong)


def test_a_rewritten_chain_of_a_device_that_has_a_new_card(books: Path) -> None:
    """The device cannot contradict it: it knows the old stream no more. Its signature can."""
    with sqlite3.connect(books / "box" / "outbox.db") as db:
        db.execute("UPDATE meta SET value=? WHERE key='stream'", ("e" * 32,))
        db.execute("UPDATE meta SET value=0 WHERE key='head_n'")
        db.execute("DELETE FROM entry")
    found = tampered(books, lambda db: rewritten(db, 4, chain=True, trailers=True))
    assert found.difference == 0 and not found.good
    assert all("is not signed with a key" in text for text in found.wrong) and found.wrong


def test_two_entries_that_changed_places(books: Path) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        (four,), (five,) = (db.execute("SELECT line FROM entry WHERE n=?", (n,)).fetchone() for n in (4, 5))
        db.execute("UPDATE entry SET line=?, hash=? WHERE n=4", (five, hash_of(five) + "x"))
        db.execute("UPDATE entry SET line=?, hash=? WHERE n=5", (four, hash_of(four)))
        db.execute("UPDATE entry SET hash=? WHERE n=4", (hash_of(five),))

    found = tampered(books, tamper)
    assert not found.good and sum("the line says" in text for text in found.wrong) == 2


def test_an_entry_that_nobody_sealed(books: Path) -> None:
    """Appended with a fitting link, by someone without the device's key."""

    def tamper(db: sqlite3.Connection) -> None:
        (line, digest) = db.execute("SELECT line, hash FROM entry WHERE n=?", (LAST,)).fetchone()
        fields = json.loads(line)
        fields["n"], fields["prev"] = LAST + 1, digest
        fields["content"]["at"] += 5000
        fresh = json.dumps(fields, separators=(",", ":")).encode()
        db.execute("INSERT INTO entry SELECT 1000, stream, n+1, ?, hash, message, received_ms, holds, readings, kind, refusal, ?"
                   " FROM entry WHERE n=?", (hash_of(fresh), fresh, LAST))  # fmt: skip
        db.execute("INSERT INTO counted VALUES (1000, 1000)")

    found = tampered(books, tamper)
    assert not found.good and found.difference == -3
    assert any("does not name its hash" in text for text in found.wrong)
