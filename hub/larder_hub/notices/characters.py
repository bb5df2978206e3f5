"""What may stand in a message, how long it is, and where a name may be cut.

Lengths are what a modem counts: UTF-16 code units in a Chinese message, septets of the GSM 7-bit alphabet (3GPP TS 23.038) in an
English one. Providers refuse symbols and pictures in a template's fields, so a name keeps letters, digits and plain punctuation.
"""

import unicodedata
from collections.abc import Callable, Iterable

ZH_UNITS = 70
EN_UNITS = 160

# The last three divide syllables and sentences in Tibetan, the other language of the prefecture's signboards.
_PUNCTUATION = frozenset(" -_.,:;!?()/&+%'\"#·、，。：；！？（）《》“”‘’་༌།")
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ENCLOSING = ("Me",)


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def may_stand(char: str) -> bool:
    """Letters, their marks and digits of any script, a plain space, common punctuation. No control, symbol, emoji or bracket 【】."""
    if char in _PUNCTUATION:
        return True
    kind = unicodedata.category(char)
    if kind in _ENCLOSING or unicodedata.name(char, "").startswith("VARIATION SELECTOR"):
        return False
    return kind[0] in "LM" or kind == "Nd"


def clean(text: str) -> str:
    """A name as a message may carry it: composed, only what may stand, single spaces."""
    kept = "".join(
        char if may_stand(char) else " " if char.isspace() else "" for char in unicodedata.normalize("NFC", text)
    )
    kept = " ".join(kept.split())
    while kept and unicodedata.category(kept[0])[0] == "M":
        kept = kept[1:]
    return kept


def gsm_clean(text: str) -> str:
    """A name in the basic GSM alphabet: accents that it lacks are taken off, other characters left out."""
    kept = []
    for char in clean(text):
        kept += (
            [char]
            if char in _GSM_BASIC
            else [part for part in unicodedata.normalize("NFKD", char) if part in _GSM_BASIC]
        )
    return " ".join("".join(kept).split())


def is_gsm(text: str) -> bool:
    return set(text) <= _GSM_BASIC - {"\n", "\r"}


def clusters(text: str) -> list[str]:
    """Characters with the marks that belong to them, which no cut may part (Tibetan stacks, accents)."""
    found: list[str] = []
    for char in text:
        if found and unicodedata.category(char)[0] == "M":
            found[-1] += char
        else:
            found.append(char)
    return found


def head(text: str, limit: int, units: Callable[[str], int]) -> str:
    """As much of the beginning as fits."""
    return "".join(_fitting(clusters(text), limit, units)).rstrip()


def tail(text: str, limit: int, units: Callable[[str], int]) -> str:
    """As much of the end as fits: the number of a fridge stands there."""
    return "".join(reversed(_fitting(reversed(clusters(text)), limit, units))).lstrip()


def _fitting(parts: Iterable[str], limit: int, units: Callable[[str], int]) -> list[str]:
    kept: list[str] = []
    used = 0
    for part in parts:
        used += units(part)
        if used > limit:
            break
        kept.append(part)
    return kept
