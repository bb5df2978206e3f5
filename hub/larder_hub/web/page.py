"""The status page: one look at what is so now. No script is needed, and no value stands without its age."""

from dataclasses import dataclass

from larder_hub.accounting.report import Report
from larder_hub.directives.book import Wish
from larder_hub.register.directory import Directory
from larder_hub.web.figures import Language, clock_text
from larder_hub.web.html import Html, join, tag
from larder_hub.web.now import PlaceNow
from larder_hub.web.page_account import account_section, site_shares
from larder_hub.web.page_alarms import alarms_section, notices_section, shelves_section
from larder_hub.web.page_configs import configs_section
from larder_hub.web.page_parts import chip
from larder_hub.web.page_places import blind, cameras_section, places_section
from larder_hub.web.ports import AlarmView, NoticeView, ShelfView
from larder_hub.web.services import Ailment
from larder_hub.web.words import PAGE, scale_banner

REFRESH_S = 2


@dataclass(frozen=True)
class Glance:
    """All that the page shows, taken at `now_ms`."""

    now_ms: int
    time_scale: float
    directory: Directory
    places: tuple[PlaceNow, ...]
    alarms: tuple[AlarmView, ...]
    notices: tuple[NoticeView, ...]
    account: Report
    ailments: tuple[Ailment, ...] = ()
    wishes: tuple[Wish, ...] = ()
    shelves: tuple[ShelfView, ...] = ()


def status_page(glance: Glance, language: Language) -> str:
    """The whole document. Every text in it is escaped by `tag`."""
    title = PAGE["title"].in_(language)
    body = tag(
        "body",
        _header(glance, language, title),
        tag(
            "main",
            alarms_section(glance.alarms, glance.notices, glance.directory, glance.now_ms, language),
            shelves_section(glance.shelves, language),
            places_section(glance.places, glance.alarms, language, site_shares(glance.account)),
            cameras_section(glance.places, glance.alarms, language),
            account_section(glance.account, language),
            configs_section(glance.wishes, language),
            notices_section(glance.notices, language),
        ),
        tag("footer", tag("a", PAGE["api"].in_(language), href="/openapi.json")),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="refresh", content=str(REFRESH_S)),
        tag("title", title),
        tag("link", rel="stylesheet", href="/style.css"),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="zh-CN" if language == "zh" else "en")


def _header(glance: Glance, language: Language, title: str) -> Html:
    other = "en" if language == "zh" else "zh"
    banners = [tag("p", scale_banner(glance.time_scale, language), class_="banner")] if glance.time_scale != 1 else []
    banners += [
        tag("p", one.zh if language == "zh" else one.en, class_="banner", role="alert") for one in glance.ailments
    ]
    return tag(
        "header",
        tag(
            "div",
            tag("h1", title),
            tag("p", f"{clock_text(glance.now_ms)} {PAGE['updated'].in_(language)}", class_="quiet"),
            tag("a", PAGE["other"].in_(language), href=f"/?lang={other}", hreflang=other, class_="language"),
            class_="top",
        ),
        banners,
        tag("p", _counts(glance, language), class_="counts", aria_label=PAGE["overall"].in_(language)),
    )


def _counts(glance: Glance, language: Language) -> Html:
    open_ = [alarm.severity for alarm in glance.alarms if alarm.visibility == "shown" and alarm.cleared_ms is None]
    counts = [(severity, open_.count(severity)) for severity in ("critical", "alarm", "warning")]
    counts.append(("blind", sum(blind(point) for place in glance.places for point in place.points)))
    return join(
        [chip(severity if count else "normal", language, word=severity, count=count) for severity, count in counts]
    )
