"""/api/pulse: how long ago the pulse last moved at each stage, for watchers on other machines; and the watchers that are missed."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from larder_hub.pulse.state import PulseState
from larder_hub.pulse.watchers import Watchers
from larder_hub.web.api import ERRORS
from larder_hub.web.services import Ailment, Services

router = APIRouter(responses=ERRORS)


class StageModel(BaseModel):
    stage: str = Field(description="ledger, alarms, notices: in the order in which a reading passes them")
    age_ms: int = Field(description="since the pulse last moved here, by the hub's clock")


class WatcherModel(BaseModel):
    name: str
    asked_ago_ms: int = Field(description="since it last asked, or since the hub's start")


class PulseModel(BaseModel):
    program: str = "larder-hub"
    now_ms: int
    broker: bool = Field(description="whether the hub is connected to its broker")
    stages: list[StageModel] = Field(description="empty: no pulse device is registered")
    watchers: list[WatcherModel]


@dataclass(frozen=True)
class PulseDesk:
    """What the route asks."""

    state: PulseState
    watchers: Watchers
    connected: Callable[[], bool]


def missed(watchers: Watchers, now_ms: int) -> list[Ailment]:
    """One ailment for each watcher that does not ask any more."""
    return [
        Ailment("watcher-silent", f"看守机{name}久未来问：中心若停了，没有人会知道，请查看守机",
                f"the watcher {name} does not ask any more: nobody would learn of the hub's death; look after it")
        for name in watchers.silent(now_ms)
    ]  # fmt: skip


@router.get("/api/pulse", tags=["hub"], summary="The dead-man's pulse, stage by stage")
async def pulse(request: Request, watcher: str = Query("", max_length=32)) -> PulseModel:
    """Asked by `larder watch` every 20 seconds. The hub misses a watcher of `[pulse] watchers` that stays away."""
    services: Services = request.app.state.services
    desk, now_ms = services.pulse, services.now_ms()
    if desk is None:
        return PulseModel(now_ms=now_ms, broker=False, stages=[], watchers=[])
    desk.watchers.asked(watcher, now_ms)
    stages = [StageModel(stage=one.stage, age_ms=max(0, now_ms - one.moved_ms)) for one in desk.state.stages()]
    told = [WatcherModel(name=name, asked_ago_ms=age_ms) for name, age_ms in desk.watchers.ages_ms(now_ms).items()]
    return PulseModel(now_ms=now_ms, broker=desk.connected(), stages=stages, watchers=told)
