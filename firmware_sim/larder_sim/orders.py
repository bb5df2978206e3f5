"""Orders while the world runs: whoever appends a line of JSON to `<dir>/orders.jsonl` makes something happen at once.

A line has the keys of a `[[step]]` but `at`: `{"action": "open-door", "place": "men-minzhong/fridge-1", "openness": 1.0}`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from larder_sim.scenario import read_step
from larder_sim.steps import Step
from larder_sim.strict_toml import InputError, Table
from larder_sim.world import World

FILE_NAME = "orders.jsonl"


class Orders:
    """Follows the file, which need not exist yet. What stood in it before the run began is not obeyed."""

    def __init__(self, folder: Path, world: World) -> None:
        self._file, self._world = folder / FILE_NAME, world
        self._read = 0

    def begin(self) -> None:
        """From here on."""
        self._read = self._file.stat().st_size if self._file.exists() else 0

    def new(self, now_s: int) -> Iterator[Step | InputError]:
        """What was ordered since the last look, whole lines only, due at once; or why a line is none."""
        if not self._file.exists() or self._file.stat().st_size <= self._read:
            return
        with self._file.open("rb") as source:
            source.seek(self._read)
            text = source.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            yield from self._steps(line, now_s)

    def _steps(self, line: bytes, now_s: int) -> Iterator[Step | InputError]:
        try:
            content = json.loads(line)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            yield InputError(self._file, "", f"{line[:80]!r} is no order", 'write {"action": ..., "place": ...}')
            return
        minutes, seconds = divmod(now_s, 60)
        at = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
        try:
            yield from read_step(Table(self._file, "order", {**content, "at": at}), self._world)
        except InputError as error:
            yield error
