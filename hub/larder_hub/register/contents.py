"""The register as it is kept and written down: the directory, and the counties whose names only people need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from larder_hub.register.directory import Directory


class County(NamedTuple):
    """`code` is six digits of GB/T 2260."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Register:
    """What a register file says, in its order."""

    counties: Mapping[str, County] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
