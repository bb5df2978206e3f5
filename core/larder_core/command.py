"""A command of the hub and the device's reply, each signed by its speaker. PROTOCOL.md [D6], [D10] to [D12]."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from larder_core.content import Count, Millis, Number, Whole
from larder_core.names import BootId, Identifier, Reason
from larder_core.refusal import Refused
from larder_core.signed import read_signed
from larder_core.signing import PublicKey, Signer, sign_line
from larder_core.sizes import MAX_MESSAGE, MAX_PICTURE, MAX_STATEMENT
from larder_core.strict_json import One, Wire, write_json

LIFE_MS = 600_000
"""A command lives ten minutes at most."""

EARLY_MS = 60_000
"""How far a device's clock may be behind the hub's."""

DONE, REFUSED = "command-done", "command-refused"
"""The events in which a device tells what became of a command."""

CommandName = Literal["inspect-now", "resend", "self-test", "identify", "set-config", "restart"]
Outcome = Literal["done", "failed", "unable", "refused"]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Args(Wire):
    """The arguments of every command; which of them one takes is said in `FORMS`."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=1, le=20)] | None = None
    still: Annotated[list[Identifier], Field(max_length=16)] | None = None
    picture: bool | None = None
    authority: Words | None = None
    first: Number | None = None
    last: Number | None = None
    seconds: Annotated[int, Field(ge=1, le=600)] | None = None

    def given(self) -> set[str]:
        return {name for name in Args.model_fields if getattr(self, name) is not None}


FORMS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "inspect-now": (frozenset({"count"}), frozenset({"still", "picture", "authority"})),
    "resend": (frozenset({"first", "last"}), frozenset()),
    "self-test": (frozenset(), frozenset()),
    "identify": (frozenset({"seconds"}), frozenset()),
    "set-config": (frozenset(), frozenset()),
    "restart": (frozenset(), frozenset()),
}
"""Command -> what it needs, and what it may have beside."""


class Command(Wire):
    """`number` rises for each device; `issued` and `expires` are on the hub's clock; `boot` and `up` on the device's: until when, in
    ms since that boot, the command counts where the device's wall clock cannot be believed."""

    command: One
    device: Identifier
    number: Number
    issued: Millis
    expires: Millis
    boot: BootId | None
    up: Count | None
    name: CommandName
    args: Args

    @model_validator(mode="after")
    def _can_be(self) -> "Command":
        if not 0 < self.expires - self.issued <= LIFE_MS:
            raise ValueError(f"it lives {self.expires - self.issued} ms, at most {LIFE_MS}")
        if (self.boot is None) != (self.up is None):
            raise ValueError("boot and up stand together or not at all")
        needed, allowed = FORMS[self.name]
        given = self.args.given()
        if not needed <= given <= needed | allowed:
            raise ValueError(f"{self.name} takes {sorted(needed | allowed)} and was given {sorted(given)}")
        if self.args.picture and not (self.args.authority and len(self.args.still or ()) == 1):
            raise ValueError("a picture needs an authority and one point")
        if self.args.first and self.args.last and self.args.last < self.args.first:
            raise ValueError("a range ends before it begins")
        return self


Found = dict[Identifier, str | Whole | bool | None]
Picture = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=-(-MAX_PICTURE * 4 // 3))]


class Reply(Wire):
    """What became of command `number` (None: it could not be read): as the event in the device's record says it, only sooner."""

    reply: One
    device: Identifier
    number: Number | None
    name: Annotated[str, StringConstraints(max_length=32)]
    outcome: Outcome
    reason: Reason | Literal[""]
    found: Annotated[Found, Field(max_length=28)]
    picture: Picture | None


_COMMAND = TypeAdapter(Command)
_REPLY = TypeAdapter(Reply)


def write_command(command: Command, signer: Signer) -> bytes:
    fields = command.model_dump(mode="json", exclude={"args"})
    return sign_line(write_json(fields | {"args": command.args.model_dump(mode="json", exclude_none=True)}), signer)


def read_command(payload: bytes, hub: PublicKey, device: str) -> Command:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement)."""
    command = read_signed(_COMMAND, b'{"command":1,', payload, hub)
    if command.device != device:
        raise Refused("wrong-device", f"the command is for {command.device}")
    return command


def write_reply(reply: Reply, signer: Signer) -> bytes:
    return sign_line(write_json(reply.model_dump(mode="json")), signer)


def read_reply(payload: bytes, key: PublicKey, device: str) -> Reply:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement)."""
    reply = read_signed(_REPLY, b'{"reply":1,', payload, key, MAX_MESSAGE)
    if reply.device != device:
        raise Refused("wrong-device", f"the reply is of {reply.device}")
    if reply.picture is None and len(payload) > MAX_STATEMENT:
        raise Refused("too-large", f"{len(payload)} bytes without a picture, at most {MAX_STATEMENT}")
    return reply
