"""What a reply means, and what it may sign."""

import pytest

from larder_hub.notices.replies import Told, Verdict, Yes, decide, read

NOW = 1_795_305_600_000
MINUTE = 60_000


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "回1",
        "回复1",
        "收到",
        "收到。",
        " 1 ",
        "１",
        "已收到!",
        "签收",
        "“1”",
        "收到\r\n",
        "回复 1".replace(" ", ""),
    ],
)
def test_a_plain_yes(text: str) -> None:
    assert read(text) == Yes(None)


@pytest.mark.parametrize(
    "text",
    [
        "1 4017",
        "回1 4017",
        "收到 4017",
        "收到4017",
        "１，４０１７",
        "1 单4017",
        "收到，单号4017",
        "1\n4017",
        "1 No.4017",
    ],
)
def test_a_yes_with_the_ticket(text: str) -> None:
    assert read(text) == Yes(4017)


@pytest.mark.parametrize("text", ["哪个冰箱？", "什么情况", "收到了吗", "1?", "Where is it?"])
def test_a_question_is_kept_and_signs_nothing(text: str) -> None:
    assert read(text) is Verdict.QUESTION


@pytest.mark.parametrize(
    "text",
    ["", "0", "2", "14017", "11", "4017", "不收到", "没收到", "收到收到", "1 4017 4018", "1" * 5000, "收到" + "好" * 300,
     "【中国移动】您的余额不足1元", "1 1234567", "TD", "\x00", "\ufffd", "no 1"],
)  # fmt: skip
def test_anything_else_signs_nothing(text: str) -> None:
    assert read(text) is Verdict.UNCLEAR


def told(n: int, *, ago: int = 10, open: bool = True, ticket: int | None = None) -> Told:
    return Told(f"alarm{n}", n if ticket is None else ticket, NOW - ago * MINUTE, open)


ONE, TWO, SIGNED, LATER = told(1), told(2), told(3, open=False), told(4, ago=-1)


@pytest.mark.parametrize(
    ("ticket", "alarms", "verdict", "alarm"),
    [
        (None, [ONE], "signed", "alarm1"),
        (None, [ONE, SIGNED], "signed", "alarm1"),
        (None, [ONE, TWO], "which", "alarm2"),
        (2, [ONE, TWO], "signed", "alarm2"),
        (9, [ONE, TWO], "not-yours", ""),
        (3, [ONE, SIGNED], "already-signed", "alarm3"),
        (None, [SIGNED], "already-signed", ""),
        (None, [], "none-open", ""),
        (None, [LATER], "too-old", ""),
        (4, [LATER], "too-old", "alarm4"),
        (None, [ONE, LATER], "signed", "alarm1"),
        (7, [told(1, ticket=7, open=False), told(2, ticket=7)], "signed", "alarm2"),
    ],
)
def test_which_alarm_a_yes_signs(ticket: int | None, alarms: list[Told], verdict: str, alarm: str) -> None:
    assert decide(Yes(ticket), alarms, NOW) == (verdict, alarm)


def test_a_reply_within_the_second_of_the_message_counts() -> None:
    assert decide(Yes(None), [Told("a", 1, NOW + 900, open=True)], NOW).verdict is Verdict.SIGNED
