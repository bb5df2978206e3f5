"""The account: due = stored + awaited + declared lost + unexplained, whose entries are not all here, and who is silent."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from larder_hub.accounting.report import DeviceAccount, Report
from larder_hub.accounting.standing import State
from larder_hub.accounting.sums import Balance, balance, remarkable
from larder_hub.ledger.account import StreamAccount, StreamState
from larder_hub.web.figures import Language, ago_text, percent_text
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.page_parts import cell, chip, section, table
from larder_hub.web.words import DEVICE_STATE, PAGE, STREAM_STATE, say

ROWS_SHOWN = 20
_COLUMNS = ("device", "due", "stored", "awaited", "declared", "unexplained", "refused", "complete", "state")
_QUIET = (State.REPORTING, State.RESTING)
_GRAVE = (State.FORKED, State.UNREGISTERED)


class Row(NamedTuple):
    """A device whose account a person would want to see, and one of its streams; none where the device itself is what matters."""

    device: DeviceAccount
    stream: StreamAccount | None

    @property
    def balance(self) -> Balance:
        return balance([self.stream] if self.stream else [])


def site_shares(report: Report) -> Mapping[str, str | None]:
    """How complete the last day of each site is, as text; None where nothing was due."""
    return {one.id: percent_text(one.completeness.stored, one.completeness.due) for one in report.sites}


def account_section(report: Report, language: Language) -> Html:
    total, complete = report.total.balance, report.total.completeness

    def sign(text: str) -> Html:
        return tag("i", text)

    line = [
        _term("due", total.due, language), sign("="), _term("stored", total.stored, language),
        sign("+"), _term("awaited", total.awaited, language), sign("+"), _term("declared", total.declared_lost, language),
        sign("+"), _unexplained(total.unexplained, language),
    ]  # fmt: skip
    share = percent_text(complete.stored, complete.due) or PAGE["no-value"].in_(language)
    more: list[Child] = [
        f"{PAGE['complete-day'].in_(language)} {share}",
        f"{PAGE['readings'].in_(language)} {total.readings_stored:,}",
        f"{PAGE['readings-lost'].in_(language)} {total.readings_declared_lost:,}",
        f"{PAGE['refused'].in_(language)} {total.refused:,} {PAGE['entries'].in_(language)}",
    ]
    if total.unproven:
        more.append(chip("critical", language, text=f"{PAGE['unproven'].in_(language)} {total.unproven:,}"))
    if total.difference:
        more.append(f"≠ {total.difference:+,}")
    return section(
        "account", language,
        tag("p", line, class_="sum"),
        tag("p", [tag("span", one) for one in more], class_="axes"),
        _rows(list(_remarkable(report)), report.now_ms, language),
        note=PAGE["entries"].in_(language),
    )  # fmt: skip


def _remarkable(report: Report) -> Iterator[Row]:
    for device in report.devices:
        streams = [one for one in device.streams if remarkable(one)]
        yield from (Row(device, one) for one in streams)
        if not streams and device.standing.state not in _QUIET:
            yield Row(device, device.streams[-1] if device.streams else None)


def _term(name: str, count: int, language: Language) -> Html:
    return tag("span", f"{PAGE[name].in_(language)} ", tag("b", f"{count:,}"), class_="term")


def _unexplained(count: int, language: Language) -> Html:
    if not count:
        return _term("unexplained", 0, language)
    return chip("critical", language, text=f"{PAGE['unexplained'].in_(language)} {count:,}")


def _rows(rows: Sequence[Row], now_ms: int, language: Language) -> Child:
    if not rows:
        return tag("p", PAGE["all-held"].in_(language), class_="quiet")
    body = tag("tbody", [_row(one, now_ms, language) for one in sorted(rows, key=_gravity)[:ROWS_SHOWN]])
    left = len(rows) - ROWS_SHOWN
    return [
        table(_COLUMNS, [body], language, PAGE["account"].in_(language)),
        tag("p", f"+{left}", class_="quiet") if left > 0 else "",
    ]


def _gravity(row: Row) -> tuple[object, ...]:
    stream = row.stream
    if stream is None:
        return (0, 0, True, row.device.standing.state in _QUIET, 0, 0)
    quiet = row.device.standing.state in _QUIET
    return (-stream.unexplained, -stream.unproven, not stream.frozen, quiet, -stream.awaited, -stream.declared_lost)


def _row(row: Row, now_ms: int, language: Language) -> Html:
    def count(name: str, number: int) -> Html:
        return cell(name, language, f"{number:,}", class_="number")

    one, complete = row.balance, row.device.completeness
    name = row.stream.stream[:8] if row.stream else ""
    return tag(
        "tr",
        tag("th", row.device.device, " ", tag("small", name, class_="quiet"), scope="row"),
        count("due", one.due), count("stored", one.stored), count("awaited", one.awaited),
        count("declared", one.declared_lost),
        cell("unexplained", language, chip("critical", language, text=f"{one.unexplained:,}") if one.unexplained else "0",
             class_="number"),
        count("refused", one.refused),
        cell("complete", language, percent_text(complete.stored, complete.due) or PAGE["no-value"].in_(language),
             class_="number"),
        cell("state", language, list(_state(row, now_ms, language))),
    )  # fmt: skip


def _state(row: Row, now_ms: int, language: Language) -> Iterator[Child]:
    """A device that is silent, a stream that was closed and a fork are different things, and said in different words."""
    stands, stream = row.device.standing, row.stream
    if stream is not None and stream.state is StreamState.FORKED:
        yield chip("critical", language, text=say(STREAM_STATE, stream.state, language))
    if stream is not None and stream.unproven:
        yield chip("critical", language, text=f"{PAGE['unproven'].in_(language)} {stream.unproven:,}")
    if stream is not None and stream.state in (StreamState.CLOSED, StreamState.RESTORED):
        yield tag("span", f"{PAGE['stream'].in_(language)} {say(STREAM_STATE, stream.state, language)}")
    if stands.state is State.REPORTING or (stands.state is State.FORKED and stream is not None and stream.frozen):
        return
    word = say(DEVICE_STATE, stands.state, language)
    if stands.silent_since_ms is not None:
        word = f"{word} {ago_text(now_ms - stands.silent_since_ms, language)}"
    if stands.state is State.RESTING:
        yield tag("span", word, class_="quiet")
    else:
        yield chip("critical" if stands.state in _GRAVE else "blind", language, text=word)
