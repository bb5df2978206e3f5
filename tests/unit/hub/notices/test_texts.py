"""Every message is one part, whatever is put into it, and says what its template promises."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_hub.notices.characters import clean, utf16_units
from larder_hub.notices.texts import Facts, Letterhead, Name, SmsText, render
from larder_hub.notices.wording import PAIRS, Kind, Matter

LETTERHEAD = Letterhead()
SITE = Name("刚察民中食堂", "Gangcha Minzu School canteen")
FRIDGE = Name("冷藏柜2", "Fridge 2")
MINUTE = 60_000
AT = 1_795_300_000_000  # 2026-11-22, some Beijing time


def text(kind: Kind, facts: Facts) -> str:
    return render(kind, facts, "zh", LETTERHEAD).text


def test_the_raise_says_what_is_where_how_long_and_what_to_do() -> None:
    facts = Facts(Matter.WARM, SITE, FRIDGE, ticket="4017", value=11.3, limit=8.0, duration_ms=62 * MINUTE)
    said = text(Kind.RAISE, facts)
    assert said == "【海北食安】超温：刚察民中食堂冷藏柜2现11.3度，超8度已62分。请关门、移食品并签收 hbsa.cn/a 单4017"
    assert utf16_units(said) == 60


def test_a_freezer_speaks_of_degrees_below_zero_in_words() -> None:
    facts = Facts(Matter.WARM, SITE, Name("冷冻柜1", ""), ticket="7", value=-9.4, limit=-12.0, duration_ms=80 * MINUTE)
    assert "冷冻柜1现零下9.4度，超零下12度已80分" in text(Kind.RAISE, facts)


def test_the_clear_gives_duration_and_peak() -> None:
    facts = Facts(Matter.WARM, SITE, FRIDGE, ticket="4017", value=5.1, peak=14.6, duration_ms=188 * MINUTE)
    assert text(Kind.CLEARED, facts) == (
        "【海北食安】恢复：刚察民中食堂冷藏柜2现5.1度。超限3时08分，最高14.6度。请补填处置 hbsa.cn/a 单4017"
    )


def test_a_pharmacy_is_not_told_to_move_its_food() -> None:
    facts = Facts(Matter.WARM, SITE, FRIDGE, site_kind="pharmacy", value=9.0, limit=8.0)
    assert "移药品" in text(Kind.RAISE, facts)
    assert "药品停用待查，勿销售" in text(Kind.WORSE, facts)


def test_a_long_place_keeps_its_number_and_a_long_site_its_beginning() -> None:
    facts = Facts(
        Matter.WARM, Name("刚察县民族寄宿制初级中学食堂", ""), Name("烹饪间东侧留样冷藏柜12", ""), value=9.0, limit=8.0
    )
    assert "：刚察县民族寄样冷藏柜12现" in text(Kind.RAISE, facts)


def test_no_cut_parts_a_letter_from_its_mark_or_a_pair() -> None:
    tibetan = "མཚོ་བྱང་བོད་རིགས་རང་སྐྱོང་ཁུལ་སློབ་གྲྭ"
    for name in (tibetan, "𠮷" * 20):
        said = text(Kind.RAISE, Facts(Matter.WARM, Name(name, ""), FRIDGE))
        where = said.split("：", 1)[1].split("冷藏柜2")[0]
        assert name.startswith(where) and where
        following = name[len(where) :][:1]
        assert unicodedata.category(following)[0] != "M"


@pytest.mark.parametrize(
    "bad",
    [
        "没有签名",
        "【海北食安】",
        "【海北食安】含【括号】",
        "【海北食安】火🔥",
        "【海北食安】换\n行",
        "【海】" + "长" * 68,
    ],
)
def test_a_text_that_is_not_one_clean_part_cannot_be_made(bad: str) -> None:
    with pytest.raises(ValueError):
        SmsText(bad, "zh")


def test_the_longest_chinese_text_is_seventy() -> None:
    assert SmsText("【海北食安】" + "长" * 64, "zh")


names = (
    st.text(max_size=40)
    | st.text("刚察县民族中学食堂冷藏柜0123456789", max_size=40)
    | st.text("é🔥𠮷【】\u0f72ཀ️⃣", max_size=30)
)
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-40, 90)
moments = st.integers(0, 4_000_000_000_000)
facts_of_any_kind = st.builds(
    Facts,
    matter=st.just(Matter.WARM),
    site=st.builds(Name, names, names),
    place=st.builds(Name, names, names),
    site_kind=st.sampled_from(["canteen", "pharmacy", "grain-store", ""]),
    ticket=st.text("Y0123456789", max_size=4),
    unit=st.sampled_from(["Cel", "%RH", "/"]),
    value=numbers,
    limit=numbers,
    peak=numbers,
    severity=st.sampled_from(["warning", "alarm", "critical"]),
    duration_ms=st.integers(-1, 10**14),
    began_ms=moments,
    ended_ms=moments,
    now_ms=moments,
    told=st.integers(0, 10**6),
    sites=st.integers(0, 10**6),
    count=st.integers(0, 10**6),
    more=st.integers(0, 10**6),
    phone=st.text("0123456789-", max_size=12),
)
letterheads = st.builds(
    Letterhead,
    signature=st.text("海北食安平台监管", min_size=2, max_size=8),
    link=st.text("abc./", max_size=16),
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
@given(facts=facts_of_any_kind, letterhead=letterheads)
def test_any_field_at_any_length_leaves_one_unbroken_part(
    pair: tuple[Kind, Matter], facts: Facts, letterhead: Letterhead
) -> None:
    kind, matter = pair
    facts = Facts(**(facts.__dict__ | {"matter": matter}))
    chinese = render(kind, facts, "zh", letterhead).text
    assert utf16_units(chinese) <= 70
    assert chinese.count("【") == chinese.count("】") == 1
    chinese.encode("utf-8")
    english = render(kind, facts, "en", letterhead).text
    assert len(english) <= 160
    assert "  " not in chinese.strip()


def at_their_greatest(matter: Matter) -> Facts:
    """Every field at the maximum of the approved templates: site and place together are 12 characters."""
    county = matter is Matter.COUNTY
    site = Name("刚察县", "Gangcha") if county else Name("刚察县民族中学", "Gangcha County Minzu School")
    return Facts(
        matter,
        site,
        Name("", "") if county else Name("冷藏柜02", "Refrigerator 02"),
        ticket="4017",
        value=-18.4,
        limit=-15.0,
        peak=-18.4,
        severity="critical",
        duration_ms=2879 * MINUTE,
        began_ms=AT - 30 * 3_600_000,
        ended_ms=AT,
        now_ms=AT,
        told=12,
        sites=81,
        count=120,
        phone="0970-8640000",
    )


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_at_the_field_maxima_the_whole_place_and_the_link_are_kept(pair: tuple[Kind, Matter]) -> None:
    facts = at_their_greatest(pair[1])
    said = text(pair[0], facts)
    assert utf16_units(said) <= 70
    assert facts.site.zh[:4] in said and facts.place.zh in said
    assert pair[0] is Kind.DEAD_MAN or ("hbsa.cn/a" in said and said.endswith("单4017"))


def test_a_long_signature_and_link_take_the_link_before_the_place() -> None:
    facts = at_their_greatest(Matter.WARM)
    said = render(Kind.RAISE, facts, "zh", Letterhead("海北州食安平台监", "haibei.example/a")).text
    assert "example" not in said and "刚察县民" in said and "冷藏柜02" in said and said.endswith(" 单4017")


def test_a_name_of_nothing_that_may_stand_leaves_a_message_that_can_be_sent() -> None:
    assert clean("🔥️⃣") == ""
    facts = Facts(Matter.WARM, Name("🔥", ""), Name("【】", ""), value=9, limit=8)
    assert text(Kind.RAISE, facts).startswith("【海北食安】超温：现9.0度")


def test_english_has_no_character_that_makes_it_cost_more() -> None:
    facts = Facts(Matter.WARM, SITE, FRIDGE, ticket="4017", value=11.3, limit=8.0, duration_ms=62 * MINUTE)
    assert render(Kind.RAISE, facts, "en", LETTERHEAD).text == (
        "Haibei Food Safety: TOO WARM: Gangcha Minzu School canteen Fridge 2 now 11.3 deg C, over 8 for 62 min. "
        "Shut the door, move the food, sign hbsa.cn/a No.4017"
    )
