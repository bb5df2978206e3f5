"""Everything that the web is given. All of it is asked from the server's one thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from prometheus_client import CollectorRegistry

from larder_core.limits.profiles import SILENCE
from larder_core.limits.silence import SilenceFigures
from larder_hub.accounting.report import EVERYTHING, Report, Scope
from larder_hub.directives.book import Order, Wish
from larder_hub.register.directory import Directory
from larder_hub.requests.answers import Request
from larder_hub.series.port import SeriesReader
from larder_hub.web.ports import AlarmBook, Phones, Shelves

if TYPE_CHECKING:
    from larder_hub.web.pulse import PulseDesk


class Accounts(Protocol):
    """The account of `from_ms <= t < to_ms`, of the last day where nothing is said. Raises FileFailed."""

    def __call__(self, from_ms: int | None = None, to_ms: int | None = None, scope: Scope = EVERYTHING) -> Report: ...


class Ailment(NamedTuple):
    """Why the hub is not well: a word for machines, and what is wrong in both languages."""

    reason: str
    zh: str
    en: str


def _well() -> Sequence[Ailment]:
    return ()


@dataclass(frozen=True)
class Services:
    """`silence` is the unscaled table of the limits; `operator_token` empty means that writing needs none (loopback only)."""

    directory: Callable[[], Directory]
    series: SeriesReader
    alarms: AlarmBook
    account: Accounts
    metrics: CollectorRegistry
    now_ms: Callable[[], int]
    time_scale: float = 1.0
    silence: SilenceFigures = SILENCE
    requests: Callable[[], Sequence[Request]] = tuple
    wishes: Callable[[], Sequence[Wish]] = tuple
    orders: Callable[[int], Sequence[Order]] = lambda most: ()
    ailments: Callable[[], Sequence[Ailment]] = _well
    phones: Phones | None = None
    duty_phone: str = ""
    pulse: "PulseDesk | None" = None
    shelves: Shelves | None = None
    operator_token: str = ""
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
