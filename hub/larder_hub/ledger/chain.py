"""One stream as the ledger knows it: what is held, how far links are verified, and what disagrees. PROTOCOL.md [H3] to [H7]."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from larder_core.digest import GENESIS

MAX_CLAIMS = 64
GIVEN_UP = ""
"""In the place of a hash: announcements that were given up, of which only the range they answered for is kept [R4]."""

KEEP_LOWEST = 8


class Link(NamedTuple):
    """A number and the hash there."""

    n: int
    hash: str


class Slot(NamedTuple):
    """The entry that came first for its number: its hash, and the hash it says comes before it."""

    hash: str
    prev: str


class DeclaredLoss(NamedTuple):
    """`first..last` will not come; `end` is the hash at `last`. `own`: told by the same stream, so upto may cross it [H5]."""

    first: int
    last: int
    end: str
    readings: int
    own: bool


@dataclass
class Chain:
    """`below(n)` looks up the slot of a number at or under `upto`; those above it are in `ahead`. `anew`: the ledger before this one
    was lost with all its backups, so that upto may begin right before `first`, the lowest number that its holder answers for [R6]."""

    below: Callable[[int], Slot | None]
    upto: int = 0
    upto_hash: str = GENESIS
    frozen: bool = False
    first: int = 1
    anew: bool = False
    ahead: dict[int, Slot] = field(default_factory=dict)
    claims: dict[Link, int] = field(default_factory=dict)
    losses: list[DeclaredLoss] = field(default_factory=list)
    bridges: dict[int, int] = field(default_factory=dict)
    _reached: dict[Link, Link] = field(default_factory=dict)

    def slot(self, n: int) -> Slot | None:
        if n > self.upto:
            return self.ahead.get(n)
        return self.below(n) if n > 0 else None

    def said_of(self, n: int) -> Iterator[str]:
        """Every hash that signed bytes give for number `n`: its body, the next body's prev, claims, ends of losses [H4]."""
        if slot := self.slot(n):
            yield slot.hash
        if following := self.slot(n + 1):
            yield following.prev
        yield from (link.hash for link in self.claims if link.n == n and link.hash)
        yield from (loss.end for loss in self.losses if loss.last == n)

    def disagreement(self, place: Link) -> str | None:
        """A hash already said of `place.n` that is another than `place.hash`. At number 0 only genesis is true."""
        if place.n == 0:
            return None if place.hash == GENESIS else GENESIS
        return next((known for known in self.said_of(place.n) if known != place.hash), None)

    def claim(self, first: int, place: Link) -> None:
        """Keep an announcement; of two for one place the wider one stays [R2]. The list is bounded [R4]: the lowest and the newest
        remain, of one in the middle the range that it answered for."""
        self.claims[place] = min(first, self.claims.get(place, first))
        self._gather()
        kept = sorted(link for link in self.claims if link.hash)
        if len(kept) >= MAX_CLAIMS:
            self.give_up(self.claims.pop(kept[KEEP_LOWEST]), kept[KEEP_LOWEST].n)

    def give_up(self, first: int, n: int) -> None:
        """`first..n` was answered for by an announcement whose hash is not kept: once the stream has ended, nobody can say whether
        what is stored there is what was announced."""
        before = next((link for link in self.claims if not link.hash), None)
        if before is not None:
            first, n = min(first, self.claims.pop(before)), max(n, before.n)
        self.claims[Link(n, GIVEN_UP)] = first

    def _gather(self) -> None:
        """A claim that held bodies link to a higher one is part of it: the higher one's hash says as much [R2]."""
        for link in sorted(self.claims, reverse=True):
            if link not in self.claims or not link.hash:
                continue
            reached = self._reached.get(link, link)
            while True:
                if reached != link and reached in self.claims:
                    self.claims[link] = min(self.claims[link], self.claims.pop(reached))
                    reached = self._reached.pop(reached, reached)
                slot = self.ahead.get(reached.n)
                if slot is None or slot.hash != reached.hash:
                    break
                reached = Link(reached.n - 1, slot.prev)
            self._reached[link] = reached
        self._reached = {link: place for link, place in self._reached.items() if link in self.claims}

    def forget_claims(self, safe: int) -> None:
        """Of the claims that upto has passed with the same hash the highest says all that the others say, and goes when `safe` has
        passed it too; until then a restore would need it. The highest of all stays: it says how far the stream goes."""
        confirmed = sorted(link for link in self.claims if self.passed(link.n) == link.hash)
        if not confirmed:
            return
        highest, first = confirmed[-1], min(self.claims[link] for link in confirmed)
        for link in confirmed:
            del self.claims[link]
        if highest.n > safe or all(link.n < highest.n for link in self.claims):
            self.claims[highest] = first

    def passed(self, n: int) -> str | None:
        """The hash at a place that upto stood on, None for any other number."""
        if n == self.upto:
            return self.upto_hash
        if n > self.upto or any(after < n < last for after, last in self.bridges.items()):
            return None
        if n == 0:
            return GENESIS
        if n in self.bridges.values():
            ends = [loss.end for loss in self.losses if loss.last == n]
            following = self.slot(n + 1)
            return ends[0] if ends else following.prev if following else None
        slot = self.below(n)
        return slot.hash if slot else None

    def advance(self) -> Iterator[tuple[Link, bool]]:
        """Move upto as far as verified links and own losses carry it. Yields each place, and whether a loss was crossed."""
        while (step := self._next()) is not None:
            place, bridged = step
            if bridged:
                self.bridges[self.upto] = place.n
            for n in [n for n in self.ahead if n <= place.n]:
                del self.ahead[n]
            self.upto, self.upto_hash = place
            yield place, bridged

    def _next(self) -> tuple[Link, bool] | None:
        if held := self.ahead.get(self.upto + 1):
            return (Link(self.upto + 1, held.hash), False) if held.prev == self.upto_hash else None
        if self._begins_anew and (held := self.ahead.get(self.first)):
            return Link(self.first - 1, held.prev), True
        open_losses = [
            loss for loss in self.losses if loss.own and loss.last > self.upto and self._begins_at_passed(loss)
        ]
        if not open_losses:
            return None
        nearest = min(open_losses, key=lambda loss: loss.last)
        return Link(nearest.last, nearest.end), True

    @property
    def _begins_anew(self) -> bool:
        return self.anew and self.upto == 0 and self.first > 1

    def _begins_at_passed(self, loss: DeclaredLoss) -> bool:
        return self.passed(loss.first - 1) is not None or (self._begins_anew and loss.first <= self.first)

    def unconfirmed(self, limit: int) -> list[Link]:
        """What a receipt repeats, so that the holder learns whether it is on the announced branch [A7]."""
        return sorted(link for link in self.claims if link.hash and self.passed(link.n) != link.hash)[:limit]

    @property
    def head(self) -> int:
        """The highest number anybody has signed."""
        return max([self.upto, *self.ahead, *(link.n for link in self.claims), *(loss.last for loss in self.losses)])


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as closed ranges."""
    joined: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if joined and joined[-1][1] + 1 == n:
            joined[-1] = (joined[-1][0], n)
        else:
            joined.append((n, n))
    return joined
