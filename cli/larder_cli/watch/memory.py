"""What a watcher must remember over a restart: one small JSON file, whole or not there."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from larder_cli.watch.judging import Loss, Sight, Watched


class MemoryFailed(OSError):
    """The file cannot be read or written; says what to do."""


def recall(file: Path) -> Watched:
    """Nothing where there is no file. Raises MemoryFailed for one that cannot be understood: to guess would be to repeat messages."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        loss = known["loss"] and Loss(int(known["loss"][0]), Sight(known["loss"][1]), str(known["loss"][2]))
        told = {str(phone): int(at) for phone, at in known["told_ms"].items()}
        return Watched(
            int(known["beat_ms"]), int(known["round_ms"]), loss, told, tuple(known["owed"]), int(known["ended_ms"])
        )
    except FileNotFoundError:
        return Watched()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise MemoryFailed(f"{file}: {error!r} (move it away: a loss that is open is then said once more)") from error


def keep(file: Path, watched: Watched) -> None:
    """Written beside, flushed, renamed. Raises MemoryFailed."""
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as stream:
            json.dump(asdict(watched), stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError as error:
        raise MemoryFailed(f"{file}: {error} (is the disk full, does this user own the folder?)") from error
