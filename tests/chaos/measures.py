"""What a chaos test reads off the programs: the agents' counters, the hub's metrics, how fresh the newest reading is, the books."""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from threading import Event
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance
from tests.support.stages import drained, logs


def counts(stage: Stage) -> Counter[str]:
    """The counters of all agents together, as of their last heartbeat; `connect_failures.closed` names a reason."""
    total: Counter[str] = Counter()
    for one in _metrics(stage):
        total.update(one["counts"])
    return total


def backlog(stage: Stage) -> int:
    """Readings that no receipt covers, as of the last heartbeats."""
    return sum(one["now"]["backlog"]["readings"] for one in _metrics(stage))


def _metrics(stage: Stage) -> Iterator[dict[str, Any]]:
    for _, device in stage.plan.devices:
        file = stage.plan.state_dir(device) / "metrics.json"
        if file.exists():
            yield json.loads(file.read_text())


def hub_metric(stage: Stage, name: str, **labels: str) -> float:
    """The sum of the hub's samples of that name with these labels; 0 while it does not answer."""
    try:
        with urllib.request.urlopen(f"{stage.url}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return 0.0
    samples = (one for family in text_string_to_metric_families(text) for one in family.samples if one.name == name)
    return sum(one.value for one in samples if labels.items() <= one.labels.items())


def resend_ratio(stage: Stage) -> float:
    """Entries sent for each entry sent the first time; 1.0 is none twice."""
    found = counts(stage)
    return found["sent"] / max(1, found["sent"] - found["resent"])


def ages_s(stage: Stage) -> list[float]:
    """How old the newest reading of each temperature is at the hub, in seconds."""
    now = stage.ask("now")
    points = [point for site in now["sites"] for place in site["places"] for point in place["points"]] if now else []
    return [point["age_ms"] / 1000 for point in points if point["quantity"] == "temperature" and point["age_ms"]]


def watch(seconds: float, *, every_s: float = 0.25) -> Iterator[float]:
    """The seconds that have passed, at each look, for so long: for what must hold or be seen all the while."""
    began, pause = time.monotonic(), Event()
    while (passed := time.monotonic() - began) < seconds:
        yield passed
        pause.wait(every_s)


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def balanced(stage: Stage, deadline_s: float = 60.0) -> Balance:
    """The books at the end: everything produced is stored, nothing is held, lost, doubled or in quarantine."""
    books = drained(stage, deadline_s)
    assert books.good, f"{books}\n{logs(stage)}"
    assert (books.held, books.declared_lost, books.quarantined) == (0, 0, 0), f"{books}\n{logs(stage)}"
    assert books.stored == books.produced > 0, f"{books}"
    return books
