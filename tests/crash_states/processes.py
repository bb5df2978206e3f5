"""What a recorded program needs: a marker file for its promises, and processes that are killed one after the other."""

import json
import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path


class Marker:
    """One line of JSON for each promise, in one write: where it stands among the writes of the program is when it was given."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, **words: object) -> None:
        os.write(self._handle, json.dumps(words).encode() + b"\n")


def one_after_the_other(phases: Sequence[Callable[[], None]]) -> int:
    """Each in a process of its own that ends without a goodbye: nothing is flushed or closed that the phase did not close itself."""
    for phase in phases:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                phase()
                code = 0
            except Exception:
                traceback.print_exc()
                raise
            finally:
                os._exit(code)
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            return code
    return 0
