"""The video in a description of streams (SDP, RFC 4566): which codec, and where to set it up. No I/O."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

CONTROL = re.compile(r"[!-~]{1,512}")


class Video(NamedTuple):
    """`control`: what SETUP asks for, an address or a part of one, "" when the whole is meant; `codec`: upper case, "" unknown."""

    control: str
    codec: str


def video_of(body: bytes) -> Video | None:
    """The first video stream, None when there is none."""
    lines = [line.strip() for line in body.replace(b"\r", b"\n").decode("latin-1").split("\n")]
    start = next((at for at, line in enumerate(lines) if line.startswith("m=video ")), None)
    if start is None:
        return None
    media = [lines[start]]
    for line in lines[start + 1 :]:
        if line.startswith("m="):
            break
        media.append(line)
    words = media[0].split()
    kind = words[3] if len(words) > 3 else ""
    control, codec = "", {"26": "JPEG"}.get(kind, "")  # a static type of RFC 3551
    for line in media:
        name, _, value = line.partition(":")
        if name == "a=control" and CONTROL.fullmatch(value.strip()):
            control = value.strip()
        elif name == "a=rtpmap" and value.partition(" ")[0] == kind:
            codec = value.partition(" ")[2].partition("/")[0].upper()
    return Video("" if control == "*" else control, codec)


def setup_uri(asked: str, base: str, control: str) -> str:
    """RFC 2326, C.1.1: against Content-Base, or what was asked for. Only the text of a request: the connection stays as it is."""
    base = base if base.startswith("rtsp://") and CONTROL.fullmatch(base) else asked
    if not control:
        return base
    if control.startswith(("rtsp://", "rtspu://")):
        return control
    if control.startswith("/"):
        return _joined(base, control)
    return (base if base.endswith("/") else base + "/") + control


def _joined(base: str, path: str) -> str:
    """`urljoin` leaves unknown schemes alone."""
    return "rtsp" + urljoin("http" + base.removeprefix("rtsp"), path).removeprefix("http")
