"""Writes the byte vectors beside this file from PROTOCOL.md alone: `python -m tests.vectors.derive`.

Imports nothing of Larder, so that reader and writer cannot share a mistake with what they are held to. Each file has the keys' seeds
and a list of vectors: `name`, `shows`, the bytes as `text` (UTF-8), as `hex` where they are not UTF-8, or as `runs` of
`[text, times]` where they are long; `expect`: fields or a reason; `writer`: whether a writer must make the same bytes.
"""

import json
import re
from pathlib import Path
from typing import Any

from tests.vectors.bad_lines import bad_lines
from tests.vectors.bad_payloads import at_the_door, bad_messages, bad_statements
from tests.vectors.directives import bad_directives, good_commands, good_configs, good_replies
from tests.vectors.good_entries import good_entries
from tests.vectors.good_payloads import good_messages, good_receipts, good_statements
from tests.vectors.wire import DEVICE_SEED, HUB_SEED, Vector

FOLDER = Path(__file__).parent
FILES = {
    "entries.json": good_entries,
    "messages.json": good_messages,
    "statements.json": good_statements,
    "receipts.json": good_receipts,
    "bad_lines.json": bad_lines,
    "bad_messages.json": bad_messages,
    "bad_statements.json": bad_statements,
    "at_the_door.json": at_the_door,
    "configs.json": good_configs,
    "commands.json": good_commands,
    "replies.json": good_replies,
    "bad_directives.json": bad_directives,
}
_RUN = re.compile(r"(.{1,5}?)\1{49,}", re.DOTALL)


def derive(name: str) -> str:
    """The text of one file."""
    vectors = [_written(one) for one in FILES[name]()]
    header = f'"device_seed": "{DEVICE_SEED.hex()}", "hub_seed": "{HUB_SEED.hex()}"'
    lines = ",\n".join(json.dumps(one) for one in vectors)
    return f'{{{header}, "vectors": [\n{lines}\n]}}\n'


def _written(one: Vector) -> dict[str, Any]:
    head = {"name": one["name"], "shows": one["shows"]}
    return head | _bytes(one["raw"]) | {"writer": one["writer"], "expect": one["expect"]}


def _bytes(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"hex": raw.hex()}
    if len(raw) < 3000:
        return {"text": text}
    runs: list[tuple[str, int]] = []
    end = 0
    for run in _RUN.finditer(text):
        unit = run[1]
        runs += [(text[end : run.start()], 1), (unit, len(run[0]) // len(unit))]
        end = run.end()
    return {"runs": [one for one in [*runs, (text[end:], 1)] if one[0]]}


if __name__ == "__main__":
    for file in FILES:
        (FOLDER / file).write_text(derive(file), "utf-8")
