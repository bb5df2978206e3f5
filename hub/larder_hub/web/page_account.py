"""The account: due = stored + awaited + declared lost + unexplained, and whose entries are not all here."""

from collections.abc import Sequence

from larder_hub.ledger.account import StreamAccount
from larder_hub.web.balance import balance, remarkable
from larder_hub.web.figures import Language, percent_text
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.page_parts import cell, chip, section, table
from larder_hub.web.words import PAGE

ROWS_SHOWN = 20
_COLUMNS = ("device", "due", "stored", "awaited", "declared", "unexplained", "refused", "state")


def account_section(streams: Sequence[StreamAccount], language: Language) -> Html:
    total = balance(streams)
    complete = percent_text(total.stored, total.due) or PAGE["no-value"].in_(language)

    def sign(text: str) -> Html:
        return tag("i", text)

    line = [
        _term("due", total.due, language), sign("="), _term("stored", total.stored, language),
        sign("+"), _term("awaited", total.awaited, language), sign("+"), _term("declared", total.declared_lost, language),
        sign("+"), _unexplained(total.unexplained, language),
    ]  # fmt: skip
    more: list[Child] = [
        f"{PAGE['complete'].in_(language)} {complete}",
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
        _rows([one for one in streams if remarkable(one)], language),
        note=PAGE["entries"].in_(language),
    )  # fmt: skip


def _term(name: str, count: int, language: Language) -> Html:
    return tag("span", f"{PAGE[name].in_(language)} ", tag("b", f"{count:,}"), class_="term")


def _unexplained(count: int, language: Language) -> Html:
    if not count:
        return _term("unexplained", 0, language)
    return chip("critical", language, text=f"{PAGE['unexplained'].in_(language)} {count:,}")


def _rows(streams: Sequence[StreamAccount], language: Language) -> Child:
    if not streams:
        return tag("p", PAGE["all-held"].in_(language), class_="quiet")
    graver = sorted(
        streams, key=lambda one: (-one.unexplained, -one.unproven, not one.frozen, -one.awaited, -one.declared_lost)
    )
    body = tag("tbody", [_row(one, language) for one in graver[:ROWS_SHOWN]])
    left = len(streams) - ROWS_SHOWN
    return [
        table(_COLUMNS, [body], language, PAGE["account"].in_(language)),
        tag("p", f"+{left}", class_="quiet") if left > 0 else "",
    ]


def _row(one: StreamAccount, language: Language) -> Html:
    def count(name: str, number: int) -> Html:
        return cell(name, language, f"{number:,}", class_="number")

    state: list[Child] = [chip("critical", language, text=PAGE["frozen"].in_(language))] if one.frozen else []
    if one.unproven:
        state.append(chip("critical", language, text=f"{PAGE['unproven'].in_(language)} {one.unproven:,}"))
    if one.ended and not one.frozen:
        state.append(PAGE["ended"].in_(language))
    return tag(
        "tr",
        tag("th", one.device, " ", tag("small", one.stream[:8], class_="quiet"), scope="row"),
        count("due", one.head), count("stored", one.stored), count("awaited", one.awaited),
        count("declared", one.declared_lost),
        cell("unexplained", language, chip("critical", language, text=f"{one.unexplained:,}") if one.unexplained else "0",
             class_="number"),
        count("refused", one.refused),
        cell("state", language, state),
    )  # fmt: skip
