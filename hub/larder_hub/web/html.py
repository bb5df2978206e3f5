"""HTML that cannot be written unescaped: text becomes markup only through `tag`, and `tag` escapes it."""

import re
from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup. Made by `tag` and `join` alone; every other string is text."""

    __slots__ = ()


Child = str | Iterable["Child"]
"""Text (escaped), Html (as it is), or several of them."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, and the marks that turn the direction of writing: unseen, they would rearrange the words and figures beside them."""

_VOID = frozenset({"meta", "link", "br", "input"})


def tag(name: str, /, *children: Child, **attributes: str | None) -> Html:
    """`tag("td", "a < b", class_="late", data_label="...")`: an attribute that is None is left out; `_` in its name is `-`, one at
    its end is dropped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_written(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Child) -> Html:
    """Children one after the other, text escaped."""
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return Html(_written(children))
    return Html("".join(join(child) for child in children))


def _written(text: str) -> str:
    """Text as markup that shows it: what cannot be seen is named, `⟨U+202E⟩`."""
    return escape(_UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text))
