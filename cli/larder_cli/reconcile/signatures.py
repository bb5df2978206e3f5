"""Whether each stored line is one that its device signed: by the trailer that came with it, or inside an adoption that is.

A chain of hashes proves nothing against someone who owns the file: they make it anew. They cannot make the signatures anew.
"""

import json
import sqlite3
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

_SIGNATURE = b',"sig":"'
_LENGTH = 86
"""Of an Ed25519 signature in base64url."""


class Stored(NamedTuple):
    stream: str
    n: int
    hash: str
    line: bytes


def unsigned(db: sqlite3.Connection, register: Path) -> Iterator[str]:
    """What no trailer of its own message proves, in words. Keys are those of the register, earlier ones too."""
    keys = keys_of(register)
    stored: dict[int, list[Stored]] = defaultdict(list)
    rows = db.execute("SELECT e.message, s.stream, e.n, e.hash, e.line FROM entry e JOIN stream s ON s.id = e.stream")
    for message, *fields in rows:
        stored[message].append(Stored(*fields))
    for message, device, trailer in db.execute("SELECT id, device, trailer FROM message"):
        yield from _message(device, trailer, keys.get(device, ()), stored.pop(message, []))
    yield from (f"{one.stream}/{one.n}: no trailer came with it" for lines in stored.values() for one in lines)


def _message(device: str, trailer: bytes, keys: tuple[str, ...], lines: list[Stored]) -> Iterator[str]:
    if keys and not any(_signed(trailer, key) for key in keys):
        yield f"a message of {device}: its trailer is not signed with a key that the register ever had for it"
        return
    fields = json.loads(trailer)
    proven = {(fields["stream"], fields["first"] + at, digest) for at, digest in enumerate(fields["hashes"])}
    adopted = {body.encode() for one in lines if one[:3] in proven for body in _adopted(one.line)}
    for one in lines:
        if one[:3] not in proven and one.line not in adopted:
            yield f"{one.stream}/{one.n}: the trailer that came with it does not name its hash"


def _signed(trailer: bytes, key: str) -> bool:
    body, opening, rest = trailer.rpartition(_SIGNATURE)
    try:
        VerifyKey(_bytes(key)).verify(body, _bytes(rest[:_LENGTH].decode()))
    except (BadSignatureError, ValueError):
        return False
    return bool(opening) and rest[_LENGTH:] == b'"}'


def _adopted(line: bytes) -> list[str]:
    try:
        content = json.loads(line)["content"]
    except (ValueError, KeyError, TypeError):  # refused, kept as it came
        return []
    return list(content.get("adopted", [])) if isinstance(content, dict) else []


def keys_of(register: Path) -> dict[str, tuple[str, ...]]:
    """Every public key that the register has or had, by device; nothing where there is no register to read."""
    if not register.exists():
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    with closing(sqlite3.connect(f"file:{register}?mode=ro", uri=True)) as db:
        for device, key in db.execute("SELECT id, public_key FROM device"):
            found[device].add(key)
        for rows in db.execute("SELECT before, after FROM change WHERE kind = 'device'"):
            for row in (json.loads(text) for text in rows if text):
                found[row["id"]].add(row["public_key"])
    return {device: tuple(key for key in keys if key) for device, keys in found.items()}


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
