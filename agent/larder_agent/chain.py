"""A place in a chain, and what the uplink must know of the chain on the disk."""

from typing import NamedTuple, Protocol


class Link(NamedTuple):
    """A number and the hash there."""

    n: int
    hash: str


class ChainView(Protocol):
    """The stream on the disk, as far as deciding needs it. Numbers `held.start..held.stop - 1` are on the disk as lines."""

    @property
    def stream(self) -> str: ...
    @property
    def head(self) -> Link: ...
    @property
    def floor(self) -> Link:
        """The last place deleted under safe."""
        ...

    @property
    def held(self) -> range: ...
    def hash_at(self, n: int) -> str | None:
        """The hash at n on this disk's chain, None where the disk no longer knows it."""
        ...
