"""Alibaba Cloud's and Tencent Cloud's SMS on this machine: the wire formats of their documents, answered over HTTP or HTTPS.

It checks each request's signature over exactly what arrived, keeps the messages, and on demand fails as the real ones do: `faults`
holds what the next SendSms requests meet, in turn:

  limit, throttle, money, clock, keys, template   the provider's own error answers
  500, html, 429                                  something in between answers, the message is not taken
  cut, hang, cut-taken, hang-taken                the answer is cut off or never comes; `-taken`: the message was taken all the same
"""

import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from larder_hub.notices.signing import acs3, tc3

KEY_ID, SECRET = "testid", "testsecret"

ALIYUN_ERRORS = {
    "limit": (200, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"),
    "throttle": (400, "Throttling.User", "Request was denied due to user flow control."),
    "money": (200, "isv.AMOUNT_NOT_ENOUGH", "账户余额不足"),
    "clock": (400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."),
    "keys": (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    "template": (200, "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"),
}
TENCENT_ERRORS = {
    "throttle": ("RequestLimitExceeded", "Your current request times equals to `3000` in a second"),
    "clock": ("AuthFailure.SignatureExpire", "The provided credentials are expired"),
    "keys": ("AuthFailure.SecretIdNotFound", "The SecretId is not found"),
}
TENCENT_STATUS = {
    "limit": ("LimitExceeded.PhoneNumberDailyLimit", "the number of sms messages sent from a single number exceeds"),
    "money": ("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance in SMS package"),
    "template": ("FailedOperation.TemplateIncorrectOrUnapproved", "template is not approved"),
}


class Taken(NamedTuple):
    """One message as the provider has it."""

    phone: str
    signature: str
    code: str
    fields: list[tuple[str, str]]
    reference: str
    id: str


class SmsCloud:
    """`provider` is aliyun or tencent; `certificate` and `key` make it HTTPS. `receipts` by reference: 1 waiting, 2 failed, 3 ok."""

    def __init__(self, provider: str, certificate: Path | None = None, key: Path | None = None) -> None:
        self.provider = provider
        self.taken: list[Taken] = []
        self.receipts: dict[str, int] = {}
        self.faults: list[str] = []
        self.deaf = False
        self.requests = 0
        self.context = True
        self.bad_signatures = 0
        self._over = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://localhost:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "SmsCloud":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def wait(self) -> None:
        self._over.wait(20)

    def take(self, taken: Taken) -> None:
        self.taken.append(taken)
        self.receipts.setdefault(taken.reference, 1)


def _handler(cloud: SmsCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            cloud.requests += 1
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            action = self.headers.get("x-acs-action") or self.headers.get("X-TC-Action") or ""
            query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            if not (_aliyun_signed(self.headers, query) if cloud.provider == "aliyun" else _tencent_signed(self, body)):
                cloud.bad_signatures += 1
                self._say(400, {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched."})
                return
            sending = action == "SendSms"
            fault = "hang" if cloud.deaf else (cloud.faults.pop(0) if sending and cloud.faults else "")
            words = json.loads(body) if body else {}
            if sending and (not fault or fault.endswith("-taken")):
                cloud.take(_aliyun_taken(cloud, query) if cloud.provider == "aliyun" else _tencent_taken(cloud, words))
            if fault.startswith("hang"):
                cloud.wait()
                self.close_connection = True
            elif fault.startswith("cut"):
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"Code":"O')
                self.close_connection = True
            elif fault in ("500", "429"):
                self._say(int(fault), None)
            elif fault == "html":
                self._say(200, None)
            elif cloud.provider == "aliyun":
                self._aliyun(action, query, fault)
            else:
                self._tencent(action, words, fault)

        def _aliyun(self, action: str, query: dict[str, str], fault: str) -> None:
            if fault:
                status, code, message = ALIYUN_ERRORS[fault]
                self._say(status, {"Code": code, "Message": message, "RequestId": "F655A8D5"})
            elif action == "SendSms":
                done = {"Code": "OK", "Message": "OK", "RequestId": "873043ac", "BizId": cloud.taken[-1].id}
                self._say(200, done)
            else:
                mine = [one for one in cloud.taken if one.phone == query["PhoneNumber"]]
                if "BizId" in query:
                    mine = [one for one in mine if one.id == query["BizId"]]
                details = [
                    {"SendStatus": cloud.receipts[one.reference], "OutId": one.reference, "PhoneNum": one.phone,
                     "TemplateCode": one.code, "SendDate": "2026-11-24 15:16:17", "Content": "【海北食安】..."}
                    for one in mine
                ]  # fmt: skip
                self._say(200, {"Code": "OK", "Message": "OK", "TotalCount": len(details),
                                "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}})  # fmt: skip

        def _tencent(self, action: str, words: dict[str, Any], fault: str) -> None:
            if fault in TENCENT_ERRORS:
                code, message = TENCENT_ERRORS[fault]
                self._say(200, {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "a0aabda6"}})
                return
            if action == "SendSms":
                code, message = TENCENT_STATUS.get(fault, ("Ok", "send success"))
                number = words["PhoneNumberSet"][0]
                each = {"SerialNo": "" if fault else cloud.taken[-1].id, "PhoneNumber": number, "Fee": 0 if fault else 1,
                        "SessionContext": words["SessionContext"], "Code": code, "Message": message, "IsoCode": "CN"}  # fmt: skip
                self._say(200, {"Response": {"SendStatusSet": [each], "RequestId": "a0aabda6"}})
                return
            rows = [
                {"UserReceiveTime": 1_795_305_600, "CountryCode": "86", "SubscriberNumber": one.phone,
                 "PhoneNumber": f"+86{one.phone}", "SerialNo": one.id, "Description": "DELIVRD",
                 "ReportStatus": {2: "FAIL", 3: "SUCCESS"}[cloud.receipts[one.reference]],
                 "SessionContext": one.reference if cloud.context else ""}
                for one in cloud.taken if f"+86{one.phone}" == words["PhoneNumber"] and cloud.receipts[one.reference] != 1
            ]  # fmt: skip
            self._say(200, {"Response": {"PullSmsSendStatusSet": rows, "RequestId": "a0aabda6"}})

        def _say(self, status: int, content: dict[str, Any] | None) -> None:
            body = b"<html>oops</html>" if content is None else json.dumps(content, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _aliyun_signed(headers: Any, query: dict[str, str]) -> bool:
    from datetime import UTC, datetime

    at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    expected = acs3(headers["Host"], headers["x-acs-action"], "2017-05-25", query, KEY_ID, SECRET,
                    round(at.timestamp() * 1000), headers["x-acs-signature-nonce"])  # fmt: skip
    return bool(headers["Authorization"] == expected["Authorization"])


def _tencent_signed(request: BaseHTTPRequestHandler, body: bytes) -> bool:
    headers = request.headers
    signed = {"Content-Type": str(headers["Content-Type"]), "Host": str(headers["Host"]),
              "X-TC-Action": str(headers["X-TC-Action"]).lower()}  # fmt: skip
    expected = tc3("sms", signed, body, KEY_ID, SECRET, int(str(headers["X-TC-Timestamp"])) * 1000)
    return bool(headers["Authorization"] == expected)


def _aliyun_taken(cloud: SmsCloud, query: dict[str, str]) -> Taken:
    fields = list(json.loads(query["TemplateParam"]).items())
    number = f"90{len(cloud.taken)}^0"
    return Taken(query["PhoneNumbers"], query["SignName"], query["TemplateCode"], fields, query["OutId"], number)


def _tencent_taken(cloud: SmsCloud, words: dict[str, Any]) -> Taken:
    fields = [(str(n), value) for n, value in enumerate(words["TemplateParamSet"], 1)]
    return Taken(words["PhoneNumberSet"][0].removeprefix("+86"), words["SignName"], words["TemplateId"], fields,
                 words["SessionContext"], f"5000:{len(cloud.taken)}")  # fmt: skip
