"""A camera's picture of now, where its driver can take one, and its hash. PROTOCOL.md [D10], [D11]."""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from larder_agent.drivers.port import Driver, NoStill, StillTaker
from larder_core.signing import to_text
from larder_core.sizes import MAX_PICTURE


class Still(NamedTuple):
    """`digest` in base64url and `picture`, its bytes where they are few enough to be sent; or why there is none (`reason`)."""

    digest: str = ""
    size: int = 0
    picture: bytes = b""
    reason: str = ""


class Burst(NamedTuple):
    """A source has done what command `number` asked of it."""

    number: int
    stills: Mapping[str, Still]


def take_still(driver: Driver, point: str) -> Still:
    if not isinstance(driver, StillTaker):
        return Still(reason="no-camera")
    try:
        picture = driver.still(point)
    except NoStill as error:
        return Still(reason=error.reason)
    return Still(to_text(sha256(picture).digest()), len(picture), picture if len(picture) <= MAX_PICTURE else b"")
