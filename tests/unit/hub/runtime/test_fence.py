"""Two hubs with one key: which one stops, what agents are told meanwhile. [H13]"""

from collections.abc import Callable

import pytest

from larder_core.signing import Key
from larder_hub import fence as fencing
from larder_hub.failures import StandDown
from larder_hub.fence import ALONE_S, EVERY_S, Beacon, Fence, Verdict
from larder_hub.ingest.watchpost import Watchpost
from larder_hub.metrics import Metrics

KEY = Key(b"\x05" * 32)
OLD, NEW = "a" * 32, "b" * 32


class Air:
    """A broker of one topic: what is retained goes to whoever connects, what is published to who is connected."""

    def __init__(self) -> None:
        self.now = 100.0
        self.retained: bytes | None = None
        self.posts: list[Post] = []

    def publish(self, sender: "Post", payload: bytes) -> None:
        self.retained = payload
        for post in self.posts:
            if post.number is not None:
                post.watch.hear(payload, retained=False)

    def turn(self, seconds: float = 0.0) -> None:
        self.now += seconds
        for post in self.posts:
            post.watch.turn()


class Post:
    """A hub's watchpost with its connection."""

    def __init__(self, air: Air, started_ms: int, generation: int = 1, key: Key = KEY) -> None:
        self.air, self.generation, self.number = air, generation, 0
        self.watch = Watchpost(
            key, key.public, generation, self._rise, self, Metrics(), lambda: started_ms, lambda: air.now
        )
        self.up: bool = False
        self.number = None
        air.posts.append(self)

    def _rise(self) -> int:
        self.generation += 1
        return self.generation

    def connect(self) -> None:
        self.up = True
        self.number = round(self.air.now * 1000)
        if self.air.retained is not None:
            self.watch.hear(self.air.retained, retained=True)

    def drop(self) -> None:
        self.number = None

    def session(self) -> int | None:
        return self.number

    def retain(self, topic: str, payload: bytes) -> None:
        self.air.publish(self, payload)


def two(first: Callable[[Air], Post], second: Callable[[Air], Post]) -> tuple[Air, Post, Post]:
    air = Air()
    return air, first(air), second(air)


def test_a_hub_by_itself_is_alone_after_a_while_and_again_after_a_lost_connection() -> None:
    air = Air()
    post = Post(air, 1)
    post.connect()
    air.turn()
    assert not post.watch.alone()
    air.turn(ALONE_S)
    assert post.watch.alone()
    post.drop()
    air.turn(1)
    assert not post.watch.alone()
    post.connect()
    air.turn(ALONE_S - 1)
    air.turn(1)
    assert not post.watch.alone(), "it counts from the connection"


def test_what_a_dead_predecessor_left_stops_nobody() -> None:
    air = Air()
    dead = Post(air, 1)
    dead.connect()
    air.turn()
    air.posts.remove(dead)
    post = Post(air, 2)
    for _ in range(3):
        post.connect()
        air.turn(EVERY_S)
        post.drop()
        air.turn()
    post.connect()
    air.turn(0)
    air.turn(ALONE_S)
    assert post.watch.alone() and post.generation == 1


def test_of_two_that_are_connected_the_later_stops_and_the_other_begins_a_generation() -> None:
    air, first, second = two(lambda air: Post(air, 1), lambda air: Post(air, 2))
    first.connect()
    air.turn()
    air.turn(ALONE_S)
    assert first.watch.alone()
    second.connect()
    with pytest.raises(StandDown, match="larder hub restore"):
        for _ in range(3):
            air.turn(EVERY_S)
    air.posts.remove(second)
    air.turn()
    assert (first.generation, first.watch.alone()) == (2, False)
    air.turn(ALONE_S)
    assert first.watch.alone()


@pytest.mark.parametrize("old_is_earlier", [True, False])
def test_two_that_throw_each_other_out_find_it_out_by_what_stays_behind(old_is_earlier: bool) -> None:
    """One client id: they are never connected together."""
    starts = (1, 2) if old_is_earlier else (2, 1)
    air, old, new = two(lambda air: Post(air, starts[0]), lambda air: Post(air, starts[1]))
    stopped: list[Post] = []
    for one, other in [(old, new), (new, old)] * 3:
        other.drop()
        one.connect()
        for post in (one, other):
            try:
                post.watch.turn()
            except StandDown:
                stopped.append(post)
        if stopped:
            break
        air.now += 1
    assert stopped == [new if old_is_earlier else old]


def test_the_higher_generation_stays_whoever_was_first() -> None:
    air, first, second = two(lambda air: Post(air, 1), lambda air: Post(air, 2, generation=5))
    first.connect()
    air.turn()
    second.connect()
    with pytest.raises(StandDown):
        for _ in range(3):
            air.turn(EVERY_S)
            first.watch.turn()
    assert second.generation in (5, 6)
    second.watch.turn()


def test_another_key_is_another_hub() -> None:
    air, first, second = two(lambda air: Post(air, 1), lambda air: Post(air, 2, key=Key(b"\x06" * 32)))
    assert first.watch.topic != second.watch.topic
    first.connect()
    second.connect()
    for _ in range(6):
        air.turn(EVERY_S)
    assert first.watch.alone() and second.watch.alone()


def test_both_sides_come_to_one_verdict() -> None:
    beacons = [Beacon(OLD, 1, 5, 3), Beacon(NEW, 1, 5, 9), Beacon("c" * 32, 2, 9, 1), Beacon("d" * 32, 1, 4, 1)]
    for one in beacons:
        for other in beacons:
            if one == other:
                continue
            _, mine = fencing.on_beacon(Fence(one, since=0.0), other, live=True, now=1.0)
            _, theirs = fencing.on_beacon(Fence(other, since=0.0), one, live=True, now=1.0)
            assert {mine, theirs} == {Verdict.STAY, Verdict.YIELD}
