"""The real agent on a wall clock that a test can set: `python -m tests.support.stepped_agent run --config agent.toml`.

`LARDER_CLOCK_STEP` names a file that holds the step in ms, read at each look at the clock; none while it is not there. The time since
boot is the machine's own, as on a device whose clock is set.
"""

import os
import sys
from pathlib import Path

from larder_agent.clock import KernelClock
from larder_cli.main import main

STEP = Path(os.environ["LARDER_CLOCK_STEP"])
_true_wall_ms = KernelClock.wall_ms


def stepped_wall_ms(clock: KernelClock) -> int:
    try:
        step = int(STEP.read_text() or 0)
    except FileNotFoundError:
        step = 0
    return max(0, _true_wall_ms(clock) + step)


if __name__ == "__main__":
    KernelClock.wall_ms = stepped_wall_ms  # type: ignore[method-assign]
    sys.exit(main(["agent", *sys.argv[1:]]))
