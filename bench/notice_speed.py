"""How long a critical excursion takes from the ledger to the driver of messages: a real hub and broker, every message signed.

Three runs for each broker: nothing else; 5,000 readings a second beside it; and 81 sites that send what they kept for days. Prints
percentiles of how long a message takes to the driver, from the device that sends the entry and from the hub's clock as it begins
the commit that holds it; beside them, as ceilings, what a commit and what the driver alone take here. Goals: p99 below 1 s under
load, 10 s while the sites return.

    python bench/notice_speed.py                             short runs, both brokers
    python bench/notice_speed.py --hours 72 --seconds 60     the goals as they are put
    python bench/notice_speed.py --driver gammu-smsd         messages through the real daemon
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from larder_hub.notices.file_spool import FileSpool
from tests.support.crowd import Box, Crowd, crowd, now_ms
from tests.support.gammu import GammuSmsd
from tests.support.waiting import wait_for

MINUTE_MS = 60_000
LOAD_BOXES, LOAD_POINTS, LOAD_EACH = 50, 10, 10
"""50 devices, each an entry a second of ten points read ten times: 5,000 readings a second."""
SITES, SITE_POINTS = 81, 8
EVERY_S = 0.7
COLD = 12
MOST_ALARMS = 250
"""Points of a device: each is warm once."""


def excursion(box: Box, number: int) -> None:
    """A refrigerator for medicines at freezing point for eleven minutes, read each minute, told in one entry: critical at once."""
    box.batch({box.points[number]: [0.0] * COLD}, MINUTE_MS, now_ms())
    box.live()


def load(box: Box, stop: Event) -> None:
    dice = random.Random(box.id)
    stop.wait(dice.random())
    due = time.monotonic()
    while not stop.is_set():
        values = {point: [dice.uniform(3, 5) for _ in range(LOAD_EACH)] for point in box.points}
        box.batch(values, 100, now_ms())
        box.live()
        due += 1.0
        stop.wait(max(0.0, due - time.monotonic()))


def kept(box: Box, hours: float) -> None:
    """What a device without a line kept: an entry a minute."""
    end_ms = now_ms()
    count = round(hours * 60)
    for n in range(count):
        box.batch({point: [4.0 + n % 3] for point in box.points}, MINUTE_MS, end_ms - (count - n) * MINUTE_MS)


def returns(boxes: Sequence[Box], stop: Event) -> None:
    """All send at once what they kept, in turn, as far as their credit goes; the newest first."""
    last = {box.id: box.speaker.n - 1 for box in boxes}
    for box in boxes:
        box.live()
    waiting = list(boxes)
    while waiting and not stop.is_set():
        waiting = [box for box in waiting if not box.catch_up(last[box.id])]
        stop.wait(0.005)


# ------------------------------------------------------------------------------------------------ what came of it


def delays_s(one: Crowd, boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """Of every message about an alarm of these devices: from the device's clock as it sent the entry, and from the hub's as it began
    the commit that holds it, until the message lay with the driver."""
    ledger = sqlite3.connect(f"file:{one.data / 'ledger.db'}?mode=ro", uri=True)
    alarms = sqlite3.connect(f"file:{one.data / 'alarms.db'}?mode=ro", uri=True)
    ids = {box.id for box in boxes}
    caused = alarms.execute(
        "SELECT alarm.id, transition.position, device, t0_ms FROM alarm JOIN transition ON transition.alarm = alarm.id "
        "WHERE transition.severity = 'critical' AND alarm.kind = 'food'"
    ).fetchall()
    spool = {file.name.split("-")[0]: file.stat().st_ctime for file in sorted((one.data / "sms").rglob("[0-9a-f]*-1*"))}
    found = []
    for alarm, position, t0_ms in ((alarm, position, t0) for alarm, position, device, t0 in caused if device in ids):
        query = "SELECT received_ms FROM entry JOIN counted ON counted.entry = entry.id WHERE position = ?"
        (received_ms,) = ledger.execute(query, (position,)).fetchone()
        references = alarms.execute("SELECT reference FROM notice WHERE alarm = ?", (alarm,)).fetchall()
        sent_ms = t0_ms + (COLD - 1) * MINUTE_MS
        found += [
            (spool[reference] - sent_ms / 1000, spool[reference] - received_ms / 1000)
            for (reference,) in references
            if reference in spool
        ]
    return found


def told(one: Crowd, boxes: Sequence[Box], sent: int) -> Callable[[], bool]:
    """True once every excursion of these devices has its two messages."""
    return lambda: len(delays_s(one, boxes)) >= 2 * sent


def shown(name: str, found: Sequence[tuple[float, float]], one: Crowd, driver_ms: float) -> None:
    metrics = one.metrics()
    commits = metrics["larder_commit_seconds_sum"] / max(1.0, metrics["larder_commit_seconds_count"]) * 1000
    print(f"  {name}: {len(found)} messages; a commit takes {commits:.0f} ms, the driver alone {driver_ms:.1f} ms")
    for words, delays in zip(("from the device", "from the commit"), zip(*found, strict=True), strict=True):
        ordered = sorted(delays)
        parts = (("p50", 0.5), ("p99", 0.99), ("most", 1.0))
        figures = (
            f"{word} {ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000:>7,.0f} ms"
            for word, part in parts
        )
        print(f"    {words}  {'  '.join(figures)}", flush=True)


def driver_alone_ms(folder: Path, times: int = 50) -> float:
    spool = FileSpool(folder / "alone")
    began = time.perf_counter()
    for number in range(times):
        spool.send("+8613800000000", "【海北食安】" + "字" * 60, f"alone-{number}")
    return (time.perf_counter() - began) / times * 1000


def inject(boxes: Sequence[Box], done: Callable[[], bool], first: int = 0) -> int:
    """Excursions, one each EVERY_S, of these devices in turn until `done`; how many there are now."""
    wait, number, due = Event(), first, time.monotonic()
    while not done() and number < MOST_ALARMS * len(boxes):
        excursion(boxes[number % len(boxes)], number // len(boxes))
        number += 1
        due += EVERY_S
        wait.wait(max(0.0, due - time.monotonic()))
    return number


def lasting(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def under_load(kind: str, folder: Path, seconds: float, sms: dict[str, object], driver_ms: float) -> None:
    boxes = [(f"load-{n}", [f"p{k}" for k in range(LOAD_POINTS)], 1.0, "fridge.food") for n in range(LOAD_BOXES)]
    points = [f"drug-{n}" for n in range(MOST_ALARMS)]
    with crowd(folder, kind, boxes=[("pharmacy", points, 60.0, "drug.cold"), *boxes], sms=sms) as one:
        pharmacy, *others = one.boxes
        quiet = inject([pharmacy], lasting(seconds / 2))
        wait_for(told(one, [pharmacy], quiet), "the messages of the quiet run", 60)
        shown(f"{kind}, nothing else", delays_s(one, [pharmacy]), one, driver_ms)
        before, stop = set(delays_s(one, [pharmacy])), Event()
        threads = [Thread(target=load, args=(box, stop)) for box in others]
        began, had = time.monotonic(), one.metrics()["larder_readings_total"]
        for thread in threads:
            thread.start()
        sent = inject([pharmacy], lasting(seconds), quiet)
        rate = (one.metrics()["larder_readings_total"] - had) / (time.monotonic() - began)
        stop.set()
        for thread in threads:
            thread.join()
        wait_for(told(one, [pharmacy], sent), "the messages under load", 120)
        loaded = [delay for delay in delays_s(one, [pharmacy]) if delay not in before]
        shown(f"{kind}, {rate:,.0f} readings/s beside it", loaded, one, driver_ms)


def while_sites_return(kind: str, folder: Path, hours: float, sms: dict[str, object], driver_ms: float) -> None:
    names = [f"p{k}" for k in range(SITE_POINTS)]
    points = [f"drug-{n}" for n in range(MOST_ALARMS)]
    sites = [(f"site-{n}", names, 60.0, "fridge.food") for n in range(SITES)]
    also = ("returning", points, 60.0, "drug.cold")
    with crowd(folder, kind, boxes=[("pharmacy", points, 60.0, "drug.cold"), also, *sites], sms=sms) as one:
        pharmacy, returning, *others = one.boxes
        for box in others:
            kept(box, hours)
        for number in range(round(hours * 60)):  # one of them will have an excursion of today, behind its own backlog
            returning.batch({points[-1]: [5.0]}, MINUTE_MS, now_ms() - (round(hours * 60) - number) * MINUTE_MS)
        stop = Event()
        thread = Thread(target=returns, args=([*others, returning], stop))
        began = time.monotonic()
        total = sum(box.speaker.n for box in [*others, returning])
        thread.start()
        sent = inject([pharmacy, returning], lambda: not thread.is_alive())
        taken_s, lag = time.monotonic() - began, one.metrics()['larder_projection_lag{projection="alarms"}']
        stop.set()
        thread.join()
        wait_for(told(one, [pharmacy, returning], sent), "the messages while sites return", 900)
        print(
            f"  {kind}: {total:,} entries ({hours:g} h of {SITES} sites) in {taken_s:.0f} s, alarms then {lag:,.0f} rows behind"
        )
        shown(f"{kind}, at a site that was there", delays_s(one, [pharmacy]), one, driver_ms)
        shown(f"{kind}, at a site that returns", delays_s(one, [returning]), one, driver_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the run under load")
    parser.add_argument("--hours", type=float, default=6.0, help="that the 81 sites were away")
    parser.add_argument("--driver", choices=("file", "gammu-smsd"), default="file")
    parser.add_argument("--broker", choices=("nats", "mosquitto"), action="append")
    parser.add_argument("--only", choices=("load", "return"))
    args = parser.parse_args()
    for kind in args.broker or ("nats", "mosquitto"):
        with tempfile.TemporaryDirectory(dir=".") as name, ExitStack() as stack:
            folder, sms = Path(name).resolve(), dict[str, object](driver=args.driver)
            if args.driver == "gammu-smsd":
                phone = GammuSmsd(folder / "phone")
                phone.start()
                stack.callback(phone.stop)
                sms["gammu_config"] = str(phone.config)
            driver_ms = driver_alone_ms(folder)
            for run, what, much in (("load", under_load, args.seconds), ("return", while_sites_return, args.hours)):
                if args.only in (None, run):
                    (folder / run).mkdir()
                    what(kind, folder / run, much, sms, driver_ms)


if __name__ == "__main__":
    main()
