"""An entry line, read without our codec: plain JSON, plain SHA-256."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple


class Sealed(NamedTuple):
    """What a line says of itself."""

    stream: str
    n: int
    prev: str
    hash: str
    content: dict[str, Any]

    @property
    def readings(self) -> int:
        return sum(len(col[4]) for col in self.content.get("cols", []))

    def instants(self) -> Iterator[tuple[str, str, int]]:
        """(device, point, ms since 1970) of every reading of a batch."""
        times: list[list[int]] = []
        for ago, *changes in self.content.get("times", []):
            now, step, found = self.content["at"] - ago, 0, []
            for change in [None, *changes]:
                if change is not None:
                    step += change
                    now += step
                found.append(now)
            times.append(found)
        for col in self.content.get("cols", []):
            for at in times[col[3]]:
                yield self.content["device"], col[0], at


def hash_of(line: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(line).digest()).decode().rstrip("=")


def read_line(line: bytes) -> Sealed:
    """Raises ValueError or KeyError for a line that is not an entry."""
    fields = json.loads(line)
    return Sealed(fields["stream"], fields["n"], fields["prev"], hash_of(line), fields["content"])
