"""Pure: what was expected against what was found. Every expectation takes one finding, and every finding must be expected."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.trial.run import Message, Outcome
from larder_hub.alarms.trial.shapes import NEVER, AlarmTable, ExpectTable, MessageTable
from larder_hub.alarms.trial.stage import Scene

MINUTE_MS = 60_000
Wanted = TypeVar("Wanted")
Found = TypeVar("Found")


class Pair(NamedTuple, Generic[Wanted, Found]):
    """`differs` names what is not as expected; one side is None where nothing stands against the other."""

    wanted: Wanted | None
    found: Found | None
    differs: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.wanted is not None and self.found is not None and not self.differs


class Verdict(NamedTuple):
    """`alarms` and `messages` is None where the case does not ask."""

    alarms: Sequence[Pair[AlarmTable, Alarm]] | None
    messages: Sequence[Pair[MessageTable, Message]] | None
    undone: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        good = [pair.good for pair in self.alarms or ()] + [pair.good for pair in self.messages or ()]
        return all(good) and not self.undone


def judge(expect: ExpectTable, outcome: Outcome, scene: Scene) -> Verdict:
    keys = {key: name for name, key in scene.points.items()}

    def alarm(wanted: AlarmTable, found: Alarm) -> tuple[str, ...]:
        return _alarm(wanted, found, outcome.reached.get(found.id), scene, keys)

    def message(wanted: MessageTable, found: Message) -> tuple[str, ...]:
        return _message(wanted, found, scene.start_ms)

    return Verdict(
        None if expect.alarms is None else _paired(expect.alarms, outcome.alarms, alarm),
        None if expect.messages is None else _paired(expect.messages, outcome.messages, message),
        tuple(act.text for act in outcome.undone),
    )


def _paired(
    wanted: Sequence[Wanted], found: Sequence[Found], differs: Callable[[Wanted, Found], tuple[str, ...]]
) -> list[Pair[Wanted, Found]]:
    """Exact matches first, then what differs least, so that a table shows the near miss beside what was meant."""
    left = list(range(len(found)))
    chosen: dict[int, tuple[int, tuple[str, ...]]] = {}
    every = [(differs(one, found[n]), m, n) for m, one in enumerate(wanted) for n in left]
    for words, m, n in sorted(every, key=lambda one: (len(one[0]), one[1], one[2])):
        if m not in chosen and n in left and "kind" not in words:
            chosen[m] = (n, words)
            left.remove(n)
    pairs: list[Pair[Wanted, Found]] = []
    for m, one in enumerate(wanted):
        n, words = chosen.get(m, (-1, ()))
        pairs.append(Pair(one, found[n] if m in chosen else None, words))
    return [*pairs, *(Pair(None, found[n]) for n in left)]


def within(expected: int | None, start_ms: int, at_ms: int | None) -> bool:
    """In the minute that begins at the moment expected; anything where none is."""
    return expected is None or (at_ms is not None and 0 <= at_ms - start_ms - expected < MINUTE_MS)


def _alarm(
    wanted: AlarmTable, found: Alarm, reached_ms: int | None, scene: Scene, keys: dict[tuple[str, str], str]
) -> tuple[str, ...]:
    start_ms = scene.start_ms
    name = keys.get((found.device, found.point), found.device)
    never = wanted.cleared == NEVER
    cleared = found.cleared_ms is None if never else within(_moment(wanted.cleared), start_ms, found.cleared_ms)
    asked = {
        "kind": wanted.kind == found.kind,
        "point": wanted.point in (None, name),
        "severity": wanted.severity == found.severity,
        "side": wanted.side in (None, found.side),
        "t0": within(wanted.t0, start_ms, found.t0_ms),
        "raised": within(wanted.raised, start_ms, found.raised_ms),
        "reached": within(wanted.reached, start_ms, reached_ms),
        "cleared": cleared,
        "late": wanted.late in (None, found.late),
    }
    return tuple(word for word, same in asked.items() if not same)


def _moment(cleared: int | str | None) -> int | None:
    return cleared if isinstance(cleared, int) else None


def _message(wanted: MessageTable, found: Message, start_ms: int) -> tuple[str, ...]:
    asked = {
        "to": wanted.to == found.to,
        "at": within(wanted.at, start_ms, found.at_ms),
        "kind": wanted.kind is None or str(wanted.kind) == found.kind,
        "contains": all(text in found.text for text in wanted.contains),
    }
    return tuple(word for word, same in asked.items() if not same)
