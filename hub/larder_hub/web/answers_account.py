"""The account as the API's shapes; `larder account --json` prints the same."""

from typing import Any

from larder_hub.accounting.completeness import Completeness
from larder_hub.accounting.report import DeviceAccount, Report, Sum
from larder_hub.accounting.sums import Balance
from larder_hub.ledger.account import StreamAccount
from larder_hub.web.figures import percent_of
from larder_hub.web.models_account import (
    AccountModel,
    BalanceModel,
    CompletenessModel,
    DeviceModel,
    LossModel,
    StreamModel,
    SumModel,
)
from larder_hub.web.words import DEVICE_STATE, STREAM_STATE


def account(report: Report) -> AccountModel:
    total = report.total.balance
    return AccountModel(
        **_balance(total),
        now_ms=report.now_ms,
        from_ms=report.period.from_ms,
        to_ms=report.period.to_ms,
        difference=total.difference,
        completeness=_completeness(report.total.completeness),
        counties=[_sum(one) for one in report.counties],
        sites=[_sum(one) for one in report.sites],
        devices=[_device(one) for one in report.devices],
        streams=[_stream(stream) for one in report.devices for stream in one.streams],
    )


def _device(one: DeviceAccount) -> DeviceModel:
    stands = one.standing
    said = DEVICE_STATE[stands.state]
    return DeviceModel(
        device=one.device, site=one.site, county=one.county, state=stands.state, state_zh=said.zh, state_en=said.en,
        heard_ms=stands.heard_ms, silent_since_ms=stands.silent_since_ms, patience_ms=stands.patience_ms,
        streams_closed=stands.closed, streams_forked=stands.forked, balance=BalanceModel(**_balance(one.balance)),
        completeness=_completeness(one.completeness),
    )  # fmt: skip


def _sum(one: Sum) -> SumModel:
    return SumModel(
        id=one.id, county=one.county, name_zh=one.name_zh, name_en=one.name_en, states=dict(one.states),
        balance=BalanceModel(**_balance(one.balance)), completeness=_completeness(one.completeness),
    )  # fmt: skip


def _stream(one: StreamAccount) -> StreamModel:
    said = STREAM_STATE[one.state]
    fields = vars(one) | {"state": one.state, "state_zh": said.zh, "state_en": said.en}
    fields["losses"] = [LossModel(**loss._asdict()) for loss in one.losses]
    return StreamModel.model_validate(fields)


def _balance(one: Balance) -> dict[str, Any]:
    return vars(one) | {"losses": [LossModel(**loss._asdict()) for loss in one.losses]}


def _completeness(one: Completeness) -> CompletenessModel:
    return CompletenessModel(**vars(one), stored=one.stored, percent=percent_of(one.stored, one.due))
