"""What each driver can and what its carrier or provider allows, so that it is known before it is hit."""

from typing import NamedTuple


class Capabilities(NamedTuple):
    """`receipts`: it learns whether the telephone got the message. `per_day`: messages to one number in a day before the provider
    refuses more, None for no such limit; `others`: what else limits it, in Chinese and English."""

    label_zh: str
    label_en: str
    receipts: bool
    per_day: int | None
    others: tuple[str, str] = ("", "")


CARRIER_PER_DAY = 10
"""Carriers hold back more than about ten messages of one sender to a number in a day, whatever the provider allows."""

CAPABILITIES = {
    "file": Capabilities("文件", "files", False, None),
    "gammu-smsd": Capabilities("短信猫", "GSM modem", False, CARRIER_PER_DAY, ("约每5秒一条", "about one in five seconds")),
    "gammu-sql": Capabilities(
        "短信猫（带回执）", "GSM modem with receipts", True, CARRIER_PER_DAY, ("约每5秒一条", "about one in five seconds")
    ),
    "aliyun": Capabilities(
        "阿里云短信", "Alibaba Cloud", True, CARRIER_PER_DAY,
        ("同签名同模板每号每日50条；运营商约10条", "50 a day for sign, template and number; carriers about 10"),
    ),
    "tencent": Capabilities(
        "腾讯云短信", "Tencent Cloud", True, 2,
        ("默认每号每日2条，同内容30秒1条：上线前在控制台调高", "2 a day by default, a text once in 30 s: raise it in the console"),
    ),
    "apprise": Capabilities("群消息", "chat groups", False, None),
}  # fmt: skip
"""Figures: the providers' pages on sending limits, as of 2026; Tencent's default is per number and day."""

_PLAIN = Capabilities("其他通道", "another channel", False, None)


def capabilities(driver: str) -> Capabilities:
    return CAPABILITIES.get(driver, _PLAIN)
