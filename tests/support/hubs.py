"""A hub's intake over a real ledger file, without a broker: payloads in, receipts out."""

from pathlib import Path

from larder_core.receipt import Receipt, read_receipt
from larder_core.signing import Key, PublicKey
from larder_hub.ingest.intake import Intake, Settled
from larder_hub.ingest.mailbox import Arrival
from larder_hub.ledger.account import AccountBook, StreamAccount
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.rows import LedgerRow
from larder_hub.ledger.store import Ledger
from larder_hub.register.directory import Device, Directory
from tests.support.speaker import START_MS, Speaker

HUB_KEY = Key(b"\x07" * 32)


class IntakeRig:
    """`restart()` is what a killed hub does: the file is opened again, memory is gone."""

    def __init__(self, folder: Path, *speakers: Speaker, registry: Path | None = None) -> None:
        self.file = folder / "ledger.db"
        self.registry = registry or folder / "registry" / "registry.db"
        devices = {
            one.address.device: Device(one.address.device, one.address.county, one.address.site, one.key.public, True)
            for one in speakers
        }
        self.directory = Directory(devices=devices)
        self.now_ms = START_MS
        self.restart()

    def restart(self) -> None:
        self.ledger = Ledger(self.file, Registry(self.registry))
        self.ledger.open()
        self.intake = Intake(self.ledger, lambda: self.directory, HUB_KEY, credit=8)

    def settle(self, *payloads: tuple[str, bytes]) -> Settled:
        self.now_ms += 1000
        return self.intake.settle([Arrival(topic, payload, 1, 1, 1) for topic, payload in payloads], self.now_ms)

    def entry(self, speaker: Speaker, payload: bytes) -> Receipt:
        return self.receipt(speaker, self.settle((speaker.address.topic("entry"), payload)))

    def status(self, speaker: Speaker, payload: bytes) -> Receipt:
        return self.receipt(speaker, self.settle((speaker.address.topic("status"), payload)))

    def receipt(self, speaker: Speaker, settled: Settled) -> Receipt:
        """The one receipt for `speaker`, verified against the hub's key."""
        mine = [owed.payload for owed in settled.receipts if owed.topic == speaker.address.topic("receipt")]
        assert len(mine) == 1, f"{len(mine)} receipts for {speaker.address.device}"
        return read_receipt(mine[0], PublicKey(HUB_KEY.public), speaker.address.device)

    def account(self, stream: str | None = None) -> StreamAccount:
        book = AccountBook(self.file)
        try:
            return next(one for one in book.streams() if stream in (None, one.stream))
        finally:
            book.close()

    def rows(self) -> list[LedgerRow]:
        reader = SqliteLedgerReader(self.file)
        try:
            return reader.after(0, 1_000_000)
        finally:
            reader.close()

    def quarantine(self) -> list[str]:
        reader = SqliteLedgerReader(self.file)
        try:
            return [row.detail.split(":")[0] for row in reader.quarantined_after(0, 1000)]
        finally:
            reader.close()
