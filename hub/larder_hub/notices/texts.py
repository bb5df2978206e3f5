"""Facts in, a checked text of exactly one part out.

A message longer than one part costs twice and arrives torn, so nothing here can produce one: `{where}` (site and place) takes what
the other fields leave, at most 12 units in Chinese. Where a long signature and link leave it less than 6, the link goes: people
know the page; they must know the place. A name is cut by rule: the place keeps its end, where its number stands, the site its
beginning; never inside a character or between a letter and its mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from larder_hub.config import SmsConfig
from larder_hub.notices import figures
from larder_hub.notices.characters import (
    EN_UNITS,
    ZH_UNITS,
    clean,
    gsm_clean,
    head,
    is_gsm,
    may_stand,
    tail,
    utf16_units,
)
from larder_hub.notices.wording import ALTITUDES, Kind, Matter, goods, wording

Language = Literal["zh", "en"]

WHERE_ZH = 12
PLACE_ZH = 6
LEAST_WHERE_ZH = 6
WHERE_EN = 40
PLACE_EN = 16
LEAST_WHERE_EN = 20


@dataclass(frozen=True)
class SmsText:
    """A text that fits one part. Raises ValueError for any other; whoever makes one need not check again."""

    text: str
    language: Language

    def __post_init__(self) -> None:
        problem = _problem_zh(self.text) if self.language == "zh" else _problem_en(self.text)
        if problem:
            raise ValueError(f"{problem}: {self.text!r}")


def _problem_zh(text: str) -> str:
    signature, closed, body = text.partition("】")
    if not signature.startswith("【") or not closed or not body:
        return "a message begins with its signature in 【】"
    if utf16_units(text) > ZH_UNITS:
        return f"{utf16_units(text)} units, at most {ZH_UNITS} in one part"
    stray = [char for char in signature[1:] + body if not may_stand(char)]
    return f"{stray[0]!r} must not stand in a message" if stray else ""


def _problem_en(text: str) -> str:
    if len(text) > EN_UNITS:
        return f"{len(text)} characters, at most {EN_UNITS} in one part"
    return "" if text and is_gsm(text) else "not in the GSM 7-bit alphabet"


@dataclass(frozen=True)
class Letterhead:
    """What stands on every message: the signature registered with the carrier, and the one fixed link."""

    signature: str = "海北食安"
    link: str = "hbsa.cn/a"
    signature_en: str = "Haibei Food Safety"

    @classmethod
    def of(cls, config: SmsConfig) -> "Letterhead":
        return cls(config.signature, config.link)


class Name(NamedTuple):
    zh: str
    en: str

    def cut(self, language: Language) -> str:
        return clean(self.zh) if language == "zh" else gsm_clean(self.en)


NOWHERE = Name("", "")


@dataclass(frozen=True)
class Facts:
    """What a message may say. Durations are already in the time of the world that the limits belong to.

    `site` may also be a county's name. `more`: how many further places the message stands for. `began_ms` and `ended_ms` are the
    start and end of what happened, `now_ms` when the message was written.
    """

    matter: Matter
    site: Name
    place: Name = NOWHERE
    site_kind: str = "canteen"
    ticket: str = ""
    unit: str = "Cel"
    value: float = 0.0
    limit: float = 0.0
    peak: float = 0.0
    severity: str = "alarm"
    duration_ms: int = 0
    began_ms: int = 0
    ended_ms: int = 0
    now_ms: int = 0
    told: int = 0
    sites: int = 0
    count: int = 0
    more: int = 0
    phone: str = ""


def render(kind: Kind, facts: Facts, language: Language, letterhead: Letterhead) -> SmsText:
    """The text of a notice. Never raises for any names or numbers that the types allow."""
    return SmsText(
        _ZH.written(kind, facts, letterhead) if language == "zh" else _EN.written(kind, facts, letterhead), language
    )


class _Tongue(NamedTuple):
    """How one language fills a template."""

    language: Language
    units: Callable[[str], int]
    limit: int
    where: int
    place: int
    least: int

    def written(self, kind: Kind, facts: Facts, letterhead: Letterhead) -> str:
        before = (
            f"【{clean(letterhead.signature)}】" if self.language == "zh" else f"{gsm_clean(letterhead.signature_en)}: "
        )
        words = wording(kind, facts.matter)
        template = before + (words.zh if self.language == "zh" else words.en)
        fields = self._filled(facts)
        link = letterhead.link if self.language == "zh" else gsm_clean(letterhead.link)
        endings = [self._ending(facts, link, kind), self._ending(facts, "", kind)]
        for ending in endings:
            room = self.limit - self.units(template.format(where="", **fields) + ending)
            if room >= self.least:
                break
        where = self._where(facts, max(0, min(self.where, room)))
        return template.format(where=where, **fields) + ending

    def _ending(self, facts: Facts, link: str, kind: Kind) -> str:
        """Link and ticket; the dead man's message has neither, its sender knows no tickets."""
        if kind is Kind.DEAD_MAN:
            return ""
        label = "单" if self.language == "zh" else "No."
        return (f" {link}" if link else "") + (f" {label}{facts.ticket}" if facts.ticket else "")

    def _where(self, facts: Facts, room: int) -> str:
        site, place = facts.site.cut(self.language), facts.place.cut(self.language)
        more = ""
        if facts.more:
            more = f"等{min(facts.more + 1, 99)}处" if self.language == "zh" else f" and {min(facts.more, 99)} more"
        gap = " " if self.language == "en" and place else ""
        place = tail(place, min(self.place, max(0, room - self.units(more))), self.units)
        rest = gap + place + more
        return head(site, max(0, room - self.units(rest)), self.units) + (rest if self.units(rest) <= room else "")

    def _filled(self, facts: Facts) -> dict[str, object]:
        zh = self.language == "zh"
        number = figures.number_zh if zh else figures.number_en
        duration = figures.duration_zh if zh else figures.duration_en
        moment = figures.moment_zh if zh else figures.moment_en
        dated = figures.day_and_clock_zh if zh else figures.day_and_clock_en
        kept = goods(facts.site_kind)
        long = facts.ended_ms - facts.began_ms >= figures.DAY_MS
        return {
            "value": number(facts.value, facts.unit),
            "limit": number(facts.limit, facts.unit, exact=False),
            "peak": number(facts.peak, facts.unit),
            "duration": duration(facts.duration_ms),
            "since": moment(facts.began_ms, facts.now_ms),
            "until": moment(facts.ended_ms, facts.now_ms),
            "from_": dated(facts.began_ms),
            "to": dated(facts.ended_ms) if long else figures.clock(facts.ended_ms),
            "goods": kept[0] if zh else kept[1],
            "ban": kept[2],
            "severity": ALTITUDES.get(facts.severity, ALTITUDES["alarm"])[0 if zh else 1],
            "told": min(facts.told, 999),
            "sites": min(facts.sites, 999),
            "count": min(facts.count, 999),
            "phone": clean(facts.phone)[:12],
        }


_ZH = _Tongue("zh", utf16_units, ZH_UNITS, WHERE_ZH, PLACE_ZH, LEAST_WHERE_ZH)
_EN = _Tongue("en", len, EN_UNITS, WHERE_EN, PLACE_EN, LEAST_WHERE_EN)
