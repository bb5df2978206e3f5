"""A day of one device through the agent's own storage, as its device thread uses it: a process, so that the kernel counts.

`python -m bench.agent.day FOLDER DEVICE POINT,POINT,... GROUPS HUB_ANSWERS [SPACING_MS]` stages a group of readings every ten seconds
of a clock set by hand, seals each as the default rule says, prunes at a receipt for each entry where HUB_ANSWERS is 1, writes the
metrics as often as a device does. After each group that was taken it prints its number; at the end one line of JSON.
"""

import json
import math
import os
import sys
import time
from pathlib import Path
from threading import Event

from larder_agent import sealing
from larder_agent.chain import Link
from larder_agent.clock import HandClock, moment
from larder_agent.config import DeviceConfig
from larder_agent.device import FILE_BEATS
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.metrics import Metrics
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import SealRule, Waiting
from larder_agent.staging import Group

PERIOD_MS = 10_000
DAY = 8_640
DAY_MS = 86_400_000
DEFAULTS = DeviceConfig.model_fields
RULE = SealRule(round(DEFAULTS["seal_after_s"].default * 1000), DEFAULTS["seal_readings"].default)
FILE_MS = round(DEFAULTS["heartbeat_s"].default * 1000) * FILE_BEATS
KEEP_MS = round(DEFAULTS["keep_days"].default * DAY_MS)


def written() -> int:
    """Bytes that this process has caused to be written, by the kernel's count, less what was dropped before it was."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["write_bytes"]) - int(told["cancelled_write_bytes"])


def samples(points: dict[str, PointSpec], n: int) -> tuple[Sample, ...]:
    """Slow curves with some noise, in tenths, a day with a different wave for each point."""
    wave = [math.sin(2 * math.pi * (n / DAY + at / 7)) for at in range(len(points))]
    return tuple(Sample(id_, 40 + round(30 * wave[at]) + (n * 7 + at) % 3) for at, id_ in enumerate(points))


def main(folder: Path, device: str, names: str, groups: int, answered: bool, spacing_ms: int = 0) -> None:
    points = {id_: PointSpec(id_, "Cel", -1) for id_ in names.split(",")}
    ago = groups * PERIOD_MS
    now = time.time_ns() // 1_000_000
    clock = HandClock(wall=now - ago)  # of an earlier boot
    outbox = Outbox(folder, device, 64 << 20, KEEP_MS, lambda: os.urandom(16).hex())
    record = Record(folder, device, outbox, points, clock, [PERIOD_MS] * len(points))
    metrics = Metrics(folder)
    record.open(metrics)
    pause = Event()
    waiting, filed, sealed = Waiting(), clock.up + FILE_MS, 0
    before, cpu, began = written(), time.process_time(), time.monotonic()
    for n in range(groups):
        group = Group(moment(clock), samples(points, n))
        record.staging.add(group)
        waiting = sealing.add(waiting, group, points)
        sys.stdout.write(f"{n}\n")
        sys.stdout.flush()
        if spacing_ms:
            pause.wait(spacing_ms / 1000)
        clock.pass_ms(PERIOD_MS)
        if (due := sealing.due(waiting, RULE)) is not None and due <= clock.up:
            record.seal(waiting)
            waiting, sealed = sealing.sealed(waiting), sealed + 1
            if answered:
                outbox.prune(Link(outbox.head.n, outbox.head.hash), clock.wall)
        if clock.up >= filed:
            filed += FILE_MS
            metrics.write({"points": {id_: ["", 0, 40] for id_ in points}, "head": outbox.head.n})
    if waiting.groups:
        record.seal(waiting)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    record.close()
    told = {
        "groups": groups,
        "readings": groups * len(points),
        "seals": sealed,
        "bytes": written() - before,
        "seconds": took,
        "cpu_s": cpu,
        "file": outbox.path.stat().st_size,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2],
        sys.argv[3],
        int(sys.argv[4]),
        sys.argv[5] == "1",
        int((sys.argv[6:] or ["0"])[0]),
    )
