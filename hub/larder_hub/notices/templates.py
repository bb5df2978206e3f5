"""The wording as a provider of SMS wants it: templates approved beforehand, and a text taken apart into a template's fields.

A cloud sends no free text: it fills the fields that it is given into a template that somebody approved, which takes days. Here a
template is the wording with the constant link in it and the ticket as one more field. A finished text is matched against them; any
split that matches is right, because the provider puts the same pieces together again: what arrives is the text to the letter.
"""

import re
import string
from typing import Literal, NamedTuple

from larder_hub.notices.characters import clean, gsm_clean, utf16_units
from larder_hub.notices.texts import Language, Letterhead
from larder_hub.notices.wording import PAIRS, TICKETLESS, Kind, Matter, wording

Provider = Literal["aliyun", "tencent"]

MAXIMA = {
    "where": 12, "value": 8, "limit": 8, "peak": 8, "duration": 6, "since": 8, "until": 8, "from": 8, "to": 8, "goods": 2,
    "ban": 3, "severity": 2, "told": 3, "sites": 3, "count": 3, "phone": 12, "ticket": 4,
}  # fmt: skip
"""The most characters of each field in Chinese; `where` is site and place in one."""

VARIABLE_LIMIT: dict[Provider, int] = {"aliyun": 35, "tencent": 20}
"""The most characters that a field of an approved template may carry."""

_EXAMPLES = {
    "where": "刚察民中食堂冷藏柜2", "value": "11.3度", "limit": "8度", "peak": "14.6度", "duration": "62分", "since": "06:10",
    "until": "07:20", "from": "23日22:10", "to": "23:40", "goods": "食品", "ban": "勿上桌", "severity": "报警", "told": "2",
    "sites": "17", "count": "12", "phone": "0970-8640000", "ticket": "4017",
}  # fmt: skip

_LINK = re.compile(r"https?:|www\.|[a-z0-9]\.(cn|com|net)", re.IGNORECASE)
_ANY = {"where": ".{0,40}"}


class Template(NamedTuple):
    """`key` is what the configuration calls it; `content` has its fields in braces and no signature."""

    key: str
    language: Language
    content: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.content) if name)

    def for_provider(self, provider: Provider) -> str:
        """As one pastes it into the provider's form: `${name}` at Alibaba Cloud, `{1}` at Tencent Cloud."""
        marks = {name: f"${{{name}}}" if provider == "aliyun" else f"{{{n}}}" for n, name in enumerate(self.fields, 1)}
        return self.content.format(**marks)

    def example(self) -> str:
        return self.content.format(**{name: _EXAMPLES[name] for name in self.fields})

    def match(self, body: str) -> dict[str, str] | None:
        """The fields with which the template becomes `body`, in their order; None where it cannot."""
        pattern = "".join(
            re.escape(text) + (f"(?P<{name}_>{_ANY.get(name, '.{1,24}?')})" if name else "")
            for text, name, _, _ in string.Formatter().parse(self.content)
        )
        found = re.fullmatch(pattern, body)
        return None if found is None else {name: found[f"{name}_"] for name in self.fields}


def templates(letterhead: Letterhead, language: Language) -> tuple[Template, ...]:
    """Every template there is; kinds that share their words share a template."""
    made: dict[str, Template] = {}
    for kind, matter in PAIRS:
        words = wording(kind, matter)
        text = words.zh if language == "zh" else words.en
        content = text.replace("{from_}", "{from}") + _ending(kind, matter, letterhead, language)
        made.setdefault(content, Template(_key(kind, matter), language, content))
    return tuple(made.values())


def _key(kind: Kind, matter: Matter) -> str:
    return str(kind) if kind in _ONE_FOR_ALL and matter is not Matter.UNACTED else f"{kind}.{matter}"


_ONE_FOR_ALL = (Kind.WORSE, Kind.CAMERA, Kind.ESCALATE, Kind.DRILL, Kind.DEAD_MAN)


def _ending(kind: Kind, matter: Matter, letterhead: Letterhead, language: Language) -> str:
    if kind is Kind.DEAD_MAN:
        return ""
    link = letterhead.link if language == "zh" else gsm_clean(letterhead.link)
    label = "单" if language == "zh" else "No."
    return (f" {link}" if link else "") + ("" if (kind, matter) in TICKETLESS else f" {label}{{ticket}}")


def bare(text: str, letterhead: Letterhead) -> tuple[Language, str]:
    """A finished text without its signature, which the provider puts in front itself."""
    signature = f"【{clean(letterhead.signature)}】"
    if text.startswith(signature):
        return "zh", text.removeprefix(signature)
    return "en", text.removeprefix(f"{gsm_clean(letterhead.signature_en)}: ")


class Filled(NamedTuple):
    """What a provider is given: the code of an approved template and its fields in order."""

    code: str
    fields: dict[str, str]


class ApprovedTemplates:
    """The templates that a provider has approved, by their keys; English ones end in `.en`. Raises ValueError for an unknown key."""

    def __init__(self, letterhead: Letterhead, codes: dict[str, str]) -> None:
        every = {named(one): one for language in _LANGUAGES for one in templates(letterhead, language)}
        if strange := sorted(set(codes) - set(every)):
            raise ValueError(f"{strange[0]!r} is no template; one of {', '.join(every)}")
        self._letterhead, self._codes, self._every = letterhead, codes, every

    def missing(self, language: Language) -> list[str]:
        """The keys that have no code, but for the watchers' own message."""
        return [
            key
            for key, one in self._every.items()
            if one.language == language and key not in self._codes and not key.startswith(str(Kind.DEAD_MAN))
        ]

    def fill(self, text: str) -> Filled | str:
        """The template and fields that give exactly this text; else the key that would be needed, "" where none fits."""
        language, body = bare(text, self._letterhead)
        needed = ""
        for key, template in self._every.items():
            fields = template.match(body) if template.language == language else None
            if fields is not None and key in self._codes:
                return Filled(self._codes[key], fields)
            needed = needed or (key if fields is not None else "")
        return needed


_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def named(template: Template) -> str:
    return template.key if template.language == "zh" else f"{template.key}.en"


def faults(template: Template, provider: Provider, letterhead: Letterhead) -> list[str]:
    """What the provider would refuse, in Chinese and English; empty for a template that can be submitted."""
    found = []
    parts = [(text, name) for text, name, _, _ in string.Formatter().parse(template.content)]
    if any(not text and name for text, name in parts[1:]):
        found.append("两个变量相邻 / two fields stand side by side")
    if len(set(template.fields)) != len(template.fields):
        found.append("变量重复 / a field stands twice")
    limit = VARIABLE_LIMIT[provider]
    found += [
        f"变量 {name} 最长{MAXIMA[name]}字，超过{limit} / field {name} is too long"
        for name in template.fields
        if MAXIMA[name] > limit
    ]
    found += [
        f"变量 {name} 含链接 / field {name} holds a link" for name in template.fields if _LINK.search(_EXAMPLES[name])
    ]
    if "【" in template.content or "】" in template.content:
        found.append("正文含【】 / 【】 belongs to the signature")
    if template.language == "zh" and (units := least_units(template, letterhead)) > 70:
        found.append(f"最短也有{units}字，超过70 / {units} characters even with the shortest place")
    return found


def least_units(template: Template, letterhead: Letterhead) -> int:
    """Characters with every field at its greatest but the place at the least that it is cut to (6)."""
    widths = {name: "字" * (6 if name == "where" else MAXIMA[name]) for name in template.fields}
    return utf16_units(f"【{clean(letterhead.signature)}】" + template.content.format(**widths))
