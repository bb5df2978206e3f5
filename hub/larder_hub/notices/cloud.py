"""A cloud's SMS service as a driver. Neither cloud knows a repeated request from a new one, so that everything here is about sending
once: each attempt is journalled before the request, and where the answer is missing the receipt is asked for, never the request
repeated.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from larder_hub.notices.https import Answer, NotReached, Unanswered
from larder_hub.notices.journal import HandOver, HandOverJournal
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown
from larder_hub.notices.templates import ApprovedTemplates, Filled

_MOBILE = re.compile(r"(?:\+?86)?(?P<national>1[3-9][0-9]{9})")


class Submitted(NamedTuple):
    """The cloud took it and calls it `id`."""

    id: str


class CloudApi(Protocol):
    """Two signed requests. `national` is the number's 11 digits. Neither raises."""

    name: str

    def submit(self, national: str, filled: Filled, reference: str) -> Submitted | Failed | Unknown:
        """Hand over a message."""

    def receipt(self, national: str, begun_ms: int, id: str, reference: str) -> Delivery:
        """What became of it; UNKNOWN where the cloud knows nothing of it (yet) or gives no answer."""


class CloudSms:
    """`journal` is a folder of our own."""

    def __init__(self, api: CloudApi, templates: ApprovedTemplates, journal: Path, now_ms: Callable[[], int]) -> None:
        self.name = api.name
        self._api, self._templates, self._journal, self._now_ms = api, templates, HandOverJournal(journal), now_ms

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        """A reference that was handed over before is not handed over again, whatever became of it."""
        number = _MOBILE.fullmatch(phone)
        if number is None:
            return Failed("not a telephone number of the mainland", retry=False, personal=True)
        filled = self._templates.fill(text)
        if isinstance(filled, str):
            why = f"no approved template for {filled}" if filled else "fits no template"
            return Failed(f"{why}: see `larder hub sms templates` and sms.{self.name}.templates", retry=False)
        begun = HandOver(phone, self._now_ms())
        try:
            known = self._journal.kept(reference)
            if known is not None:
                return self._again(known, reference)
            self._journal.keep(reference, begun)
        except (OSError, ValueError) as error:
            return Failed(f"the journal of hand-overs: {error}", retry=True)
        return self._submit(number["national"], filled, reference, begun)

    def status(self, reference: str) -> Delivery:
        try:
            known = self._journal.kept(reference)
        except (OSError, ValueError):
            return Delivery.UNKNOWN
        return Delivery.ABSENT if known is None else self._look(known, reference)

    def _submit(self, national: str, filled: Filled, reference: str, begun: HandOver) -> Accepted | Failed | Unknown:
        outcome = self._api.submit(national, filled, reference)
        if isinstance(outcome, Unknown):
            return outcome
        kept = (
            begun._replace(id=outcome.id) if isinstance(outcome, Submitted) else begun._replace(failed=outcome.reason)
        )
        try:
            self._journal.keep(reference, kept)
        except OSError as error:
            if isinstance(outcome, Submitted):
                return Unknown(f"handed over as {outcome.id}, but the journal cannot be written: {error.strerror}")
        return Accepted(outcome.id) if isinstance(outcome, Submitted) else outcome

    def _again(self, known: HandOver, reference: str) -> Accepted | Failed | Unknown:
        found = self._look(known, reference)
        if found is Delivery.FAILED:
            return Failed(known.failed or "the provider says that it was not delivered", retry=True)
        if known.id or found in (Delivery.WAITING, Delivery.SENT, Delivery.DELIVERED):
            return Accepted(known.id or reference)
        return Unknown("handed over before, and the provider has no receipt yet")

    def _look(self, known: HandOver, reference: str) -> Delivery:
        if known.failed:
            return Delivery.FAILED
        number = _MOBILE.fullmatch(known.phone)
        assert number is not None  # only such numbers are journalled
        found = self._api.receipt(number["national"], known.begun_ms, known.id, reference)
        return Delivery.WAITING if known.id and found is Delivery.UNKNOWN else found


class Verdict(NamedTuple):
    """What an error code means for us."""

    hint: str
    retry: bool = True
    personal: bool = False


CLOCK = Verdict("this machine's clock is wrong: check its time synchronisation")
KEYS = Verdict("check the access key, its file and its permission for SMS")
MONEY = Verdict("the account has no money or no package left")
TEMPLATE = Verdict("signature or template is not approved or not as configured", retry=False)
CONTENT = Verdict("the provider refuses the content of a field", retry=False, personal=True)
NUMBER = Verdict("the provider refuses this number", retry=False, personal=True)
LIMIT = Verdict("the number has had as many messages as the provider allows", personal=True)
BUSY = Verdict("too many requests")


def refused(code: str, message: str, verdicts: dict[str, Verdict]) -> Failed:
    """The longest beginning of `code` that the table has decides; a code that it has not may succeed later."""
    known = max((one for one in verdicts if code.startswith(one)), key=len, default="")
    verdict = verdicts.get(known, Verdict("see the provider's list of error codes"))
    return Failed(f"{code}: {message[:120]} ({verdict.hint})", verdict.retry, verdict.personal)


def lost(answer: Answer | NotReached | Unanswered) -> Failed | Unknown:
    """What an answer that says nothing means: never reached is safe to repeat, all else is not."""
    if isinstance(answer, NotReached):
        return Failed(f"not reached: {answer.reason}", retry=True)
    if isinstance(answer, Unanswered):
        return Unknown(f"no whole answer: {answer.reason}")
    if answer.status in _REFUSED_BEFORE:
        return Failed(f"HTTP {answer.status} from something in front of the provider", retry=True)
    return Unknown(f"HTTP {answer.status} without a word of the provider")


_REFUSED_BEFORE = (401, 403, 404, 407, 413, 429)
"""A request answered so was not worked on; after a 5xx nobody knows."""
