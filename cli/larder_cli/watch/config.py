"""watch.toml: checked whole at load; every default stands here."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class WatchConfigError(ValueError):
    """What is wrong, in which file and key, and what to do."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SendConfig(Section):
    """`command`: the words of a program, in which {phone} and {text} are replaced; its end with 0 means that it took the message.
    `webhook`: where {phone, text} goes as JSON. `file`: a file for each message in `folder`."""

    way: Literal["command", "webhook", "file"] = "file"
    command: tuple[str, ...] = ()
    url: Annotated[str, Field(pattern="^(https?://.+)?$")] = ""
    folder: Path = Path("sms")
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20.0

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.way == "command" and not any("{text}" in word for word in self.command):
            raise ValueError(
                'command lacks {text}; as ["gammu-smsd-inject", "TEXT", "{phone}", "-unicode", "-text", "{text}"]'
            )
        if self.way == "webhook" and not self.url:
            raise ValueError('url is missing; where is the message to be posted? url = "https://..."')
        return self


class WatchConfig(Section):
    """`hub` is the address of the hub's web. It is asked every `every_s`; `missed` minutes without a heartbeat are said to `phones`,
    again every `repeat_min` (0: once only). `second` (host:port) is an address outside of the hub: where it answers no more than the
    hub does, our own network is gone, and the hub is not accused. `minute_s` is less than 60 only in a simulated world."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    hub: Annotated[str, Field(pattern="^https?://.+[^/]$")]
    ca_file: Path | None = None
    second: Annotated[str, Field(pattern=r"^.+:[0-9]{1,5}$")]
    phones: Annotated[tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$")], ...], Field(min_length=1)]
    state_file: Path = Path("watch.state.json")
    signature: Annotated[str, Field(min_length=2, max_length=8)] = "海北食安"
    duty_phone: Annotated[str, Field(pattern=r"^[0-9-]{3,14}$")]
    every_s: Annotated[float, Field(gt=0, le=60)] = 20.0
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    minute_s: Annotated[float, Field(gt=0, le=60)] = 60.0
    missed: Annotated[int, Field(ge=1, le=60)] = 3
    repeat_min: Annotated[float, Field(ge=0)] = 60.0
    send: SendConfig = SendConfig()


def load_config(file: Path) -> WatchConfig:
    """Raises WatchConfigError naming the file and the key. Relative paths are taken from the file's folder."""
    try:
        config = WatchConfig.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise WatchConfigError(f"{file}: cannot be read: {error} (give its path with --config)") from error
    except tomllib.TOMLDecodeError as error:
        raise WatchConfigError(f"{file}: this is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "(file)"
        raise WatchConfigError(f"{file}: {key}: {first['msg']} (see deploy/watch.example.toml)") from error
    folder = file.resolve().parent
    send = config.send.model_copy(update={"folder": folder / config.send.folder})
    ca_file = None if config.ca_file is None else folder / config.ca_file
    return config.model_copy(update={"state_file": folder / config.state_file, "send": send, "ca_file": ca_file})
