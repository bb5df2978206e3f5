"""Boards as files: `grafana/boards/zh/*.json` and `en/*.json`, which Grafana's provisioning loads as they are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from larder_grafana.boards import BOARDS
from larder_grafana.frame import assembled
from larder_grafana.words import TONGUES, Tongue

FOLDER = Path(__file__).resolve().parents[1] / "boards"


class Built(NamedTuple):
    tongue: Tongue
    name: str
    text: str


def built() -> Iterator[Built]:
    """Every board in both languages, as JSON that is the same each time."""
    for tongue in TONGUES:
        for make in BOARDS:
            board = make(tongue)
            text = json.dumps(assembled(board, tongue), cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True)
            yield Built(tongue, board.name, text + "\n")


def file_of(board: Built, folder: Path = FOLDER) -> Path:
    return folder / board.tongue / f"{board.name}.json"


def write(folder: Path = FOLDER) -> list[Path]:
    """Write what is not there as it should be. Returns the files that have changed."""
    changed = []
    for board in built():
        file = file_of(board, folder)
        if not file.exists() or file.read_text(encoding="utf-8") != board.text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(board.text, encoding="utf-8")
            changed.append(file)
    return changed
