"""A device is asked for its own record again. [H15]"""

import json
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from larder_cli.main import main
from larder_core.names import Address
from larder_hub.backups.points import open_registry
from larder_hub.config import HubConfig
from larder_hub.ledger.registry import Registry
from larder_hub.requests.answers import Request
from larder_hub.requests.reading import read_requests
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    for n in range(1, 9):
        one.batch(40 + n)
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    made = IntakeRig(tmp_path, speaker)
    made.entry(speaker, speaker.message(1, 8))
    return made


@pytest.fixture
def beside(rig: IntakeRig) -> Iterator[Registry]:
    """The registry as another process has it."""
    registry = Registry(rig.registry)
    registry.open()
    yield registry
    registry.close()


def ask(beside: Registry, speaker: Speaker, first: int, last: int) -> int:
    return beside.requests.ask(HOME.device, speaker.stream, (first, last), "inspection", 5).id


def state(beside: Registry) -> tuple[int, int, int, bool]:
    """answered, differing, gone, closed of the only request."""
    (one,) = beside.requests.all()
    return one.answered, one.differing, one.gone, one.closed_ms is not None


def test_a_request_stands_in_receipts_until_it_is_answered(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    assert rig.status(speaker, speaker.status()).again == []
    ask(beside, speaker, 3, 5)
    assert rig.status(speaker, speaker.status()).again == [(3, 5)]
    receipt = rig.entry(speaker, speaker.message(3, 4))
    assert receipt.again == [(3, 5)], "unchanged: a new value would ask anew"
    assert state(beside) == (2, 0, 0, False)
    rig.restart()
    assert rig.status(speaker, speaker.status()).again == [(3, 5)]
    receipt = rig.entry(speaker, speaker.message(5))
    assert receipt.again == []
    assert state(beside) == (3, 0, 0, True)
    assert rig.account().readings_stored == 8, "a duplicate is the answer, and counts nothing"


def test_what_came_before_the_request_is_no_answer(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    rig.entry(speaker, speaker.message(3, 5))
    ask(beside, speaker, 3, 5)
    assert rig.status(speaker, speaker.status()).again == [(3, 5)]
    assert state(beside) == (0, 0, 0, False)


def test_what_the_device_no_longer_holds_is_gone(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    """By its own word: the lowest number that it answers for, or a loss that it declared."""
    ask(beside, speaker, 2, 5)
    assert rig.status(speaker, speaker.status(first=4)).again == [(2, 5)]
    assert state(beside) == (0, 0, 2, False)
    rig.entry(speaker, speaker.message(5))
    speaker.loss(4, 4, 1)
    receipt = rig.entry(speaker, speaker.message(9))
    assert receipt.again == []
    assert state(beside) == (1, 0, 3, True)


def test_another_body_is_a_fork_and_is_counted_as_such(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    """[H4]"""
    ask(beside, speaker, 8, 8)
    branch = Speaker(HOME, lines=speaker.lines[:7], total=7)
    branch.batch(99)
    receipt = rig.entry(speaker, branch.message(8))
    assert receipt.frozen
    assert state(beside) == (1, 1, 0, True)


def test_a_request_that_was_withdrawn_asks_for_nothing(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    beside.requests.close(ask(beside, speaker, 1, 8), 6)
    assert rig.status(speaker, speaker.status()).again == []
    assert beside.requests.all()[0].left == 8


def test_other_streams_are_not_asked(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    beside.requests.ask(HOME.device, "f" * 32, (1, 8), "inspection", 5)
    assert rig.status(speaker, speaker.status()).again == []


def test_a_registry_of_an_earlier_hub_gets_the_tables(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    registry = Registry(file)
    registry.open()
    registry.close()
    with apsw.Connection(str(file)) as db:
        db.execute("DROP TABLE request; DROP TABLE answer")
    registry.open()
    assert registry.requests.all() == []
    registry.close()


class TestCommand:
    @pytest.fixture
    def config(self, rig: IntakeRig, tmp_path: Path) -> Path:
        file = tmp_path / "hub.toml"
        file.write_text(f'data_dir = "{rig.file.parent}"\nregistry_dir = "{rig.registry.parent}"\n')
        return file

    def requests(self, config: Path, capsys: pytest.CaptureFixture[str]) -> list[Request]:
        capsys.readouterr()
        assert main(["hub", "requests", "--json", "--config", str(config)]) == 0
        return [Request(**one) for one in json.loads(capsys.readouterr().out)]

    def test_from_asking_to_the_result(
        self, rig: IntakeRig, speaker: Speaker, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["hub", "request", HOME.device, "3", "4", "--reason", "inspection-17", "--config", str(config)]
        assert main(words) == 0
        (one,) = self.requests(config, capsys)
        assert (one.stream, one.first, one.last, one.reason, one.left) == (speaker.stream, 3, 4, "inspection-17", 2)
        assert rig.entry(speaker, speaker.message(3, 4)).again == []
        (one,) = self.requests(config, capsys)
        assert (one.answered, one.left) == (2, 0)
        assert main(["hub", "requests", "--config", str(config)]) == 0
        assert "完成 done" in capsys.readouterr().out

    def test_it_can_be_withdrawn(self, rig: IntakeRig, speaker: Speaker, config: Path) -> None:
        assert main(["hub", "request", HOME.device, "1", "8", "--reason", "x", "--config", str(config)]) == 0
        assert main(["hub", "withdraw", "1", "--config", str(config)]) == 0
        assert main(["hub", "withdraw", "2", "--config", str(config)]) == 2
        assert rig.status(speaker, speaker.status()).again == []

    @pytest.mark.parametrize(
        ("words", "says"),
        [(["nobody", "1", "2"], "DEVICE"), ([HOME.device, "0", "2"], "1..8"), ([HOME.device, "3", "2"], "1..8"),
         ([HOME.device, "1", "9"], "1..8")],
    )  # fmt: skip
    def test_what_cannot_be_asked_for(
        self, config: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["hub", "request", *words, "--reason", "x", "--config", str(config)]) == 2
        assert says in capsys.readouterr().err


def test_open_registry_finds_the_requests(tmp_path: Path) -> None:
    registry = open_registry(HubConfig(data_dir=tmp_path, registry_dir=tmp_path))
    assert registry.requests.open_of("0" * 32) == []
    registry.close()


def test_the_web_reads_them_beside_the_hub(rig: IntakeRig, speaker: Speaker, beside: Registry) -> None:
    ask(beside, speaker, 3, 5)
    rig.entry(speaker, speaker.message(3))
    (one,) = read_requests(rig.registry)
    assert (one.answered, one.left) == (1, 2)
