"""What a driver of a modem or of a provider must do. Its owner is the sender."""

from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class Accepted(NamedTuple):
    """The driver has the message and will not lose it; `id` is its own name for it."""

    id: str


class Failed(NamedTuple):
    """The message has not left and will not; `retry`: the same may succeed later; `personal`: it says something about this number or
    text only, and nothing about how the driver is."""

    reason: str
    retry: bool
    personal: bool = False


class Unknown(NamedTuple):
    """It may have left or not: ask `status` before sending again."""

    reason: str


class Delivery(StrEnum):
    """What the driver knows of a reference. Sent: it has left, and that is all that can be known; delivered: a receipt says that the
    telephone has it."""

    ABSENT = "absent"
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class SmsDriver(Protocol):
    """`reference` names one attempt and is the sender's; it is [0-9a-z-]{1,64}. Both calls are bounded in time and never raise:
    whatever a modem, a daemon, a provider or a disk may do is an answer."""

    name: str

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        """Hand over one message. A reference that was handed over before is not sent again."""

    def status(self, reference: str) -> Delivery:
        """What became of a reference, also after a crash of this process in the middle of `send`."""


@runtime_checkable
class Withdraws(Protocol):
    """A driver that can take back what has not left yet."""

    def withdraw(self, reference: str) -> bool:
        """True if it had not left and now never will. Never raises."""


def masked(phone: str) -> str:
    """A number as a log may show it: `138****8000`."""
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}" if len(national) >= 9 else "****"
