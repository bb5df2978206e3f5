"""What a line says, read as plain JSON: no code of agent or hub, so that a shared mistake shows."""

import base64
import hashlib
import json
from functools import lru_cache
from typing import NamedTuple


class Body(NamedTuple):
    """A line at its place. `readings`: (value, instant) of each. `covers`: (stream, first, last) of losses. `adopted`: hashes."""

    stream: str
    n: int
    hash: str
    prev: str
    kind: str
    readings: tuple[tuple[int, int], ...] = ()
    covers: tuple[tuple[str, int, int], ...] = ()
    adopted: tuple[str, ...] = ()


@lru_cache(maxsize=20_000)
def bodies_of(line: bytes) -> tuple[Body, ...]:
    """A line, and after it the lines that it adopts."""
    fields = json.loads(line)
    content = fields["content"]
    inner = [text.encode() for text in content.get("adopted", [])]
    covers = tuple((one["stream"], one["first"], one["last"]) for one in content.get("covers", []))
    own = Body(fields["stream"], fields["n"], digest(line), fields["prev"], content["kind"], readings(content), covers,
               tuple(digest(one) for one in inner))  # fmt: skip
    return own, *(body for one in inner for body in bodies_of(one))


def digest(line: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(line).digest()).rstrip(b"=").decode()


def readings(content: dict[str, object]) -> tuple[tuple[int, int], ...]:
    if content["kind"] != "batch":
        return ()
    columns: list[list[object]] = content["cols"]  # type: ignore[assignment]
    times = [instants(column, content["at"]) for column in content["times"]]  # type: ignore[arg-type,attr-defined]
    return tuple(pair for _, _, _, index, values in columns
                 for pair in zip(undone(values), times[index], strict=True))  # type: ignore[index,arg-type]  # fmt: skip


def instants(column: list[int], at: int) -> list[int]:
    """`[ago, step, change, ...]` as instants."""
    found, step = [at - column[0]], 0
    for change in column[1:]:
        step += change
        found.append(found[-1] + step)
    return found


def undone(values: list[int]) -> list[int]:
    """Differences as values; the recorded runs have no `null`."""
    found: list[int] = []
    for value in values:
        found.append(value + (found[-1] if found else 0))
    return found
