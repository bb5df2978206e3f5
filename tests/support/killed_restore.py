"""`larder hub restore` that dies (SIGKILL) at the nth time when it is about to rename, copy or sync a file, counted from when the
registry has noted that a restore has begun: `python -m tests.support.killed_restore 3 restore ...`."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from larder_cli.main import main
from larder_hub.backups import points
from tests.support.sabotaged_hub import before, die


class Countdown:
    """`armed` when there is something to interrupt."""

    def __init__(self, left: int) -> None:
        self.left, self.armed = left, False

    def arm(self, *_: Any) -> None:
        self.armed = True

    def tick(self, *_: Any, **__: Any) -> None:
        self.left -= self.armed
        if self.left == 0:
            die()


if __name__ == "__main__":
    countdown = Countdown(int(sys.argv[1]))
    before(points, "_set_aside", countdown.arm)
    before(Path, "rename", countdown.tick)
    before(shutil, "copyfile", countdown.tick)
    before(os, "fsync", countdown.tick)
    sys.exit(main(["hub", *sys.argv[2:]]))
