"""How fast the hub's intake is, from payload to receipt, with every signature verified and every commit synced: no broker.

Prints microseconds an entry and readings a second, for messages of one entry and of sixteen, and what one fsync costs here beside it.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from larder_core.names import Address
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

ENTRIES = 2_000
READINGS = 60
GROUP = 100


def fsync_us(folder: Path, times: int = 200) -> float:
    with (folder / "probe").open("wb", buffering=0) as probe:
        began = time.perf_counter()
        for _ in range(times):
            probe.write(b"x" * 4096)
            os.fsync(probe.fileno())
        return (time.perf_counter() - began) / times * 1e6


def run(lines: int) -> None:
    speaker = Speaker(Address("632224", "minzhong", "minzhong-box"))
    for n in range(ENTRIES):
        speaker.batch(*(40 + (n + k) % 7 for k in range(READINGS)), step_ms=1000)
    payloads = [speaker.message(first, min(first + lines - 1, ENTRIES)) for first in range(1, ENTRIES + 1, lines)]
    topic = speaker.address.topic("entry")
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        rig = IntakeRig(folder, speaker)
        began = time.perf_counter()
        for start in range(0, len(payloads), max(1, GROUP // lines)):
            rig.settle(*((topic, payload) for payload in payloads[start : start + max(1, GROUP // lines)]))
        took = time.perf_counter() - began
        rig.ledger.close()
        size = rig.file.stat().st_size
        print(f"{lines:>3} entries a message: {took / ENTRIES * 1e6:7.1f} us/entry  {ENTRIES * READINGS / took:>10,.0f} readings/s"
              f"  ledger {size / ENTRIES / READINGS:5.1f} B/reading  (fsync of 4 KiB: {fsync_us(folder):.0f} us)")  # fmt: skip


if __name__ == "__main__":
    for lines in (1, 16):
        run(lines)
