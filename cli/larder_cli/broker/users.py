"""Who may connect to the embedded broker, and the file that says so.

``users.toml``::

    [[users]]
    name = "hub"                       # the hub: reads what every device says, writes what each is told
    password_file = "secrets/hub"

    [[users]]
    name = "menyuan-017"               # a device: its own topics only
    password = "..."
    county = "632221"
    site = "school-017"
"""

import tomllib
from dataclasses import field
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from larder_core.names import Identifier

HUB = "hub"  # reads what devices say, writes what they are told
WATCH = "watch"  # reads everything, writes nothing: for a service desk's mosquitto_sub
RESERVED = (HUB, WATCH)

County = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", hide_input_in_errors=True))
class BrokerUser:
    """One user of the broker. ``name`` is the device id, or ``hub``, or ``watch``; these two have no county and site."""

    name: Identifier
    password: Annotated[str, StringConstraints(min_length=1, max_length=128)] = field(repr=False)
    county: County | None = None
    site: Identifier | None = None

    @model_validator(mode="after")
    def _place(self) -> Self:
        if self.name in RESERVED and (self.county, self.site) != (None, None):
            raise ValueError(f"{self.name!r} is not a device and has no county and site; take another device id")
        if self.name not in RESERVED and None in (self.county, self.site):
            raise ValueError(f"device {self.name!r} needs county and site")
        return self


class UsersFileError(Exception):
    """users.toml cannot be used; the text names the file and the key, and says what to do."""


class _Entry(BaseModel):
    """A user as written in the file, with the secret or the path of a file that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    password: str | None = None
    password_file: Path | None = None
    county: str | None = None
    site: str | None = None

    def to_user(self, folder: Path) -> BrokerUser:
        """The user, its password read from ``password_file`` (relative to ``folder``) when that was given."""
        if (self.password is None) == (self.password_file is None):
            raise ValueError("give either password or password_file")
        password = self.password
        if self.password_file is not None:
            password = (folder / self.password_file).read_text("utf-8").strip()
        return BrokerUser(name=self.name, password=password or "", county=self.county, site=self.site)


class _UsersFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    users: tuple[_Entry, ...]


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}".lstrip(": ") for each in error.errors()
    )


def read_users(path: Path) -> tuple[BrokerUser, ...]:
    """Read users.toml. Raises UsersFileError, naming the file, the user and the key."""
    try:
        entries = _UsersFile.model_validate(tomllib.loads(path.read_text("utf-8"))).users
    except OSError as error:
        raise UsersFileError(f"{path}: {error.strerror}; see `larder broker --help` for an example") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsersFileError(f"{path}: not TOML in UTF-8: {error}") from error
    except ValidationError as error:
        raise UsersFileError(f"{path}: {_reasons(error)}") from error
    users: list[BrokerUser] = []
    for entry in entries:
        try:
            users.append(entry.to_user(path.parent))
        except ValidationError as error:
            raise UsersFileError(f"{path}: user {entry.name!r}: {_reasons(error)}") from error
        except (OSError, ValueError) as error:
            raise UsersFileError(f"{path}: user {entry.name!r}: {error}") from error
    return tuple(users)
