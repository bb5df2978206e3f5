"""A hub of one device, as small as the protocol allows: verifies with larder_core, keeps lines in memory, answers receipts.

Not a second hub: no fork detection, no ledger. A test may tell it to lie.
"""

from dataclasses import dataclass, field
from threading import Event, Thread

from larder_core.content import Batch, Content, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import read_entry
from larder_core.message import read_message
from larder_core.names import Address, parse_topic, subscription
from larder_core.receipt import Receipt, write_receipt
from larder_core.signing import Key, PublicKey
from larder_core.statement import Birth, Status, read_birth, read_status
from tests.support.brokers import Broker
from tests.support.mqtt import MqttClient


@dataclass
class Stream:
    """`lines` by number, as they came first; `bridges`: declared losses, first -> (last, end)."""

    lines: dict[int, bytes] = field(default_factory=dict)
    bridges: dict[int, tuple[int, str]] = field(default_factory=dict)
    upto: int = 0
    upto_hash: str = GENESIS
    arrivals: list[int] = field(default_factory=list)


class FakeHub:
    """`credit`, `answering`, `frozen` may be changed by a test at any time."""

    def __init__(self, broker: Broker, address: Address, device_key: str, key: Key) -> None:
        self.address, self.key, self._device_key = address, key, PublicKey(device_key)
        self.credit, self.generation, self.answering, self.frozen = 64, 1, True, False
        self.streams: dict[str, Stream] = {}
        self.births: list[Birth] = []
        self.statuses: list[Status] = []
        self.refused: list[str] = []
        self._client = MqttClient(broker, "hub")
        self._stop = Event()
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "FakeHub":
        self._client.connect()
        for channel in ("birth", "status", "entry"):
            assert self._client.subscribe(subscription(channel))
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self._client.close()

    def contents(self, stream: str | None = None) -> list[Content]:
        streams = self.streams if stream is None else {stream: self.streams[stream]}
        return [read_entry(line)[1] for one in list(streams.values()) for _, line in sorted(one.lines.items())]

    def values(self) -> list[int | None]:
        """Every reading of every batch, by entry."""
        return [
            reading.value
            for content in self.contents()
            if isinstance(content, Batch)
            for series in content.series()
            for reading in series.readings
        ]

    def receipt(self, name: str) -> Receipt:
        stream = self.streams.setdefault(name, Stream())
        have = [(n, n) for n in sorted(stream.lines) if n > stream.upto][:64]
        return Receipt(
            receipt=1, device=self.address.device, stream=name, generation=self.generation, upto=stream.upto,
            upto_hash=stream.upto_hash, have=have, refused=[], safe=stream.upto, safe_hash=stream.upto_hash, announced=[],
            frozen=self.frozen, credit=self.credit, hub_time=0, unproven=[],
        )  # fmt: skip

    def answer(self, receipt: Receipt) -> None:
        self._client.send(self.address.topic("receipt"), write_receipt(receipt, self.key))

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                message = self._client.next(0.1)
            except AssertionError:
                continue
            parsed = parse_topic(message.topic)
            assert parsed is not None and parsed[0] == self.address
            stream = self._take(parsed[1], message.payload)
            if stream and self.answering:
                self.answer(self.receipt(stream))

    def _take(self, channel: str, payload: bytes) -> str:
        device = self.address.device
        if channel == "birth":
            self.births.append(read_birth(payload, self._device_key, device))
            return self.births[-1].stream
        if channel == "status":
            self.statuses.append(read_status(payload, self._device_key, device))
            return self.statuses[-1].stream if self.statuses[-1].online else ""
        message = read_message(payload, self._device_key, device)
        stream = self.streams.setdefault(message.stream, Stream())
        for line in message.lines:
            if line.refusal is not None:
                self.refused.append(str(line.refusal))
            stream.lines.setdefault(line.n, line.raw)
            stream.arrivals.append(line.n)
            if isinstance(line.content, Loss):
                for cover in line.content.covers:
                    if cover.stream == message.stream:
                        stream.bridges[cover.first] = (cover.last, cover.end)
        self._advance(stream)
        return message.stream

    @staticmethod
    def _advance(stream: Stream) -> None:
        while True:
            following = stream.lines.get(stream.upto + 1)
            if following is not None:
                stream.upto, stream.upto_hash = stream.upto + 1, line_hash(following)
                continue
            over = [place for first, place in stream.bridges.items() if first <= stream.upto + 1 <= place[0]]
            if not over:
                return
            stream.upto, stream.upto_hash = max(over)
