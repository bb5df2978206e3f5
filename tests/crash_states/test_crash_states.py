"""What a power cut may leave of the agent's and the hub's files still keeps every promise. [A1], [A2], [A3], [H9], [R1]."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from larder_hub.ledger.store import Ledger
from tests.crash_states.disk import CUTS, MAPPED, Disk
from tests.crash_states.operations import Data, Named, Operation, Said, SyncFolder
from tests.crash_states.states import PROGRAMS, examine, recorded, shared, summary

STATES = int(os.environ.get("LARDER_STATES", "2000"))

MUTANTS = {
    "agent-normal": ("agent", "--turns=150", "--synchronous=NORMAL"),
    "agent-off": ("agent", "--turns=150", "--synchronous=OFF"),
    "ledger-normal": ("hub", "--groups=60", "--synchronous=NORMAL"),
    "registry-normal": ("hub", "--groups=60", "--registry-synchronous=NORMAL"),
}
"""Runs whose commits return before they are on the disk."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings").resolve()


@pytest.fixture(scope="module")
def recordings(folder: Path) -> dict[str, list[Operation]]:
    return {name: recorded(name, folder=folder / name) for name in PROGRAMS}


def written(operations: Sequence[Operation], ending: str) -> list[Data]:
    files = {one.file for one in operations if isinstance(one, Named) and one.path.endswith(ending)}
    return [one for one in operations if isinstance(one, Data) and one.file in files]


def said(operations: Sequence[Operation], did: str) -> list[Said]:
    return [one for one in operations if isinstance(one, Said) and one.words["did"] == did]


def test_no_state_breaks_a_promise(recordings: dict[str, list[Operation]], capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    tallies = {
        name: examine(name, recordings[name], numbers) for name, numbers in shared(STATES, list(PROGRAMS)).items()
    }
    with capsys.disabled():
        print(f"\n{summary(tallies, time.monotonic() - began)}")
    assert not [broken for tally in tallies.values() for broken in tally.broken][:3]
    for tally in tallies.values():
        assert tally.cuts.keys() == set(CUTS)
        assert tally.torn > tally.states // 5


@pytest.mark.parametrize("mutant", MUTANTS)
def test_commits_that_do_not_wait_for_the_disk_lose_what_was_promised(mutant: str, folder: Path) -> None:
    """The same states of a run with less than synchronous FULL: the harness must see it."""
    name, *words = MUTANTS[mutant]
    tally = examine(name, recorded(name, *words, folder=folder / mutant), range(60))
    assert tally.kinds()["lost"] > 5, tally.kinds()


def test_a_folder_that_nobody_synced_takes_everything_with_it(recordings: dict[str, list[Operation]]) -> None:
    for name, operations in recordings.items():
        careless = [one for one in operations if one != SyncFolder("")]
        assert examine(name, careless, range(20)).kinds()["lost"]


def test_a_claim_of_the_ledger_alone_is_missed_by_the_registry(
    recordings: dict[str, list[Operation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R1] Without the repetition at the start a duplicate is answered although the registry never heard of it."""
    monkeypatch.setattr(Ledger, "_remind", lambda ledger: None)
    broken = examine("hub", recordings["hub"], range(100)).broken
    assert any("the registry does not know" in finding.text for one in broken for finding in one.findings)


def test_the_agents_recording_has_all_that_it_should(recordings: dict[str, list[Operation]]) -> None:
    """Losses, adoptions, deletion under safe, staged readings recovered, and a checkpoint that the WAL was restarted after."""
    agent = recordings["agent"]
    kinds = [body[4] for one in said(agent, "sealed") for body in one.words["bodies"]]  # type: ignore[attr-defined]
    assert kinds.count("loss") > 3
    assert kinds.count("adoption") > 1
    assert len({one.words["n"] for one in said(agent, "allowed")}) > 50
    begun = [one for one in written(agent, "outbox.db-wal") if one.at == 0]
    created = [one for one in agent if isinstance(one, Named) and one.path.endswith("outbox.db-wal")]
    assert len(begun) > len(created), "no WAL was restarted: the run is too short for a checkpoint of its own"


def test_the_hubs_recording_has_all_that_it_should(recordings: dict[str, list[Operation]]) -> None:
    """Groups, receipts, restore points, and checkpoints of ledger and registry that their WALs were restarted after."""
    hub = recordings["hub"]
    assert len(said(hub, "settled")) > 390
    assert len(said(hub, "backed up")) == 2
    for name in ("ledger.db-wal", "registry.db-wal"):
        begun = [one for one in written(hub, name) if one.at == 0]
        created = [one for one in hub if isinstance(one, Named) and one.path.endswith(name)]
        assert len(begun) > len(created), f"{name} was never restarted"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_model_after_kill_9_is_the_disk_as_it_is(
    name: str, recordings: dict[str, list[Operation]], folder: Path
) -> None:
    """Played to the end with nothing taken away, the recording gives byte for byte the files that the run has left."""
    disk = Disk()
    for operation in recordings[name]:
        disk.do(operation)
    remains, root = disk.cut("killed", Random(0)), folder / name / "root"
    real = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert remains.files.keys() == real.keys()
    assert [path for path in real if not path.endswith(MAPPED) and real[path] != remains.files[path]] == []
