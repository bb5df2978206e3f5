"""What is asked of an ONVIF camera, and what its answers say. No I/O. Names are those of the ONVIF core and media specifications."""

from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element

from larder_agent.drivers.camera.line import BadAnswer
from larder_agent.drivers.onvif_camera.soap import escape, local, texts

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"

DATE_AND_TIME = f'<GetSystemDateAndTime xmlns="{DEVICE}"/>'
INFORMATION = f'<GetDeviceInformation xmlns="{DEVICE}"/>'
CAPABILITIES = f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>'
PROFILES = f'<GetProfiles xmlns="{MEDIA}"/>'


def snapshot_uri(profile: str) -> str:
    return f'<GetSnapshotUri xmlns="{MEDIA}"><ProfileToken>{escape(profile)}</ProfileToken></GetSnapshotUri>'


def stream_uri(profile: str) -> str:
    return (
        f'<GetStreamUri xmlns="{MEDIA}" xmlns:t="{SCHEMA}"><StreamSetup><t:Stream>RTP-Unicast</t:Stream>'
        f"<t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup>"
        f"<ProfileToken>{escape(profile)}</ProfileToken></GetStreamUri>"
    )


class Identity(NamedTuple):
    """As the camera says it; shown, never relied upon."""

    maker: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""


def clock_of(answer: Element) -> datetime:
    """The camera's clock. Raises BadAnswer."""

    def one(group: str, word: str) -> int:
        return int(texts(answer, "UTCDateTime", group, word)[0])

    try:
        year, month, day = (one("Date", word) for word in ("Year", "Month", "Day"))
        hour, minute, second = (one("Time", word) for word in ("Hour", "Minute", "Second"))
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (IndexError, ValueError):
        raise BadAnswer("a clock that shows no time") from None


def identity_of(answer: Element) -> Identity:
    def one(name: str) -> str:
        return next(iter(texts(answer, name)), "")[:64]

    return Identity(one("Manufacturer"), one("Model"), one("FirmwareVersion"), one("SerialNumber"))


def media_address_of(answer: Element) -> str:
    """Raises BadAnswer when the camera has no media service."""
    found = texts(answer, "Media", "XAddr")
    if not found:
        raise BadAnswer("a camera without a media service")
    return found[0]


def profiles_of(answer: Element) -> list[str]:
    """The tokens of the media profiles, as the camera orders them: the main stream first, by custom."""
    tokens = [one.get("token", "") for one in answer if local(one.tag) == "Profiles"]
    return [token for token in tokens if token and len(token) <= 64]


def uri_of(answer: Element) -> str:
    """Raises BadAnswer."""
    found = texts(answer, "MediaUri", "Uri")
    if not found or not found[0]:
        raise BadAnswer("no address in the answer")
    return found[0]
