"""An agent over a source that only counts, for tests: `python -m tests.unit.agent.counting agent.toml`.

The driver `counting` gives each of its points the next number and writes it down before it answers, in `served` beside the
configuration: what the agent was told, told by somebody else. While a file `fault` is there, its content is the quality.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from larder_agent import app, logs
from larder_agent.config import load_config
from larder_agent.drivers.port import Driver, PointSpec, Sample, SecretReader
from larder_agent.failures import AgentStopped
from larder_agent.tasks import Tasks


class Counting:
    """Numbers go on from what is in `served`, so that they are unique over all runs."""

    def __init__(self, folder: Path, count: int) -> None:
        self.points = tuple(PointSpec(f"p{at}", "Cel", -1) for at in range(count))
        self._served, self._fault = folder / "served", folder / "fault"
        self._last = len(self._served.read_text().splitlines()) if self._served.exists() else 0

    def read(self) -> list[Sample]:
        quality = self._fault.read_text() if self._fault.exists() else ""
        if quality == "raise":
            raise RuntimeError("a bug in a driver")
        samples = [Sample(point.id, self._last + at, quality) for at, point in enumerate(self.points, 1)]
        self._last += len(samples)
        with self._served.open("a") as out:
            out.write("".join(f"{sample.value}\n" for sample in samples))
        return samples

    def close(self) -> None: ...


def main(file: Path) -> int:
    def open_counting(name: str, settings: Mapping[str, object], secrets: SecretReader) -> Driver:
        assert name == "counting"
        return Counting(file.parent, int(str(settings["count"])))

    logs.log_to()
    tasks = Tasks()
    app.stop_on_signals(tasks)
    try:
        with app.build(load_config(file), file, open_counting) as devices:
            code = app.run(devices, tasks)
            if code:
                sys.stderr.flush()
                os._exit(code)
    except AgentStopped as error:
        print(error, file=sys.stderr)
        return error.code
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
