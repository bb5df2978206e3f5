"""The wording as templates: every text that can be sent comes out of one again to the letter, and a provider would take each."""

import pytest
from hypothesis import given

from larder_hub.notices.templates import ApprovedTemplates, Filled, Template, bare, faults, named, templates
from larder_hub.notices.texts import Facts, Letterhead, Name, render
from larder_hub.notices.wording import PAIRS, TICKETLESS, Kind, Matter
from tests.unit.hub.notices.test_texts import at_their_greatest, facts_of_any_kind

LETTERHEAD = Letterhead()
ALL = {named(one): one for language in ("zh", "en") for one in templates(LETTERHEAD, language)}
APPROVED = ApprovedTemplates(LETTERHEAD, {key: key for key in ALL})


def of(pair: tuple[Kind, Matter], facts: Facts) -> Facts:
    """As the hub makes them: what stands for no single alarm has no ticket."""
    return Facts(**(facts.__dict__ | {"matter": pair[1], "ticket": "" if pair in TICKETLESS else facts.ticket or "7"}))


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
@pytest.mark.parametrize("key", ALL)
def test_a_provider_would_take_every_template(key: str, provider: str) -> None:
    assert faults(ALL[key], provider, LETTERHEAD) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_a_text_at_its_greatest_is_filled_into_its_template(pair: tuple[Kind, Matter]) -> None:
    text = render(pair[0], of(pair, at_their_greatest(pair[1])), "zh", LETTERHEAD).text
    filled = APPROVED.fill(text)
    assert isinstance(filled, Filled)
    assert filled.code.startswith(str(pair[0]))
    assert f"【{LETTERHEAD.signature}】" + ALL[filled.code].content.format(**filled.fields) == text
    assert all(len(value) <= 20 for value in filled.fields.values())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
@given(facts=facts_of_any_kind)
def test_whatever_is_filled_in_gives_the_text_to_the_letter(pair: tuple[Kind, Matter], facts: Facts) -> None:
    for language in ("zh", "en"):
        text = render(pair[0], of(pair, facts), language, LETTERHEAD).text  # type: ignore[arg-type]
        filled = APPROVED.fill(text)
        if isinstance(filled, Filled):
            assert ALL[filled.code].content.format(**filled.fields) == bare(text, LETTERHEAD)[1]


def test_a_site_whose_name_holds_words_of_the_template_arrives_to_the_letter() -> None:
    facts = Facts(
        Matter.WARM, Name("现代小学超市", ""), Name("现超柜1", ""), ticket="7", value=9.0, limit=8.0, duration_ms=60_000
    )
    text = render(Kind.RAISE, facts, "zh", LETTERHEAD).text
    filled = APPROVED.fill(text)
    assert isinstance(filled, Filled)
    assert ALL["raise.warm"].content.format(**filled.fields) == text.partition("】")[2]


def test_a_template_that_nobody_approved_is_named() -> None:
    text = render(Kind.RAISE, of((Kind.RAISE, Matter.WARM), at_their_greatest(Matter.WARM)), "zh", LETTERHEAD).text
    assert ApprovedTemplates(LETTERHEAD, {"worse": "SMS_1"}).fill(text) == "raise.warm"
    assert ApprovedTemplates(LETTERHEAD, {}).fill("【海北食安】随便") == ""
    missing = ApprovedTemplates(LETTERHEAD, {"worse": "SMS_1"}).missing("zh")
    assert "raise.warm" in missing and "worse" not in missing and "dead-man" not in missing


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"raise\.hot"):
        ApprovedTemplates(LETTERHEAD, {"raise.hot": "SMS_1"})


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("超温：{where}{value}，请签收", "相邻"),
        ("超温：{where}现{value}，{value}，请签收", "重复"),
        ("【海北食安】超温：{where}，请签收", "签名"),
        ("超温：{where}" + "长" * 60, "超过70"),
    ],
)
def test_what_a_provider_would_refuse_is_said(content: str, fault: str) -> None:
    found = faults(Template("x", "zh", content), "aliyun", LETTERHEAD)
    assert len(found) == 1 and (fault in found[0] or "signature" in found[0])
