"""The agent's configuration: one TOML file, checked whole at load; every default stands here."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from larder_agent.failures import ConfigError
from larder_core.signing import PublicKey

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
PeriodSeconds = Annotated[float, Field(ge=0.05, le=86_400)]

MAX_SECRET = 4096
"""Bytes; a password file that is longer is some other file."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BrokerConfig(Section):
    """Where the devices of this process report. `username` None: each device's own id. `ca_file` None: no TLS."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    ca_file: Path | None = None
    username: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    password_file: Path | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=600)] = 30


class HubConfig(Section):
    """`public_key`: 43 characters, printed by `larder hub init`. Only receipts signed with it release anything."""

    public_key: str


class ScreenConfig(Section):
    """When a point's number is not believed, in its unit and in seconds; 0 switches a rule off, None: as `screening.USUAL` says."""

    jump: Annotated[float, Field(ge=0)] | None = None
    jump_per_s: Annotated[float, Field(ge=0)] | None = None
    flat_after_s: Annotated[float, Field(ge=0)] | None = None
    stale_after_s: Annotated[float, Field(ge=0)] | None = None


class SourceConfig(Section):
    """One driver at work. `settings` are the driver's own keys, which the driver checks; `period_s` None: the device's; `screen`: by
    point, where the usual rules of signal quality do not fit."""

    driver: Identifier
    period_s: PeriodSeconds | None = None
    screen: Mapping[Identifier, ScreenConfig] = {}
    settings: Mapping[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, table: object) -> object:
        """In the file the driver's keys stand beside ours."""
        if not isinstance(table, dict):
            return table
        ours = {key: value for key, value in table.items() if key in ("driver", "period_s", "screen")}
        return ours | {"settings": {key: value for key, value in table.items() if key not in ours}}


class AlarmConfig(Section):
    """What sounds at the site when limits are broken, from the severity `least` on: a GPIO `line` of `chip` (with a button on
    `button_line` that silences it), a `coil` of a Modbus TCP relay at `host`, or the log."""

    output: Literal["log", "gpio", "modbus-tcp"]
    least: Literal["warning", "alarm", "critical"] = "alarm"
    chip: Annotated[str, Field(pattern=r"^/[^\x00-\x1f\x7f]{0,255}$")] = "/dev/gpiochip0"
    line: Annotated[int, Field(ge=0, le=1023)] | None = None
    inverted: bool = False
    button_line: Annotated[int, Field(ge=0, le=1023)] | None = None
    button_inverted: bool = True
    host: Annotated[str, Field(max_length=253)] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 502
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    coil: Annotated[int, Field(ge=0, le=65535)] = 0

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.output == "gpio" and self.line is None:
            raise ValueError("output gpio needs `line`, its number on the chip")
        if self.output == "modbus-tcp" and not self.host:
            raise ValueError("output modbus-tcp needs `host`, the address of the relay")
        return self


class DeviceConfig(Section):
    """
    A batch is sealed when its oldest reading is `seal_after_s` old or it holds `seal_readings`, and at once where something has
    changed (a limit crossed, a point gone bad, a camera dead). What no receipt covers is sent again after `resend_after_s`, then
    after twice as long, up to ten minutes. The outbox holds at most `outbox_mb` (2**20 bytes each) of entries, and keeps them
    `keep_days` after their sealing even when they are safe at the hub, where there is room. `password_file`: this device's,
    instead of the broker's. `alarm`: what sounds at the site.
    """

    county: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    site: Identifier
    id: Identifier
    state_dir: Path
    password_file: Path | None = None
    period_s: PeriodSeconds = 10.0
    seal_after_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    seal_readings: Annotated[int, Field(ge=1, le=5000)] = 60
    heartbeat_s: Annotated[float, Field(ge=0.5, le=3600)] = 30.0
    resend_after_s: Annotated[float, Field(ge=0.5, le=600)] = 10.0
    outbox_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 64
    keep_days: Annotated[float, Field(ge=0, le=3650)] = 7.0
    alarm: AlarmConfig | None = None
    source: Annotated[tuple[SourceConfig, ...], Field(min_length=1)]

    def period_of(self, source: SourceConfig) -> float:
        return self.period_s if source.period_s is None else source.period_s


class AgentConfig(Section):
    """One process, one broker, one hub, any number of devices."""

    broker: BrokerConfig = BrokerConfig()
    hub: HubConfig
    device: Annotated[tuple[DeviceConfig, ...], Field(min_length=1)]


def load_config(file: Path) -> AgentConfig:
    """Raises ConfigError naming the file and the key. Relative paths are taken from the file's folder."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, "(file)", f"cannot be read: {error}", "give its path with --config") from error
    try:
        config = AgentConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file, "(syntax)", error, "this is not TOML; compare with agent.example.toml") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        unknown = first["type"] == "extra_forbidden"
        problem, hint = (
            ("is not a setting", "a slip of the pen?") if unknown else (first["msg"], "see agent.example.toml")
        )
        raise ConfigError(file, _key(first["loc"]), problem, hint) from error
    for key, problem, hint in _contradictions(config):
        raise ConfigError(file, key, problem, hint)
    return _anchored(config, file.resolve().parent)


def _key(place: tuple[int | str, ...]) -> str:
    """device[2].source[1].period_s: tables are counted from 1, as people count."""
    words: list[str] = []
    for step in place:
        if isinstance(step, int) and words:
            words[-1] += f"[{step + 1}]"
        else:
            words.append(str(step))
    return ".".join(words) or "(file)"


def _contradictions(config: AgentConfig) -> Iterator[tuple[str, str, str]]:
    try:
        PublicKey(config.hub.public_key)
    except ValueError as error:
        yield "hub.public_key", str(error), "the 43 characters that `larder hub init` prints"
    for what in ("id", "state_dir"):
        said = [str(getattr(device, what)) for device in config.device]
        for place, one in enumerate(said):
            if one in said[:place]:
                yield f"device[{place + 1}].{what}", f"{one} is there twice", "each device has its own"


def _anchored(config: AgentConfig, folder: Path) -> AgentConfig:
    def at(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    devices = tuple(
        device.model_copy(update={"state_dir": folder / device.state_dir, "password_file": at(device.password_file)})
        for device in config.device
    )
    files = {"ca_file": at(config.broker.ca_file), "password_file": at(config.broker.password_file)}
    return config.model_copy(update={"broker": config.broker.model_copy(update=files), "device": devices})


def read_secret(file: Path, config_file: Path, key: str) -> str:
    """The one line of a password file. Raises ConfigError with the key and the path, never with the content."""
    try:
        with file.open("rb") as opened:
            lines = opened.read(MAX_SECRET + 1).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not a text in UTF-8"
        hint = "make it, mode 0600, with the password in its first line"
        raise ConfigError(config_file, key, f"cannot read {file}: {problem}", hint) from None
    if len(lines) != 1 or not lines[0] or len(lines[0]) > MAX_SECRET:
        raise ConfigError(
            config_file, key, f"{file} does not hold one line", "one line with the password, nothing else"
        )
    return lines[0]
