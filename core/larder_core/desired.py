"""What the hub wants a device to watch by: limits, periods, calibrations, names. Signed by the hub. PROTOCOL.md [D1], [D2], [D5].

Closed: a field that this reader does not know refuses the whole, because what is applied in part must not be reported as applied.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from larder_core.content import Count, Millis, Number, Unit
from larder_core.names import Identifier
from larder_core.refusal import Refused
from larder_core.signed import read_signed
from larder_core.signing import PublicKey, Signer, sign_line
from larder_core.sizes import MAX_COLUMNS, MAX_CONFIG, MAX_PROFILES
from larder_core.strict_json import One, Wire, write_json

if TYPE_CHECKING:
    from larder_core.limits.profile import LimitProfile

OPENING = b'{"config":1,'
APPLIED, REFUSED, CALIBRATION = "config-applied", "config-refused", "calibration"
"""The events in which a device tells what became of a configuration, and of a calibration."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Name = tuple[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=64)]]
"""In Chinese and in English."""

ProfileKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=64)]
Period = Annotated[int, Field(ge=50, le=86_400_000)]
Pace = Annotated[int, Field(ge=1_000, le=120_000)]
DesiredRule = tuple[Literal["warning", "alarm", "critical"], Literal["high", "low"], float, bool, Millis, Number | None]
"""[severity, side, limit, inclusive, hold in ms, window in ms or null]"""


class Closed(Wire):
    """A part of a configuration."""

    model_config = ConfigDict(extra="forbid")


class DesiredProfile(Closed):
    """A limit profile on the wire: as `limits.profile.LimitProfile`, its times in ms. `source` says where its numbers come from."""

    key: ProfileKey
    version: Number
    title: Name
    unit: Unit
    rules: Annotated[list[DesiredRule], Field(min_length=1, max_length=32)]
    clear: tuple[float | None, float | None, Millis]
    source: Text


class Calibration(Closed):
    """`offset`, in the unit of the point, corrects a reading when it is added; `expires` is when the certificate ends, in ms since
    1970; `judged`: limits are applied to the corrected value. The raw reading is never altered."""

    offset: Annotated[float, Field(ge=-1000, le=1000)]
    certificate: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    expires: Millis
    judged: bool


class DesiredPoint(Closed):
    """`period` in ms, None for what the device's own file says; `profile` a key of `Desired.profiles`, "" for none."""

    id: Identifier
    name: Name
    period: Period | None
    profile: ProfileKey | Literal[""]
    calibration: Calibration | None


class Desired(Closed):
    """`version` rises with every change; `fast` is [period, seal] in ms while a point is out of its limits."""

    config: One
    device: Identifier
    version: Number
    issued: Millis
    profiles: Annotated[list[DesiredProfile], Field(max_length=MAX_PROFILES)]
    points: Annotated[list[DesiredPoint], Field(max_length=MAX_COLUMNS)]
    fast: tuple[Pace, Pace]
    sig: Annotated[str, Field(exclude=True)] = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> "Desired":
        known = {profile.key for profile in self.profiles}
        if len(known) != len(self.profiles):
            raise ValueError("a profile stands there twice")
        if len({point.id for point in self.points}) != len(self.points):
            raise ValueError("a point stands there twice")
        for point in self.points:
            if point.profile and point.profile not in known:
                raise ValueError(f"{point.id} names the profile {point.profile}, which is not there")
        return self

    def profile_of(self, point: DesiredPoint) -> DesiredProfile | None:
        return next((one for one in self.profiles if one.key == point.profile), None)


class _Versioned(Wire):
    version: Count


_DESIRED = TypeAdapter(Desired)
_VERSIONED = TypeAdapter(_Versioned)


def limit_profile(profile: DesiredProfile) -> "LimitProfile":
    """The profile as the limits' own code judges by it. Raises ValueError (with a hint) where its limits make no sense."""
    from larder_core.limits.profile import Clear, LimitProfile, Rule  # a device without limits does without this code
    from larder_core.limits.words import Severity, Side

    rules = tuple(
        Rule(severity=Severity(severity), side=Side(side), limit=limit, inclusive=inclusive, hold_s=hold / 1000,
             window_s=None if window is None else window / 1000)
        for severity, side, limit, inclusive, hold, window in profile.rules
    )  # fmt: skip
    high, low, hold = profile.clear
    zh, en = profile.title
    return LimitProfile(key=profile.key, title_zh=zh, title_en=en, unit=profile.unit, rules=rules, source=profile.source,
                        clear=Clear(high=high, low=low, hold_s=hold / 1000), version=profile.version)  # fmt: skip


def write_config(desired: Desired, signer: Signer) -> bytes:
    return sign_line(write_json(desired.model_dump(mode="json")), signer)


def read_config(payload: bytes, hub: PublicKey, device: str) -> Desired:
    """Raises Refused (too-large, bad-signature, wrong-device, bad-statement)."""
    desired = read_signed(_DESIRED, OPENING, payload, hub, MAX_CONFIG)
    if desired.device != device:
        raise Refused("wrong-device", f"the configuration is for {desired.device}")
    for profile in desired.profiles:
        try:
            limit_profile(profile)
        except ValueError as error:
            raise Refused("bad-statement", str(error)) from error
    return desired


def version_of(payload: bytes, hub: PublicKey) -> int | None:
    """The version of a configuration that the hub has signed, also where nothing else of it can be read; None where it did not."""
    try:
        return read_signed(_VERSIONED, OPENING, payload, hub, MAX_CONFIG).version
    except Refused:
        return None
