"""The disk that loses: what was synced is there, of the rest anything may be."""

from random import Random

import pytest

from tests.crash_states.disk import CUTS, Cut, Disk, Remains
from tests.crash_states.operations import Data, Folder, Named, Operation, Removed, Renamed, Resize, Sync, SyncFolder

OLD, NEW = b"o" * 4096, b"n" * 4096


def disk(*operations: Operation) -> Disk:
    made = Disk()
    for operation in operations:
        made.do(operation)
    return made


def cuts(made: Disk, how: Cut, times: int = 60) -> list[Remains]:
    return [made.cut(how, Random(seed)) for seed in range(times)]


@pytest.mark.parametrize("how", CUTS)
def test_what_was_synced_is_always_there(how: Cut) -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder(""), Data(0, 4096, NEW))
    for remains in cuts(made, how):
        assert remains.files["a"][:4096] == OLD


def test_a_write_is_there_or_not_or_in_part() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder(""), Data(0, 0, NEW))
    assert {bytes(one.files["a"]) for one in cuts(made, "some")} == {OLD, NEW}
    assert {bytes(one.files["a"]) for one in cuts(made, "nothing")} == {OLD}
    assert {bytes(one.files["a"]) for one in cuts(made, "torn-4096")} == {OLD, NEW}
    torn = {bytes(one.files["a"]) for one in cuts(made, "torn-512")}
    assert len(torn) > 10
    for content in torn:
        sectors = [content[at : at + 512] for at in range(0, 4096, 512)]
        assert all(sector in (OLD[:512], NEW[:512]) for sector in sectors)


def test_a_sector_that_two_writes_share_keeps_the_older_one() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD[:700]), Sync(0), SyncFolder(""), Data(0, 700, NEW[:600]))
    for remains in cuts(made, "torn-512"):
        assert remains.files["a"][:700] == OLD[:700]


def test_in_order_means_that_nothing_overtakes() -> None:
    made = disk(Named("a", 0), Named("b", 1), SyncFolder(""), Data(0, 0, NEW), Data(1, 0, NEW))
    seen = {(bytes(one.files["a"]), bytes(one.files["b"])) for one in cuts(made, "in-order", 200)}
    assert len({a for a, b in seen if not b}) > 2, "the first is torn while the second is not begun"
    assert {a for a, b in seen if b} == {NEW}


def test_a_file_may_have_grown_without_its_bytes() -> None:
    made = disk(Named("a", 0), SyncFolder(""), Data(0, 0, NEW))
    assert bytes(4096) in {bytes(one.files["a"]) for one in cuts(made, "torn-4096", 200)}


def test_a_name_is_certain_only_when_its_folder_was_synced() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Sync(0))
    assert {one.files.get("a") == OLD for one in cuts(made, "nothing")} == {True, False}
    assert all(
        one.files["a"] == OLD for one in cuts(disk(Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder("")), "nothing")
    )


def test_a_file_that_was_removed_may_come_back_and_a_new_one_is_another() -> None:
    made = disk(
        Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder(""), Removed("a"), Named("a", 1), Data(1, 0, NEW), Sync(1)
    )
    assert {bytes(one.files.get("a", b"")) for one in cuts(made, "nothing")} == {OLD, b"", NEW}


def test_a_renamed_file_has_one_name() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder(""), Renamed("a", "b", 0))
    assert {tuple(one.files) for one in cuts(made, "nothing")} == {("a",), ("b",)}


def test_a_folder_that_is_gone_takes_its_files() -> None:
    made = disk(Folder("f"), Named("f/a", 0), Data(0, 0, OLD), Sync(0), SyncFolder("f"))
    assert {tuple(one.files) for one in cuts(made, "nothing")} == {(), ("f/a",)}
    assert {
        tuple(one.files) for one in cuts(disk(Folder("f"), SyncFolder(""), Named("f/a", 0), SyncFolder("f")), "nothing")
    } == {("f/a",)}


def test_kill_9_takes_nothing_away() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Resize(0, 9), Data(0, 4, NEW[:2]), Named("b", 1), Removed("b"))
    for remains in cuts(made, "killed"):
        assert remains.files == {"a": bytearray(b"oooonnooo")}


def test_a_cut_changes_nothing_and_repeats_itself() -> None:
    made = disk(Named("a", 0), Data(0, 0, OLD), Sync(0), SyncFolder(""), Data(0, 0, NEW))
    first = made.cut("torn-512", Random(1))
    for how in CUTS:
        made.cut(how, Random(2))
    assert made.cut("torn-512", Random(1)) == first
