"""The record of what was truly so: JSON lines appended to `<dir>/truth.jsonl`.

Every line has `wall_ms` (milliseconds since 1970 UTC) and `kind`:

* `start`: `scale`, `seed`, `world`, `scenario`;
* `step`: `sim_s`, `action`, `target`, `openness`, `mode`: a step of the scenario;
* `passed`: `sim_s`, `place`, `limit_c`, `rising`: the true air temperature passed a limit;
* `served` (only when asked for): `place`, `via`, `quantity`, `value`, `scale`: a value that a protocol gave out, or, for
  1-wire, that from now on stands in the sensor's files. The number is value * 10**scale.

A line is in the kernel's hands before the value that it speaks of can leave the simulator: killed at any moment, it has said
no less than it gave out. (It may have said more: a value whose answer never left.)
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TextIO

from larder_sim.plant import Happening, StepTaken


class Truth:
    """Writes lines to `sink`, each flushed, at wall times that `wall_ms` gives."""

    def __init__(self, sink: TextIO, wall_ms: Callable[[], int], log_served: bool) -> None:
        self._sink = sink
        self._wall_ms = wall_ms
        self._log_served = log_served

    def started(self, scale: float, seed: int, world: str, scenario: str) -> None:
        """A run begins."""
        self._line("start", {"scale": scale, "seed": seed, "world": world, "scenario": scenario})

    def happened(self, happening: Happening) -> None:
        """A step of the scenario, or a limit that was passed."""
        if isinstance(happening, StepTaken):
            step = asdict(happening.step)
            step.pop("at_s")
            self._line("step", {"sim_s": happening.sim_s, **step})
        else:
            self._line("passed", asdict(happening))

    def served(self, place: str, via: str, quantity: str, value: int, scale: int) -> None:
        """A value that was given out: `value` * 10**`scale`."""
        if self._log_served:
            self._line("served", {"place": place, "via": via, "quantity": quantity, "value": value, "scale": scale})

    def _line(self, kind: str, content: dict[str, object]) -> None:
        line = {"wall_ms": self._wall_ms(), "kind": kind, **content}
        self._sink.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._sink.flush()
