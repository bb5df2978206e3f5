"""A device tests itself while it runs: its findings, and one write to its disk. PROTOCOL.md [D10]."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from larder_agent.applied import keep
from larder_agent.doctor.facts import disk_facts
from larder_agent.doctor.findings import Facts, findings

FILE = "self-test"
MOST = 400


def self_test(folder: Path, standing: Mapping[str, Any]) -> dict[str, str | int | bool | None]:
    """Raises DiskFailed where the write fails: then there is more to do than to answer."""
    began = monotonic()
    keep(folder, FILE, b"larder\n")
    write_ms = round((monotonic() - began) * 1000)
    found = findings(Facts(at_ms=standing["written_ms"], standing=standing, **disk_facts(folder)))
    points: Mapping[str, Any] = standing["points"]
    return {
        "sound": not found,
        "findings": ",".join(dict.fromkeys(one.word for one in found))[:MOST],
        "points": len(points),
        "points-bad": sum(1 for quality, *_ in points.values() if quality),
        "disk-write-ms": write_ms,
        "clock": str(standing["clock"][0]),
        "backlog": int(standing["backlog"]["entries"]),
    }
