"""The configuration in force on this device: the signed line itself, in a file beside the outbox. PROTOCOL.md [D3]."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from larder_agent.failures import DiskFailed
from larder_agent.folders import sync
from larder_core.refusal import Refused
from larder_core.signing import PublicKey

if TYPE_CHECKING:
    from larder_core.desired import Desired

FILE = "config.signed"


def load(folder: Path, hub: PublicKey, device: str) -> "tuple[bytes, Desired] | None":
    """What was applied last; None where nothing ever was, or where the file no longer proves it (another hub's key, a damaged
    card): the device then goes by its own file until the broker tells the retained one again. Raises DiskFailed."""
    try:
        payload = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DiskFailed(folder / FILE, error) from error
    from larder_core.desired import read_config  # a device without a configuration does without this code

    try:
        return payload, read_config(payload, hub, device)
    except Refused:
        return None


def keep(folder: Path, name: str, raw: bytes) -> None:
    """`raw` as the file `name`: whole and on the disk when this returns, or as it was before. Raises DiskFailed."""
    path = folder / name
    beside = folder / (name + ".new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
        sync(folder)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise DiskFailed(path, error) from error
