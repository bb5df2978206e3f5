"""Birth and status: a device's signed word on who it is and what it answers for. PROTOCOL.md [W-BIRTH], [W-STATUS]."""

from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from larder_core.content import Clock, Count, Millis, Number, Scale, Unit
from larder_core.digest import GENESIS
from larder_core.names import BootId, Hash, Identifier, StreamId
from larder_core.refusal import Refused
from larder_core.signed import read_signed
from larder_core.signing import PublicKey, Signer, sign_line
from larder_core.sizes import MAX_COLUMNS
from larder_core.strict_json import One, Wire, write_json

Version = Annotated[str, StringConstraints(max_length=64)]
Period = Annotated[int, Field(ge=1, le=7 * 86_400_000)]


class Announcement(Wire):
    """`I answer for first..n of this stream, and n has this hash.` Before any entry, n = 0 and the hash is genesis."""

    device: Identifier
    stream: StreamId
    first: Number
    n: Count
    hash: Hash
    boot: BootId
    at: Millis
    up: Millis
    clock: Clock

    @model_validator(mode="after")
    def _in_order(self) -> "Announcement":
        if self.first > self.n + 1:
            raise ValueError("what it answers for begins beyond its head")
        if self.n == 0 and self.hash != GENESIS:
            raise ValueError("before any entry the hash is genesis")
        return self


class Birth(Announcement):
    """Sent once for each connection, before anything else. `points` are [id, unit, scale, period in ms]."""

    birth: One
    agent: Version
    drivers: Annotated[dict[Identifier, Version], Field(max_length=64)]
    config: Count
    points: Annotated[list[tuple[Identifier, Unit, Scale, Period]], Field(max_length=MAX_COLUMNS)]


class Backlog(Wire):
    """What no receipt covers yet: entries, readings, and when the oldest was sealed (null: nothing is waiting)."""

    entries: Count
    readings: Count
    oldest_at: Millis | None


class Disk(Wire):
    """Bytes used by the outbox, its bound, and free on its file system."""

    used: Count
    bound: Count
    free: Count


class Status(Announcement):
    """Heartbeat, retained. The last will is one with `online` false, signed at the connection it stands for."""

    status: One
    online: bool
    backlog: Backlog
    disk: Disk
    produced: Count
    config: Count = 0


Kind = TypeVar("Kind", bound=Announcement)

_BIRTH = TypeAdapter(Birth)
_STATUS = TypeAdapter(Status)


def write_statement(statement: Birth | Status, signer: Signer) -> bytes:
    """The statement as signed bytes, its kind first."""
    fields = statement.model_dump(mode="json")
    kind = "birth" if isinstance(statement, Birth) else "status"
    return sign_line(write_json({kind: 1} | fields), signer)


def read_birth(payload: bytes, key: PublicKey, device: str) -> Birth:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement)."""
    return _of(device, read_signed(_BIRTH, b'{"birth":1,', payload, key))


def read_status(payload: bytes, key: PublicKey, device: str) -> Status:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement)."""
    return _of(device, read_signed(_STATUS, b'{"status":1,', payload, key))


def _of(device: str, statement: Kind) -> Kind:
    if statement.device != device:
        raise Refused("wrong-device", f"the statement speaks for {statement.device}")
    return statement
