"""What several parts of the page are made of."""

from collections.abc import Iterable, Sequence

from larder_hub.web.figures import Language
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.words import MARKS, PAGE, SEVERITY, say


def chip(severity: str, language: Language, *, word: str = "", count: int | None = None, signed: bool = False,
         text: str = "") -> Html:  # fmt: skip
    """A filled label with mark and word; an outline once somebody has signed. `word` names another severity than the one it is
    coloured as, `text` replaces the word."""
    mark = MARKS.get(severity, "")
    said = text or say(SEVERITY, word or severity, language)
    label = " ".join(part for part in (mark, said, None if count is None else str(count)) if part)
    colour = severity if severity in SEVERITY else "alarm"
    return tag("span", label, class_=f"chip {colour}" + (" signed" if signed else ""))


def section(name: str, language: Language, *children: Child, note: str = "") -> Html:
    heading = tag("h2", PAGE[name].in_(language), [tag("small", note)] if note else [], id=name)
    return tag("section", heading, *children, aria_labelledby=name)


def table(columns: Sequence[str], bodies: Iterable[Html], language: Language, caption: str) -> Html:
    """`columns` are keys of PAGE. On a narrow screen each row becomes a card, its cells labelled by `data-label`."""
    head = tag("thead", tag("tr", [tag("th", PAGE[column].in_(language), scope="col") for column in columns]))
    return tag("table", tag("caption", caption, class_="unseen"), head, bodies)


def cell(column: str, language: Language, *children: Child, class_: str = "") -> Html:
    return tag("td", tag("div", *children), data_label=PAGE[column].in_(language), class_=f"{column} {class_}".rstrip())
