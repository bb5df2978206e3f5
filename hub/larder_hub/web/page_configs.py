"""Devices that do not go by the configuration that the register wants of them. Nothing is shown where all do."""

from collections.abc import Sequence

from larder_hub.directives.book import Wish
from larder_hub.web.figures import Language
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.page_parts import cell, chip, section, table
from larder_hub.web.words import PAGE

ROWS_SHOWN = 20
_COLUMNS = ("device", "wanted", "applied", "state")


def configs_section(wishes: Sequence[Wish], language: Language) -> Child:
    behind = sorted(
        (one for one in wishes if one.standing in ("waiting", "refused")), key=lambda one: (not one.refused, one.device)
    )
    if not behind:
        return ""
    body = tag("tbody", [_row(one, language) for one in behind[:ROWS_SHOWN]])
    return section(
        "configs", language, table(_COLUMNS, [body], language, PAGE["configs"].in_(language)), note=str(len(behind))
    )


def _row(wish: Wish, language: Language) -> Html:
    refused = wish.standing == "refused"
    word = PAGE["config-refused" if refused else "config-waiting"].in_(language)
    return tag(
        "tr",
        tag("th", wish.device, scope="row"),
        cell("wanted", language, str(wish.version), class_="number"),
        cell("applied", language, str(wish.applied), class_="number"),
        cell("state", language, chip("warning" if refused else "blind", language, text=f"{word} {wish.refused}" if refused else word)),
    )  # fmt: skip
