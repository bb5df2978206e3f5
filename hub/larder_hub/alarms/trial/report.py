"""A verdict as a table: what was expected, beside it what was found, and what differs."""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.trial.notation import lapse_text
from larder_hub.alarms.trial.run import Message, Outcome
from larder_hub.alarms.trial.shapes import AlarmTable, MessageTable
from larder_hub.alarms.trial.stage import Scene
from larder_hub.alarms.trial.verdict import Pair, Verdict

NOTHING = "(无 none)"


def table(verdict: Verdict, outcome: Outcome, scene: Scene) -> Iterator[str]:
    """The lines of what is not as expected, and beside it what is: a difference is read best among its like."""
    if verdict.alarms is not None:
        shown = [(one, _wanted_alarm(one.wanted), found_alarm(one.found, outcome, scene)) for one in verdict.alarms]
        yield from _columns("告警 alarms", shown)
    if verdict.messages is not None:
        told = [(one, _wanted_message(one.wanted), found_message(one.found, scene.start_ms)) for one in verdict.messages]  # fmt: skip
        yield from _columns("短信 messages", told)
    for text in verdict.undone:
        yield f"    没有可做的 nothing to do: {text}"


def _columns(
    title: str,
    rows: Sequence[tuple[Pair[AlarmTable, Alarm] | Pair[MessageTable, Message], str, str]],
) -> Iterator[str]:
    if all(pair.good for pair, _, _ in rows):
        return
    head = title + "：预期 expected"
    left = max(width(head), *(width(wanted) for _, wanted, _ in rows)) + 2
    yield f"      {padded(head, left)}实得 found"
    for pair, wanted, found in rows:
        differs = "   ≠ " + ", ".join(pair.differs) if pair.differs else ""
        yield f"    {'  ' if pair.good else '✗ '}{padded(wanted, left)}{found}{differs}"


def _wanted_alarm(wanted: AlarmTable | None) -> str:
    if wanted is None:
        return NOTHING
    moments = [
        ("t0", wanted.t0), ("raised", wanted.raised), ("reached", wanted.reached), ("cleared", wanted.cleared)
    ]  # fmt: skip
    told = [f"{word} {lapse_text(at) if isinstance(at, int) else at}" for word, at in moments if at is not None]
    late = [] if wanted.late is None else ["late" if wanted.late else "not late"]
    return " ".join([*filter(None, (wanted.point, wanted.kind, str(wanted.severity), wanted.side)), *told, *late])


def found_alarm(alarm: Alarm | None, outcome: Outcome, scene: Scene) -> str:
    if alarm is None:
        return NOTHING
    names = {key: name for name, key in scene.points.items()}
    reached_ms = outcome.reached.get(alarm.id, alarm.raised_ms)
    moments = (("t0", alarm.t0_ms), ("raised", alarm.raised_ms), ("reached", reached_ms), ("cleared", alarm.cleared_ms))
    told = " ".join(f"{word} {'never' if at is None else lapse_text(at - scene.start_ms)}" for word, at in moments)
    words = [names.get((alarm.device, alarm.point), alarm.device), alarm.kind, str(alarm.severity), alarm.side]
    return " ".join([*filter(None, words), told, *(["late"] if alarm.late else [])])


def _wanted_message(wanted: MessageTable | None) -> str:
    if wanted is None:
        return NOTHING
    texts = "".join(f" “{text}”" for text in wanted.contains)
    return " ".join(filter(None, (lapse_text(wanted.at), wanted.to, str(wanted.kind or "")))) + texts


def found_message(message: Message | None, start_ms: int) -> str:
    if message is None:
        return NOTHING
    return f"{lapse_text((message.at_ms - start_ms) // 60_000 * 60_000)} {message.to} {message.kind} {message.text}"


def width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, columns: int) -> str:
    return text + " " * max(1, columns - width(text))
