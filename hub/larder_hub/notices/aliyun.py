"""Alibaba Cloud SMS: SendSms and QuerySendDetails of 2017-05-25, signed with ACS3.

The `OutId` of a request comes back in its receipt, so that a message whose answer was cut off is found again by it. Receipts are asked
for by number and day (Beijing time), and can be for 30 days.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from larder_hub.notices.cloud import (
    BUSY,
    CLOCK,
    CONTENT,
    KEYS,
    LIMIT,
    MONEY,
    NUMBER,
    TEMPLATE,
    Submitted,
    Verdict,
    lost,
    refused,
)
from larder_hub.notices.figures import BEIJING
from larder_hub.notices.https import Answer, Endpoint, NotReached, Unanswered
from larder_hub.notices.port import Delivery, Failed, Unknown
from larder_hub.notices.signing import acs3, canonical_query
from larder_hub.notices.templates import Filled

VERSION = "2017-05-25"
_PAGE = 50
_STATUS = {1: Delivery.WAITING, 2: Delivery.FAILED, 3: Delivery.DELIVERED}

VERDICTS: dict[str, Verdict] = {
    "isv.BUSINESS_LIMIT_CONTROL": LIMIT,
    "isv.DAY_LIMIT_CONTROL": Verdict("the account's limit for a day is reached: raise it in the console"),
    "isv.MONTH_LIMIT_CONTROL": Verdict("the account's limit for a month is reached: raise it in the console"),
    "isv.MOBILE_NUMBER_ILLEGAL": NUMBER,
    "isv.BLACK_KEY_CONTROL_LIMIT": CONTENT,
    "isv.PARAM_LENGTH_LIMIT": CONTENT,
    "isv.TEMPLATE_PARAMS_ILLEGAL": CONTENT,
    "isv.PARAM_NOT_SUPPORT_URL": CONTENT,
    "isv.SMS_TEMPLATE_ILLEGAL": TEMPLATE,
    "isv.SMS_SIGNATURE_ILLEGAL": TEMPLATE,
    "isv.SMS_SIGN_ILLEGAL": TEMPLATE,
    "isv.TEMPLATE_MISSING_PARAMETERS": TEMPLATE,
    "isv.AMOUNT_NOT_ENOUGH": MONEY,
    "isv.OUT_OF_SERVICE": MONEY,
    "isv.ACCOUNT": KEYS,
    "isp.RAM_PERMISSION_DENY": KEYS,
    "Forbidden": KEYS,
    "InvalidAccessKeyId": KEYS,
    "SignatureDoesNotMatch": KEYS,
    "InvalidTimeStamp": CLOCK,
    "SignatureNonceUsed": BUSY,
    "Throttling": BUSY,
}
"""By the beginning of the error code; from the provider's list of error codes."""

_MAYBE = ("isp.SYSTEM_ERROR", "isp.GATEWAY_TIMEOUT", "InternalError", "ServiceUnavailable")
"""With these nobody knows whether the message was taken."""


class AliyunSms:
    """`signature` as registered, without 【】. Does no I/O of its own beyond the two requests."""

    name = "aliyun"

    def __init__(self, endpoint: Endpoint, key_id: str, secret: str, signature: str, now_ms: Callable[[], int]) -> None:
        self._endpoint, self._key_id, self._secret = endpoint, key_id, secret
        self._signature, self._now_ms = signature, now_ms

    def submit(self, national: str, filled: Filled, reference: str) -> Submitted | Failed | Unknown:
        answer = self._call(
            "SendSms",
            {
                "PhoneNumbers": national,
                "SignName": self._signature,
                "TemplateCode": filled.code,
                "TemplateParam": json.dumps(filled.fields, ensure_ascii=False, separators=(",", ":")),
                "OutId": reference,
            },
        )
        if not isinstance(answer, Answer) or not answer.body.get("Code"):
            return lost(answer)
        code, message = str(answer.body["Code"]), str(answer.body.get("Message", ""))
        if code == "OK":
            return Submitted(str(answer.body.get("BizId") or reference))
        if code.startswith(_MAYBE):
            return Unknown(f"{code}: {message[:120]}")
        return refused(code, message, VERDICTS)

    def receipt(self, national: str, begun_ms: int, id: str, reference: str) -> Delivery:
        query = {
            "PhoneNumber": national,
            "SendDate": datetime.fromtimestamp(begun_ms / 1000, BEIJING).strftime("%Y%m%d"),
            "PageSize": str(_PAGE),
            "CurrentPage": "1",
        }
        answer = self._call("QuerySendDetails", query | ({"BizId": id} if id and id != reference else {}))
        if not isinstance(answer, Answer) or answer.body.get("Code") != "OK":
            return Delivery.UNKNOWN
        mine = [one for one in _details(answer.body) if str(one.get("OutId")) == reference]
        return _STATUS.get(_whole(mine[0].get("SendStatus")), Delivery.UNKNOWN) if mine else Delivery.UNKNOWN

    def _call(self, action: str, query: dict[str, str]) -> Answer | NotReached | Unanswered:
        headers = acs3(self._endpoint.host, action, VERSION, query, self._key_id, self._secret, self._now_ms(),
                       secrets.token_hex(16))  # fmt: skip
        return self._endpoint.post(canonical_query(query), headers, b"")


def _details(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("SmsSendDetailDTOs")
    listed = found.get("SmsSendDetailDTO") if isinstance(found, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _whole(value: object) -> int:
    return int(str(value)) if str(value).isascii() and str(value).isdigit() else 0
