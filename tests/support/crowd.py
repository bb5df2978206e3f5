"""A crowd of devices at a real hub over a real broker: each signs and sends as an agent does, with none of its disk and rules.

with crowd(folder, "nats", boxes=50) as one:
    one.boxes[0].live(one.boxes[0].warm_batch())
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import tomli_w

from larder_cli.broker import BrokerUser
from larder_cli.broker.users import HUB
from larder_cli.child import kill_child, start_child
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.names import Address
from tests.support.brokers import Broker, broker_of, free_port
from tests.support.mqtt import MqttClient
from tests.support.speaker import Speaker
from tests.support.waiting import wait_for

COUNTY = "632224"
CREDIT = 64
LINES = 16
"""Entries in a message."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Box:
    """A device with its connection. What waits is sent as an agent sends it: half of the credit is for the oldest."""

    speaker: Speaker
    points: Sequence[str]
    client: MqttClient | None = None
    upto: int = 0
    sent_old: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def id(self) -> str:
        return self.speaker.address.device

    def batch(self, values: Mapping[str, Sequence[float]], step_ms: int, end_ms: int) -> bytes:
        """An entry whose newest readings are of `end_ms`, sealed then."""
        series = [
            Series(
                point,
                "Cel",
                -1,
                tuple(
                    Reading(end_ms - (len(given) - 1 - place) * step_ms, round(value * 10), "")
                    for place, value in enumerate(given)
                ),
            )
            for point, given in values.items()
        ]
        columns = write_columns(series, end_ms)
        self.speaker.clock_ms = end_ms
        self.speaker.total += sum(len(given) for given in values.values())
        return self.speaker.seal(
            Batch(kind="batch", times=columns.times, cols=columns.cols, flaws=columns.flaws, **self.speaker.spoken())  # type: ignore[arg-type]
        )

    def send(self, first: int, last: int | None = None) -> None:
        assert self.client is not None
        self.client.send(self.speaker.address.topic("entry"), self.speaker.message(first, last))

    def live(self) -> None:
        """Send the entry sealed last at once."""
        self.send(self.speaker.n)

    def hear(self) -> None:
        """Take the receipts that have come."""
        assert self.client is not None
        while not self.client.inbox.empty():
            self.upto = max(self.upto, json.loads(self.client.inbox.get().payload)["upto"])

    def catch_up(self, last: int) -> bool:
        """Send of the backlog (entries up to `last`) what the credit allows; True once all of it is covered."""
        self.hear()
        while self.sent_old < last and self.sent_old - min(self.upto, self.sent_old) < CREDIT // 2:
            first = self.sent_old + 1
            self.sent_old = min(last, self.sent_old + LINES)
            self.send(first, self.sent_old)
        return self.upto >= last


@dataclass
class Crowd:
    folder: Path
    broker: Broker
    boxes: list[Box]
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "hub"

    def metrics(self) -> dict[str, float]:
        import urllib.request

        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


@contextmanager
def crowd(folder: Path, kind: str, *, boxes: Sequence[tuple[str, Sequence[str], float, str]],
          sms: Mapping[str, object] | None = None) -> Iterator[Crowd]:  # fmt: skip
    """`boxes`: of each device its id, its points, their period in s and their limit profile. Each is at a site of its own."""
    made = [
        Box(Speaker(Address(COUNTY, f"{id}-site", id), seed=place + 1, stream=f"{place + 1:032x}"), points)
        for place, (id, points, _, _) in enumerate(boxes)
    ]
    users = [
        BrokerUser(HUB, "hub-secret"),
        *(BrokerUser(one.id, "box-secret", COUNTY, f"{one.id}-site") for one in made),
    ]
    with ExitStack() as stack:
        broker = broker_of(kind, folder / "broker", users)
        stack.callback(broker.kill)
        broker.start()
        hub = _hub(folder, broker, register(made, boxes), dict(sms or {}), stack)
        for one in made:
            one.client = stack.enter_context(MqttClient(broker, one.id))
            assert one.client.subscribe(one.speaker.address.topic("receipt"))
        yield Crowd(folder, broker, made, hub)


def _hub(folder: Path, broker: Broker, tables: dict[str, Any], sms: dict[str, object], stack: ExitStack) -> int:
    port = free_port()
    (folder / "password").write_text("hub-secret\n")
    at: dict[str, object] = {"host": broker.host, "port": broker.port, "password_file": str(folder / "password")}
    at |= {"ca_file": str(broker.ca_file)} if broker.ca_file else {}
    config = {"data_dir": str(folder / "hub"), "broker": at, "web": {"port": port}, "sms": sms}
    (folder / "hub.toml").write_text(tomli_w.dumps(config))
    (folder / "register.toml").write_text(tomli_w.dumps(tables))
    larder = [sys.executable, "-m", "larder_cli.main", "hub"]
    for words in (["init"], ["register", "import", str(folder / "register.toml")]):
        done = subprocess.run([*larder, *words, "--config", str(folder / "hub.toml")], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    log = folder / "hub.log"
    child = start_child([*larder, "run", "--config", folder / "hub.toml"], log=log)
    stack.callback(kill_child, child)

    def up() -> bool:
        assert child.poll() is None, log.read_text()
        return "hub runs" in log.read_text() and "connected" in log.read_text()

    wait_for(up, "the hub runs", 60)
    return port


def register(made: Sequence[Box], boxes: Sequence[tuple[str, Sequence[str], float, str]]) -> dict[str, Any]:
    """One cook for each site, one officer for the county."""
    sites = [
        {
            "id": f"{box.id}-site", "county": COUNTY, "kind": "canteen", "name_zh": f"{box.id}食堂", "name_en": box.id,
            "place": [{"id": point, "name_zh": point, "name_en": point} for point in points],
            "device": [
                {
                    "id": box.id,
                    "public_key": box.speaker.key.public,
                    "point": [
                        {"id": point, "place": point, "quantity": "temperature", "unit": "Cel", "period_s": period_s}
                        | {"profile": profile}
                        for point in points
                    ],
                }
            ],
        }
        for box, (_, points, period_s, profile) in zip(made, boxes, strict=True)
    ]  # fmt: skip
    return {
        "county": [{"code": COUNTY, "name_zh": "刚察县", "name_en": "Gangcha"}],
        "site": sites,
        "person": [
            *(
                {"id": f"{box.id}-cook", "name": "张某", "phone": f"+8613800{place:06d}"}
                for place, box in enumerate(made)
            ),
            {"id": "officer", "name": "李某", "phone": "+8613900139000"},
        ],
        "duty": [
            *({"person": f"{box.id}-cook", "level": "site", "scope": f"{box.id}-site"} for box in made),
            {"person": "officer", "level": "county", "scope": COUNTY},
        ],
    }
