"""A command as an operator gives it: numbered, dated, tied to the device's boot, signed. PROTOCOL.md [D6], [D7]."""

from pathlib import Path
from typing import Any, NamedTuple

from larder_core.command import LIFE_MS, Args, Command, CommandName, write_command
from larder_core.refusal import Refused
from larder_core.signing import PublicKey, Signer
from larder_core.statement import read_status
from larder_hub.directives.book import Order
from larder_hub.ledger.schema import LedgerFailed, open_for_reading
from larder_hub.register.directory import Device


class Boot(NamedTuple):
    """The boot that a device last spoke of, and how long it is up by now, at least."""

    id: str
    up_ms: int


def boot_of(ledger: Path, device: Device, now_ms: int) -> Boot | None:
    """By its last status; None where there is none. A status that the broker told again or spoke in the device's name is older than it
    came: the boot then seems younger than it is, and a command for it ends sooner."""
    try:
        connection = open_for_reading(ledger)
    except LedgerFailed:
        return None
    try:
        row = connection.execute("SELECT received_ms, body FROM status WHERE device=?", (device.id,)).fetchone()
    finally:
        connection.close()
    if row is None or not device.public_key:
        return None
    try:
        status = read_status(bytes(row[1]), PublicKey(device.public_key), device.id)
    except Refused:
        return None
    return Boot(status.boot, status.up + max(0, now_ms - int(row[0])))


class Asked(NamedTuple):
    """Who asks for what, and why; `life_ms` at most ten minutes."""

    actor: str
    reason: str
    name: CommandName
    args: dict[str, Any]
    life_ms: int = LIFE_MS


def order_for(device: Device, asked: Asked, number: int, boot: Boot | None, signer: Signer, now_ms: int) -> Order:
    """Raises ValueError where the command cannot be."""
    command = Command(
        command=1, device=device.id, number=number, issued=now_ms, expires=now_ms + asked.life_ms,
        boot=boot.id if boot else None, up=boot.up_ms + asked.life_ms if boot else None, name=asked.name,
        args=Args.model_validate(asked.args),
    )  # fmt: skip
    return Order(
        device=device.id, number=number, name=asked.name, args=command.args.model_dump_json(exclude_none=True), actor=asked.actor,
        reason=asked.reason, issued_ms=now_ms, expires_ms=command.expires, payload=write_command(command, signer), sent_ms=None,
        outcome="", why="", found="{}", answered_ms=None, recorded_ms=None, picture="",
    )  # fmt: skip
