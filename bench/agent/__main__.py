"""`python -m bench.agent`: everything measured in one run, and which goals were met."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.agent import ceilings, gateway, running
from bench.agent.day import DAY

MB = 1_000_000
GOALS = {"resident MB": 40.0, "first sample s": 0.5, "written MB/day": 30.0, "drain s": 10.0}


def line(words: str, figure: str, beside: str = "") -> None:
    print(f"  {words:<44} {figure:>16}  {beside}")


def a_day(folder: Path) -> dict[str, float]:
    argv = [sys.executable, "-m", "bench.agent.day", str(folder), "box", gateway.POINTS, str(DAY), "1"]
    return dict(json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))


def compiled(folder: Path) -> None:
    """Programs that this one starts find their bytecode, as on a device where pip wrote it; without it a start compiles 400 files."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    running.python_s(running.IMPORT)


def storage(folder: Path) -> float:
    """Prints what the storages cost and lose; ours in MB a day."""

    def place(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    print("storage: a day of ten points every ten seconds, 86,400 readings")
    fsync, append = ceilings.fsync_alone(place("fsync")), ceilings.sqlite_append(place("append"))
    line("fsync alone", f"{fsync.micros:,.0f} us", f"{fsync.written:,.0f} B each")
    line("SQLite append alone (WAL, FULL)", f"{append.micros:,.0f} us", f"{append.written:,.0f} B each")
    own = a_day(place("day"))
    seals = own["seals"]
    line("larder: written", f"{own['bytes'] / MB:.1f} MB/day", f"{own['bytes'] / own['readings']:.0f} B/reading, {seals:,} seals, "
         f"{own['bytes'] / seals / append.written:.2f} x append, {own['bytes'] / seals / fsync.written:.2f} x fsync")  # fmt: skip
    line("larder: CPU of storage", f"{own['cpu_s'] / own['readings'] * 1e6:.0f} us/reading")
    struck = gateway.ours(place("struck"))
    line("larder: lost at kill -9", f"{struck.taken - struck.found:,}", f"of {struck.taken:,} taken")
    if (python := gateway.interpreter()) is not None:
        for kind in ("file", "sqlite"):
            day = gateway.a_day_of_theirs(python, kind, place(f"day-{kind}"), DAY)
            line(f"thingsboard-gateway {kind}: written", f"{day['bytes'] / MB:.1f} MB/day",
                 f"{day['bytes'] / own['bytes']:.2f} x larder, put in one go, nothing synced for each")  # fmt: skip
            hit = gateway.theirs(python, kind, place(f"struck-{kind}"))
            line(
                f"thingsboard-gateway {kind}: lost at kill -9", f"{hit.taken - hit.found:,}", f"of {hit.taken:,} taken"
            )
    return own["bytes"] / MB


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-agent-") as name:
        folder = Path(name).resolve()
        compiled(folder / "bytecode")
        written = storage(folder)
        print("the agent: ten points, TLS, Mosquitto, a hub that answers")
        bare, imported = running.python_s("pass"), running.python_s(running.IMPORT)
        line("import", f"{imported - bare:.2f} s", f"the bare interpreter takes {bare:.2f} s")
        (folder / "stage").mkdir()
        found = running.measured(folder / "stage")
        line("CPU of a start, to the first staged reading", f"{found.first_cpu_s:.2f} s")
        line("CPU of everything", f"{found.cpu_us:,.0f} us/reading")
        line(
            "drain",
            f"{found.drained / found.drain_s:,.0f} readings/s",
            f"{found.drained:,} readings in {found.drain_s:.1f} s",
        )
    print("goals")
    for (goal, most), figure in zip(
        GOALS.items(), (found.resident_mb, found.first_sample_s, written, found.drain_s), strict=True
    ):
        line(f"{goal} <= {most:g}", f"{figure:.2f}", "达到 met" if figure <= most else "未达到 NOT MET")


if __name__ == "__main__":
    main()
