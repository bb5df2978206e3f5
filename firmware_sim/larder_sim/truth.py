"""The record of what was truly so: JSON lines appended to `<dir>/truth.jsonl`.

Every line has `kind` and, where a run serves its values, `wall_ms` (milliseconds since 1970 UTC); simulated seconds are `*_s`:

* `start`: `scale`, `seed`, `world`, `scenario`, `local_start` (local date and time at simulated second 0);
* `step`: `sim_s`, `action`, `target` and what else the step says: a step of the scenario;
* `passed`: `sim_s`, `place`, `limit_c`, `rising`: the true air temperature passed a limit;
* `event`: `what`, `target`, `from_s`, `to_s`, `detail`: written when it ends; `to_s` is null when the record ends first;
* `excursion`: `place`, `profile`, `side`, `limit_c`, `from_s`, `to_s`, `worst_c`, `cause`: food was out of its limits;
* `served` (only when asked for): `place`, `via`, `quantity`, `value`, `scale`: a value that a protocol gave out, or, for
  1-wire, that from now on stands in the sensor's files. The number is value * 10**scale.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TextIO

from larder_sim.food import Excursion
from larder_sim.occurrences import Occurrence
from larder_sim.plant import Happening, StepTaken

_ALWAYS = ("at_s", "action", "target", "openness", "mode")


class Truth:
    """Writes lines to `sink`, each flushed, at wall times that `wall_ms` gives; without it lines bear none and are not flushed."""

    def __init__(self, sink: TextIO, wall_ms: Callable[[], int] | None, log_served: bool) -> None:
        self._sink = sink
        self._wall_ms = wall_ms
        self._log_served = log_served

    def started(self, scale: float, seed: int, world: str, scenario: str, local_start: str) -> None:
        """A run begins."""
        begun = {"scale": scale, "seed": seed, "world": world, "scenario": scenario, "local_start": local_start}
        self._line("start", begun)

    def happened(self, happening: Happening) -> None:
        """A step of the scenario, a limit that was passed, an event or an excursion that ended."""
        match happening:
            case StepTaken(sim_s, step):
                said = {name: value for name, value in asdict(step).items() if name in _ALWAYS or value}
                said.pop("at_s")
                self._line("step", {"sim_s": sim_s, **said})
            case Occurrence():
                self._line("event", asdict(happening))
            case Excursion():
                self._line("excursion", asdict(happening))
            case _:
                self._line("passed", asdict(happening))

    def served(self, place: str, via: str, quantity: str, value: int, scale: int) -> None:
        """A value that was given out: `value` * 10**`scale`."""
        if self._log_served:
            self._line("served", {"place": place, "via": via, "quantity": quantity, "value": value, "scale": scale})

    def _line(self, kind: str, content: dict[str, object]) -> None:
        at = {"wall_ms": self._wall_ms()} if self._wall_ms else {}
        line = {**at, "kind": kind, **content}
        self._sink.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        if self._wall_ms:
            self._sink.flush()
