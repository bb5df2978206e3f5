"""The driver of a trial: it sends nothing and remembers what it was given, and when."""

from typing import NamedTuple

from larder_hub.notices.port import Accepted, Delivery


class Call(NamedTuple):
    """One hand-over, in ms of the virtual clock. `name` is the sender's for this attempt."""

    at_ms: int
    phone: str
    text: str
    name: str


class Telephone:
    """`now_ms` is set by whoever drives the sender."""

    name = "trial"

    def __init__(self) -> None:
        self.now_ms = 0
        self.calls: dict[str, Call] = {}

    def send(self, phone: str, text: str, reference: str) -> Accepted:
        self.calls.setdefault(reference, Call(self.now_ms, phone, text, reference))
        return Accepted(reference)

    def status(self, reference: str) -> Delivery:
        return Delivery.SENT if reference in self.calls else Delivery.ABSENT
