"""First the disk, then the answer. [H9]"""

from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from larder_core.names import Address
from larder_hub.ingest.loop import IngestLoop
from larder_hub.ingest.mailbox import Arrival, Mailbox
from larder_hub.ingest.suspects import Part, Suspects
from larder_hub.ledger.schema import LedgerFailed
from larder_hub.metrics import Metrics
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
FULL = 2
"""`PRAGMA synchronous`: wait for the disk at each commit, of the log too."""


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    one.batch(1, 2)
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    return IntakeRig(tmp_path, speaker)


class Broker:
    """The broker's end of the hub's link: what it was told, in order."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        self.heard += ["puback"] * len(arrivals)

    def publish(self, topic: str, payload: bytes) -> None:
        self.heard.append(topic)


def refuse_to_commit(rig: IntakeRig) -> None:
    """As a disk that is full or gone: COMMIT fails and rolls back."""
    rig.ledger._db.set_commit_hook(lambda: True)


def test_every_commit_waits_for_the_disk(rig: IntakeRig) -> None:
    assert rig.ledger._db.pragma("synchronous") == FULL
    assert rig.ledger.registry._db.pragma("synchronous") == FULL


def test_a_commit_that_fails_answers_nothing(rig: IntakeRig, speaker: Speaker) -> None:
    """The ledger stops; started again it has never heard of the message, and neither has the registry."""
    refuse_to_commit(rig)
    with pytest.raises(LedgerFailed, match="not committed and not acknowledged"):
        rig.entry(speaker, speaker.message(1))
    rig.restart()
    assert rig.rows() == []
    assert list(rig.ledger.registry.claims()) == []
    assert rig.entry(speaker, speaker.message(1)).upto == 1


def loop(rig: IntakeRig, broker: Broker) -> IngestLoop:
    metrics = Metrics()
    return IngestLoop(
        Mailbox(1_000_000), rig.intake, broker, Suspects(rig.file.parent), metrics, 10, lambda: 1, lambda: None, ()
    )


def test_a_commit_that_fails_acknowledges_nothing(rig: IntakeRig, speaker: Speaker) -> None:
    """The broker keeps the message, and brings it to the hub that is started next."""
    broker = Broker()
    refuse_to_commit(rig)
    with pytest.raises(LedgerFailed):
        loop(rig, broker)._settle(Part([Arrival(HOME.topic("entry"), speaker.message(1), 1, 1, 1)]))
    assert broker.heard == []


def test_a_file_that_fails_after_the_commit_is_no_payloads_fault(rig: IntakeRig, speaker: Speaker) -> None:
    """[H14] Neither the loop nor a supervisor may take it for a crash over what was in hand."""
    rig.ledger.registry._db.set_commit_hook(lambda: bool(rig.ledger._db.set_authorizer(lambda *_: apsw.SQLITE_DENY)))
    with pytest.raises(LedgerFailed, match="no receipt may leave"):
        rig.entry(speaker, speaker.message(1))
    rig.restart()
    assert rig.status(speaker, speaker.status()).upto == 1


def test_a_generation_that_cannot_be_raised_ends_the_hub(rig: IntakeRig) -> None:
    rig.ledger.registry._db.set_commit_hook(lambda: True)
    with pytest.raises(LedgerFailed, match="the registry"):
        rig.intake.rise()


def test_after_the_commit_the_puback_and_then_the_receipt(rig: IntakeRig, speaker: Speaker) -> None:
    broker = Broker()
    loop(rig, broker)._settle(Part([Arrival(HOME.topic("entry"), speaker.message(1), 1, 1, 1)]))
    assert broker.heard == ["puback", HOME.topic("receipt")]
