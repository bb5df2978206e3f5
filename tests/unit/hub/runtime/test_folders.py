"""A folder that a program makes for its files is on the disk before anything is promised about them."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_agent import folders as agent_folders
from larder_hub import folders as hub_folders

MAKERS = {"agent": agent_folders.make_folder, "hub": hub_folders.make_folder}


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what was fsynced, in order; it is fsynced all the same."""
    names, fsync = list[str](), os.fsync

    def listening(handle: int) -> None:
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", listening)
    return names


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_folder_above_a_new_one_is_synced(
    make: Callable[[Path, int], None], tmp_path: Path, synced: list[str]
) -> None:
    make(tmp_path / "a" / "b" / "c", 0o750)
    assert sorted(synced) == sorted(["b", "a", tmp_path.name])
    assert stat.S_IMODE((tmp_path / "a" / "b" / "c").stat().st_mode) & 0o027 == 0


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_one_that_was_there_is_synced_again(
    make: Callable[[Path, int], None], tmp_path: Path, synced: list[str]
) -> None:
    """The process that made it may have ended before it could."""
    (tmp_path / "a").mkdir()
    make(tmp_path / "a", 0o750)
    assert synced == [tmp_path.name]


def test_a_folder_that_must_be_new_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        hub_folders.make_folder(tmp_path, new=True)
