"""The shapes of the account. Counts are entries, `readings_*` and completeness readings; instants are ms since 1970 UTC."""

from typing import Annotated

from pydantic import Field

from larder_hub.accounting.standing import State
from larder_hub.ledger.account import StreamState
from larder_hub.web.models import Shape

Ranges = Annotated[list[tuple[int, int]], Field(description="first and last number of each, at most 100 ranges")]
Reasons = dict[str, int]


class LossModel(Shape):
    """What was declared lost for one reason and never came."""

    reason: str
    ranges: int
    entries: int
    readings: int


class BalanceModel(Shape):
    """due = stored + awaited + declared_lost + unexplained, over all that was ever announced."""

    due: Annotated[int, Field(description="how many numbers the devices have announced")]
    stored: int
    awaited: Annotated[int, Field(description="announced, not here yet, and the device still answers for it")]
    declared_lost: int
    unexplained: Annotated[int, Field(description="announced, not here, and nobody answers for it")]
    unproven: Annotated[
        int, Field(description="of ended streams: announced, but no hash leads to what is stored there")
    ]
    refused: Annotated[int, Field(description="of those stored: kept as bytes, their content refused")]
    evidence: Annotated[int, Field(description="other bodies of forks, kept and not counted")]
    readings_stored: int
    readings_declared_lost: int
    losses: list[LossModel]


class CompletenessModel(Shape):
    """Readings that were due in the period by the register, and what became of them:
    due = good + bad + declared_lost + awaited + absent + unheard + unexplained."""

    due: int
    stored: Annotated[int, Field(description="distinct instants that are here, good and bad, never more than were due")]
    percent: Annotated[float | None, Field(description="stored of due, cut at two decimals; null: nothing was due")]
    good: int
    bad: Annotated[Reasons, Field(description="here, but with a quality that says why the value is bad or missing")]
    declared_lost: Annotated[Reasons, Field(description="by reason")]
    awaited: int
    absent: Annotated[Reasons, Field(description="never taken, as the device itself told, by reason")]
    unheard: Annotated[int, Field(description="due since the device was heard last")]
    unexplained: int


class StreamModel(Shape):
    """One stream. head = stored + awaited + declared_lost + unexplained."""

    device: str
    stream: str
    state: Annotated[StreamState, Field(description="current, closed, forked, or restored: known only to the registry")]
    state_zh: str
    state_en: str
    head: Annotated[int, Field(description="the highest number announced")]
    upto: Annotated[int, Field(description="up to here every number is held or declared lost, over verified links")]
    stored: int
    awaited: int
    declared_lost: int
    unexplained: int
    unproven: int
    refused: int
    evidence: int
    readings_stored: int
    readings_declared_lost: int
    losses: list[LossModel]
    ranges_stored: Ranges
    ranges_refused: Ranges
    ranges_awaited: Ranges
    ranges_declared_lost: Ranges
    ranges_unexplained: Ranges
    ranges_unproven: Ranges
    first_heard_ms: Annotated[int | None, Field(description="null: not known, the ledger that knew it was lost")]
    heard_ms: Annotated[int | None, Field(description="when the hub last heard of it; null: not known")]
    ended: bool
    frozen: Annotated[bool, Field(description="two signed statements disagree about one number")]


class DeviceModel(Shape):
    device: str
    site: Annotated[str, Field(description="empty: the register does not know the device")]
    county: str
    state: State
    state_zh: str
    state_en: str
    heard_ms: Annotated[int | None, Field(description="when the hub last heard it; null: never, or not known")]
    silent_since_ms: Annotated[int | None, Field(description="set where the device is silent")]
    patience_ms: Annotated[int, Field(description="how long it may say nothing before it counts as silent")]
    streams_closed: int
    streams_forked: int
    balance: BalanceModel
    completeness: CompletenessModel


class SumModel(Shape):
    """A site, or a county by its code."""

    id: str
    county: str
    name_zh: str
    name_en: str
    states: Annotated[dict[State, int], Field(description="how many of its devices stand how")]
    balance: BalanceModel
    completeness: CompletenessModel


class AccountModel(BalanceModel):
    """The totals. `difference` is due - stored - awaited - declared_lost - unexplained, and 0 unless the account is wrong.
    Completeness is of `from_ms` <= t < `to_ms`, balances are of all that was ever announced."""

    now_ms: int
    from_ms: int
    to_ms: Annotated[int, Field(description="never later than now less the time that a reading may be on its way")]
    difference: int
    completeness: CompletenessModel
    counties: list[SumModel]
    sites: list[SumModel]
    devices: list[DeviceModel]
    streams: list[StreamModel]
