"""Tencent Cloud SMS: SendSms and PullSmsSendStatusByPhoneNumber of 2021-01-11, signed with TC3.

A receipt is found by the serial number that SendSms answered. Where that answer was cut off there is only the session context, which
receipts carry once the provider's support has switched it on for the account: without it such a message stays unknown.
"""

import json
from collections.abc import Callable
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
from larder_hub.notices.https import Answer, Endpoint, NotReached, Unanswered
from larder_hub.notices.port import Delivery, Failed, Unknown
from larder_hub.notices.signing import tc3
from larder_hub.notices.templates import Filled

VERSION = "2021-01-11"
_PAGE = 100
_CLOCKS_DIFFER_S = 300
_STATUS = {"SUCCESS": Delivery.DELIVERED, "FAIL": Delivery.FAILED}

VERDICTS: dict[str, Verdict] = {
    "LimitExceeded.PhoneNumber": LIMIT,
    "LimitExceeded.DeliveryFrequencyLimit": LIMIT,
    "LimitExceeded": Verdict("the application's limit is reached: raise it in the console"),
    "RequestLimitExceeded": BUSY,
    "FailedOperation.InsufficientBalanceInSmsPackage": MONEY,
    "FailedOperation.SignatureIncorrectOrUnapproved": TEMPLATE,
    "FailedOperation.TemplateIncorrectOrUnapproved": TEMPLATE,
    "FailedOperation.TemplateIdNotExist": TEMPLATE,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": TEMPLATE,
    "FailedOperation.TemplateUnapprovedOrNotExist": TEMPLATE,
    "FailedOperation.MissingTemplateToModify": TEMPLATE,
    "FailedOperation.ContainSensitiveWord": CONTENT,
    "InvalidParameterValue.TemplateParameter": CONTENT,
    "FailedOperation.PhoneNumberInBlacklist": NUMBER,
    "InvalidParameterValue.IncorrectPhoneNumber": NUMBER,
    "UnsupportedOperation": KEYS,
    "UnauthorizedOperation": KEYS,
    "AuthFailure": KEYS,
    "AuthFailure.SignatureExpire": CLOCK,
}
"""By the beginning of the error code; from the provider's list of error codes."""

_MAYBE = ("InternalError", "FailedOperation.FailResolvePacket")
"""With these nobody knows whether the message was taken."""


class TencentSms:
    """`signature` as registered, without 【】. Does no I/O of its own beyond the two requests."""

    name = "tencent"

    def __init__(self, endpoint: Endpoint, key_id: str, secret: str, app_id: str, region: str, signature: str,
                 now_ms: Callable[[], int]) -> None:  # fmt: skip
        self._endpoint, self._key_id, self._secret, self._app_id, self._region = (
            endpoint,
            key_id,
            secret,
            app_id,
            region,
        )
        self._signature, self._now_ms = signature, now_ms

    def submit(self, national: str, filled: Filled, reference: str) -> Submitted | Failed | Unknown:
        request = {
            "PhoneNumberSet": [f"+86{national}"],
            "SmsSdkAppId": self._app_id,
            "SignName": self._signature,
            "TemplateId": filled.code,
            "TemplateParamSet": list(filled.fields.values()),
            "SessionContext": reference,
        }
        answer = self._call("SendSms", request)
        said = _response(answer)
        if said is None:
            return lost(answer)
        error = said.get("Error")
        if isinstance(error, dict):
            return _judged(str(error.get("Code", "")), str(error.get("Message", "")))
        each = _listed(said, "SendStatusSet")
        if not each:
            return Unknown("an answer without a status")
        if str(each[0].get("Code")).lower() == "ok":
            return Submitted(str(each[0].get("SerialNo") or reference))
        return _judged(str(each[0].get("Code", "")), str(each[0].get("Message", "")))

    def receipt(self, national: str, begun_ms: int, id: str, reference: str) -> Delivery:
        request = {
            "BeginTime": begun_ms // 1000 - _CLOCKS_DIFFER_S,
            "Offset": 0,
            "Limit": _PAGE,
            "PhoneNumber": f"+86{national}",
            "SmsSdkAppId": self._app_id,
        }
        said = _response(self._call("PullSmsSendStatusByPhoneNumber", request))
        listed = [] if said is None else _listed(said, "PullSmsSendStatusSet")
        mine = [one for one in listed if (id and one.get("SerialNo") == id) or one.get("SessionContext") == reference]
        return _STATUS.get(str(mine[0].get("ReportStatus")), Delivery.UNKNOWN) if mine else Delivery.UNKNOWN

    def _call(self, action: str, request: dict[str, Any]) -> Answer | NotReached | Unanswered:
        body, at_ms = json.dumps(request, ensure_ascii=False).encode(), self._now_ms()
        signed = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": self._endpoint.host,
            "X-TC-Action": action,
        }
        # The method has the action's value in lower case, on the wire it stands as it is.
        authorization = tc3("sms", signed | {"X-TC-Action": action.lower()}, body, self._key_id, self._secret, at_ms)
        headers = signed | {
            "X-TC-Timestamp": str(at_ms // 1000),
            "X-TC-Version": VERSION,
            "X-TC-Region": self._region,
            "Authorization": authorization,
        }
        return self._endpoint.post("", headers, body)


def _judged(code: str, message: str) -> Failed | Unknown:
    if code.startswith(_MAYBE):
        return Unknown(f"{code}: {message[:120]}")
    return refused(code, message, VERDICTS)


def _response(answer: Answer | NotReached | Unanswered) -> dict[str, Any] | None:
    said = answer.body.get("Response") if isinstance(answer, Answer) else None
    return said if isinstance(said, dict) else None


def _listed(said: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = said.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
