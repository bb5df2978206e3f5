"""What a message costs to decode and verify, and where the time goes; and bytes a reading.

Each figure is the least of many rounds, in microseconds a message. `--before <root>` runs another checkout's `core` too, in turns
with this one, and prints the ratio: only ratios within one run mean anything.

    python bench/wire_speed.py [--before /path/to/other/checkout]
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from timeit import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from larder_core.signing import Signer

READINGS = 60
NOW_MS = 1_700_000_000_000
STREAM = "0123456789abcdef" * 2
HERE = Path(__file__).resolve()


def payload(lines: int, key: "Signer") -> bytes:
    """A message of batches of five points, twelve instants each, that wander as fridges do."""
    from larder_core.columns import Reading, Series, write_columns
    from larder_core.content import Batch
    from larder_core.digest import GENESIS, line_hash
    from larder_core.entry import write_entry
    from larder_core.message import write_message

    chance = random.Random(1)
    written: list[bytes] = []
    for n in range(1, lines + 1):
        at_ms = NOW_MS + n * 60_000
        instants = [at_ms - 55_000 + 5000 * k + chance.randint(0, 3) for k in range(12)]
        series = []
        for point in range(READINGS // 12):
            values = [40 + chance.choice([-1, 0, 0, 1]) for _ in instants]
            readings = tuple(Reading(at, value, "") for at, value in zip(instants, values, strict=True))
            series.append(Series(f"fridge-{point}", "Cel", -1, readings))
        columns = write_columns(series, at_ms)
        batch = Batch(
            kind="batch", device="box", boot="0badcafe", at=at_ms, up=n * 60_000, clock=("synced", 20), total=n * READINGS,
            times=columns.times, cols=columns.cols, flaws=columns.flaws,
        )  # fmt: skip
        written.append(write_entry(STREAM, n, line_hash(written[-1]) if written else GENESIS, batch))
    return write_message(STREAM, 1, GENESIS, written, key)


def least_us(work: Callable[[], object]) -> float:
    return min(repeat(work, number=10, repeat=60)) / 10 * 1e6


def measure(lines: int) -> dict[str, float]:
    """By what was measured, for messages of `lines` entries: microseconds, or bytes."""
    from larder_core import strict_json
    from larder_core.content import CONTENT
    from larder_core.digest import line_hash
    from larder_core.header import read_header
    from larder_core.message import read_message
    from larder_core.signing import Key, PublicKey, verify_line

    key = Key(b"k" * 32)
    public = PublicKey(key.public)
    raw = payload(lines, key)
    *entries, trailer = raw.split(b"\n")
    texts = [parts[1] for entry in entries if (parts := read_header(entry))]
    figures = {
        "all": least_us(lambda: read_message(raw, public, "box")),
        "signature": least_us(lambda: verify_line(trailer, public)),
        "hashes": least_us(lambda: [line_hash(entry) for entry in entries]),
        "JSON scan": least_us(lambda: [strict_json._DECODER.decode(text.decode()) for text in texts]),
        "pydantic and columns": least_us(lambda: [CONTENT.validate_json(text) for text in texts]),
        "bytes a reading, sent": len(raw) / lines / READINGS,
        "bytes a reading, entry alone": len(entries[0]) / READINGS,
    }
    return {f"{lines:2}: {what}": figure for what, figure in figures.items()}


def measured(core: Path) -> dict[str, float]:
    """`measure` in a process of its own that imports larder_core from `core`."""
    env = os.environ | {"PYTHONPATH": str(core)}
    done = subprocess.run([sys.executable, str(HERE), "--json"], env=env, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def best(core: list[Path], turns: int) -> list[dict[str, float]]:
    rounds = [[measured(one) for one in core] for _ in range(turns)]
    return [{what: min(turn[at][what] for turn in rounds) for what in rounds[0][at]} for at in range(len(core))]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--before", type=Path, help="root of another checkout to compare with")
    options.add_argument("--json", action="store_true", help="print this process's figures alone")
    chosen = options.parse_args()
    if chosen.json:
        print(json.dumps(measure(1) | measure(16)))
        return
    cores = [HERE.parents[1] / "core"] + ([chosen.before / "core"] if chosen.before else [])
    now, *before = best(cores, 4 if chosen.before else 1)
    for what, figure in now.items():
        unit = "" if "bytes" in what else " us"
        than = f"   before {before[0][what]:8.1f}{unit}, {before[0][what] / figure:4.2f} times" if before else ""
        print(f"{what:34} {figure:8.1f}{unit}{than}")


if __name__ == "__main__":
    main()
