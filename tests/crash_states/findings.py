"""What a state that breaks a promise is called."""

from typing import Literal, NamedTuple

Kind = Literal["lost", "reused", "doubled", "altered", "corrupt"]


class Finding(NamedTuple):
    kind: Kind
    text: str
