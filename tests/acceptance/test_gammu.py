"""The SMS path over the real gammu-smsd."""

import pytest

from tests.support.gammu import GammuSmsd, SentSms
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

NUMBER = "13800138000"


@pytest.mark.parametrize(
    "text",
    [
        "【云膳】门源一小 冷藏柜2 温度 9.4℃ 超限 12 分钟，请查看",
        "OK 100% <done> = [SMSBackup000] \"quoted\" 'x'",
        "雪" * 150,  # three parts
    ],
)
def test_a_message_is_sent_and_can_be_read_back(gammu: GammuSmsd, text: str) -> None:
    options = ("-autolen", "400") if len(text) > 70 else ()
    gammu.inject(NUMBER, text, *options)

    def whole() -> list[SentSms]:
        return [sms for sms in gammu.sent() if sms.text == text]

    wait_for(whole, f"{text[:20]!r} in sent/", 30)
    assert gammu.sent() == [SentSms(NUMBER, text)]
