"""What a random mix of faults does, and when: drawn from its seed alone, so that a mix that failed can be had again."""

from dataclasses import dataclass
from random import Random
from typing import NamedTuple


class Fault(NamedTuple):
    """Faults of one `target` never overlap, those of different targets do. `least` to `most` seconds. `root`: needs it."""

    name: str
    target: str
    least: float
    most: float
    weight: int
    root: bool = False


FAULTS = (
    Fault("agent-kill", "agent", 0.0, 2.0, 6),
    Fault("agent-stop", "agent", 1.0, 7.0, 3),
    Fault("agent-eio", "agent", 2.0, 4.0, 3, root=True),
    Fault("agent-disk-full", "agent", 2.0, 6.0, 3, root=True),
    Fault("agent-discard", "agent", 0.0, 0.1, 2),
    Fault("clock-step", "clock", 2.0, 15.0, 3),
    Fault("hub-kill", "hub", 0.0, 3.0, 6),
    Fault("hub-stop", "hub", 1.0, 8.0, 3),
    Fault("hub-die-around-commit", "hub", 2.0, 4.0, 3),
    Fault("hub-restore", "hub", 0.0, 1.0, 4),
    Fault("hub-disk-full", "hub", 3.0, 6.0, 3, root=True),
    Fault("hub-backup", "backup", 0.0, 0.1, 3),
    Fault("broker-kill", "broker", 0.0, 2.0, 4),
    Fault("broker-stop", "broker", 1.0, 8.0, 2),
    Fault("broker-forgets", "broker", 0.0, 1.0, 4),
    Fault("line-slow", "line", 2.0, 10.0, 2),
    Fault("line-loses-up", "line", 2.0, 9.0, 3),
    Fault("line-loses-down", "line", 2.0, 9.0, 3),
    Fault("line-reset", "line", 0.0, 0.1, 2),
    Fault("line-cuts", "line", 3.0, 10.0, 2),
    Fault("hub-line-slow", "hub-line", 2.0, 8.0, 2),
    Fault("hub-line-loses-up", "hub-line", 2.0, 9.0, 3),
    Fault("hub-line-loses-down", "hub-line", 2.0, 9.0, 2),
    Fault("hub-line-reset", "hub-line", 0.0, 0.1, 2),
    Fault("stranger-replays", "stranger", 2.0, 4.0, 3),
    Fault("stranger-forges", "stranger", 1.0, 3.0, 3),
    Fault("device-floods", "stranger", 2.0, 4.0, 2),
    Fault("broken-register", "register", 0.0, 0.1, 1),
)
CARDS = (
    Fault("card-wiped", "agent", 0.1, 1.0, 8),
    Fault("card-put-back", "agent", 0.1, 1.0, 8),
    Fault("card-swapped", "agent", 0.1, 1.0, 8),
)
"""Of a copied or lost card the books cannot balance: they have to be explained."""
APART_S = 1.0
"""Between two faults of one target: time to come back, at least a little."""


@dataclass(frozen=True)
class Strike:
    """`pick` chooses among what is there when it strikes: a restore point, a direction, an amount."""

    at_s: float
    for_s: float
    fault: Fault
    pick: float

    @property
    def until_s(self) -> float:
        return self.at_s + self.for_s

    def __str__(self) -> str:
        return f"{self.at_s:5.1f} s  {self.fault.name} for {self.for_s:.1f} s ({self.pick:.3f})"


@dataclass(frozen=True)
class Schedule:
    seed: int
    length_s: float
    cards: bool
    strikes: tuple[Strike, ...]

    def __str__(self) -> str:
        cards = ", with cards lost and copied" if self.cards else ""
        return "\n".join([f"seed {self.seed}: {self.length_s:.0f} s{cards}", *(f"  {one}" for one in self.strikes)])


def draw(seed: int, *, length_s: tuple[float, float] = (30.0, 60.0), root: bool = True, cards: bool | None = None,
         every_s: float = 2.5) -> Schedule:  # fmt: skip
    """One fault each `every_s` seconds; `cards` None: in every fourth seed."""
    rng = Random(seed)
    length = rng.uniform(*length_s)
    with_cards = rng.random() < 0.25 if cards is None else cards
    pool = [one for one in (*FAULTS, *(CARDS if with_cards else ())) if root or not one.root]
    weights = [one.weight for one in pool]
    drawn: list[Strike] = [Strike(rng.uniform(0.5, 2.0), 0.0, _named("hub-backup"), 0.0)]
    for _ in range(round(length / every_s) * 2):
        if len(drawn) >= length / every_s:
            break
        (fault,) = rng.choices(pool, weights)
        at_s, for_s = rng.uniform(0.0, length), rng.uniform(fault.least, fault.most)
        one = Strike(at_s, min(for_s, length - at_s), fault, rng.random())
        if all(apart(one, other) for other in drawn if other.fault.target == fault.target):
            drawn.append(one)
    return Schedule(seed, length, with_cards, tuple(sorted(drawn, key=lambda one: one.at_s)))


def apart(one: Strike, other: Strike) -> bool:
    return one.at_s > other.until_s + APART_S or other.at_s > one.until_s + APART_S


def _named(name: str) -> Fault:
    return next(one for one in FAULTS if one.name == name)
