"""What a broken or hostile device sends over a real broker to a real hub: kept, answered, nothing blocked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from larder_core.digest import line_hash
from larder_core.message import write_message
from larder_core.names import Address
from larder_core.receipt import Receipt, read_receipt
from larder_core.signing import PublicKey
from larder_core.sizes import MAX_ENTRY, MAX_MESSAGE
from tests.support.brokers import KINDS
from tests.support.mqtt import MqttClient
from tests.support.speaker import Speaker
from tests.support.stages import staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

HOME = Address("632224", "east", "east-box")


class Rig:
    """The stage with its agent stopped; `speaker` speaks in the place of device east-box, with its own key."""

    def __init__(self, stage: Stage, client: MqttClient, hub_key: PublicKey) -> None:
        self.stage, self.client, self.hub_key = stage, client, hub_key
        self.speaker = Speaker(HOME, stream="e" * 32)
        seed = (stage.plan.state_dir("east-box") / "device.key").read_text().strip()
        self.speaker.use(seed)

    def answer(self, payload: bytes) -> Receipt:
        """Publish and wait for the receipt that the payload brings."""
        self.client.publish(HOME.topic("entry"), payload)
        return self.receipt()

    def receipt(self) -> Receipt:
        """The next one about what we said. The agent that was killed had left a last will, and that is answered too."""
        while True:
            receipt = read_receipt(self.client.next().payload, self.hub_key, "east-box")
            if receipt.stream == self.speaker.stream or receipt.unproven:
                return receipt

    def reasons(self) -> list[str]:
        import sqlite3

        with sqlite3.connect(f"file:{self.stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True) as db:
            return [row[0] for row in db.execute("SELECT reason FROM quarantine ORDER BY id")]


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with staged(tmp_path, request.param) as stage:
        stage.kill("agent")
        key = json.loads(stage._call("larder_hub", "init", "--config", str(stage.plan.hub_file), "--json"))[
            "public_key"
        ]
        with MqttClient(stage.broker, "east-box", clean=True) as client:
            assert client.subscribe(HOME.topic("receipt"))
            yield Rig(stage, client, PublicKey(key))


def altered(speaker: Speaker, *swaps: tuple[bytes, bytes]) -> bytes:
    """A signed message of one entry whose content was changed before it was hashed and signed."""
    line = speaker.batch(41, 42)
    for old, new in swaps:
        assert old in line
        line = line.replace(old, new, 1)
    speaker.lines[-1] = line
    return write_message(speaker.stream, speaker.n, speaker.hash(speaker.n - 1), [line], speaker.key)


@pytest.mark.parametrize(("reason", "swap"), [
    ("non-finite", (b'"total":2', b'"total":NaN')),
    ("not-utf8", (b'"boot":"0a1b2c3d"', b'"boot":"\xff\xfe"')),
    ("unknown-version", (b'{"v":1,', b'{"v":2,')),
    ("wrong-device", (b'"device":"east-box"', b'"device":"west-box"')),
    ("duplicate-key", (b'"total":2', b'"total":2,"total":3')),
    ("bad-content", (b'"kind":"batch"', b'"kind":"story"')),
    ("bad-json", (b'"cols":[[', b'"cols":[[[')),
    ("entry-too-large", (b'"total":2', b'"total":2,"x":"' + b"a" * MAX_ENTRY + b'"')),
])  # fmt: skip
def test_a_proven_line_with_bad_content_is_quarantined_answered_and_passed(
    rig: Rig, reason: str, swap: tuple[bytes, bytes]
) -> None:
    """[H2] [W-REASONS]"""
    receipt = rig.answer(altered(rig.speaker, swap))
    assert (receipt.upto, receipt.refused) == (1, [(1, reason)])
    rig.speaker.batch(40)
    assert rig.answer(rig.speaker.message(2)).upto == 2, "the next entry is taken as if nothing had been"
    assert rig.reasons() == [reason]


def test_payloads_that_prove_nothing_are_kept_and_told(rig: Rig) -> None:
    """[H10]"""
    speaker = rig.speaker
    speaker.batch(1)
    good = speaker.message(1)
    bad = {
        good[:-40]: "bad-signature",
        good.split(b"\n")[0]: "no-trailer",
        b"\xff\xfe\x00": "no-trailer",
        good.replace(b'"first":1', b'"first":2'): "bad-signature",
        b"[" * 5000: "no-trailer",
        b"x" * (MAX_MESSAGE + 1): "too-large",
    }
    for payload, reason in bad.items():
        assert rig.answer(payload).unproven == [(line_hash(payload), reason)]
    assert rig.answer(good).upto == 1
    assert rig.reasons() == list(bad.values())


def test_a_duplicate_delivery_is_counted_and_stored_once(rig: Rig) -> None:
    """[H3]"""
    rig.speaker.batch(1, 2, 3)
    for _ in range(5):
        assert rig.answer(rig.speaker.message(1)).upto == 1
    account = [one for one in rig.stage.ask("account")["streams"] if one["stream"] == "e" * 32]
    assert [(one["stored"], one["readings_stored"]) for one in account] == [(1, 3)]


def test_another_devices_topic_is_closed(rig: Rig) -> None:
    """The broker lets a device write under its own name alone; what it signs for another is refused by the hub as well."""
    rig.speaker.batch(1)
    rig.client.send(Address("632224", "west", "west-box").topic("entry"), rig.speaker.message(1))
    wait_for(lambda: rig.stage.ask("health") is not None, "the hub goes on")
    assert rig.answer(rig.speaker.message(1)).upto == 1
    assert rig.reasons() == []
