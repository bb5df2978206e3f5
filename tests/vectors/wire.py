"""The protocol's few building stones, from hashlib, base64 and nacl alone; JSON is written as text. Imports nothing of Larder."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from nacl.signing import SigningKey

DEVICE_SEED = bytes([1]) * 32
HUB_SEED = bytes([2]) * 32
STRANGER_SEED = bytes([3]) * 32
STREAM = "000102030405060708090a0b0c0d0e0f"
ENDED = "f0e0d0c0b0a090807060504030201000"
GENESIS = "A" * 43
MAX_INT = 9007199254740991
SPOKEN = '"device":"box-1","boot":"0badcafe","at":1700000000000,"up":60000,"clock":["synced",20],"total":60'
SPOKEN_FIELDS: dict[str, Any] = {
    "device": "box-1",
    "boot": "0badcafe",
    "at": 1700000000000,
    "up": 60000,
    "clock": ["synced", 20],
    "total": 60,
}
BOOT = '{"kind":"event",' + SPOKEN + ',"event":"boot","detail":{}}'

Vector = dict[str, Any]


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def digest(line: bytes) -> str:
    return text_of(sha256(line).digest())


def public(seed: bytes) -> str:
    return text_of(bytes(SigningKey(seed).verify_key))


def signed(unsigned: str, seed: bytes) -> bytes:
    """`unsigned` is a JSON object; its closing brace gives way to the signature over all before it."""
    before = unsigned[:-1].encode()
    return before + b',"sig":"' + text_of(SigningKey(seed).sign(before).signature).encode() + b'"}'


def line(n: int | str, prev: str, content: str, stream: str = STREAM, v: int | str = 1) -> bytes:
    return f'{{"v":{v},"stream":"{stream}","n":{n},"prev":"{prev}","content":{content}}}'.encode()


def quoted(hashes: list[str]) -> str:
    return ",".join(f'"{one}"' for one in hashes)


def trailer(
    lines: list[bytes], first: int | str = 1, before: str = GENESIS, stream: str = STREAM, seed: bytes = DEVICE_SEED
) -> bytes:
    hashes = quoted([digest(one) for one in lines])
    return signed(f'{{"trailer":1,"stream":"{stream}","first":{first},"before":"{before}","hashes":[{hashes}]}}', seed)


def message(lines: list[bytes], first: int | str = 1, before: str = GENESIS) -> bytes:
    return b"\n".join([*lines, trailer(lines, first, before)])


def chain(contents: list[str], first: int = 1, before: str = GENESIS) -> list[bytes]:
    lines: list[bytes] = []
    for n, content in enumerate(contents, first):
        lines.append(line(n, digest(lines[-1]) if lines else before, content))
    return lines


def padded(template: str, size: int) -> str:
    """`template` with as many letters x in the place of `@` as make it `size` bytes."""
    return template.replace("@", "x" * (size - len(template.encode()) + 1))


def vector(name: str, shows: str, raw: bytes, expect: dict[str, Any], *, writer: bool = False) -> Vector:
    """`writer`: the bytes are those that a writer in the recommended form makes of the expected fields."""
    return {"name": name, "shows": shows, "raw": raw, "writer": writer, "expect": expect}
