"""The account of one period: devices, and their sums by site, county and whole. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from larder_core.limits.silence import SilenceFigures
from larder_hub.accounting.completeness import Completeness
from larder_hub.accounting.explanation import Interval
from larder_hub.accounting.standing import Standing, State, standing
from larder_hub.accounting.sums import Balance, balance
from larder_hub.ledger.account import StreamAccount
from larder_hub.register.contents import Register
from larder_hub.register.directory import Directory
from larder_hub.register.tenure import Tenure


class Scope(NamedTuple):
    """Which devices an account is about; "" is all of them."""

    county: str = ""
    site: str = ""
    device: str = ""


EVERYTHING = Scope()


@dataclass(frozen=True)
class DeviceAccount:
    """`site` and `county` are empty for a device that the register does not know."""

    device: str
    site: str
    county: str
    standing: Standing
    streams: tuple[StreamAccount, ...]
    balance: Balance
    completeness: Completeness


@dataclass(frozen=True)
class Sum:
    """A site, a county (`id` its code) or the whole (`id` empty). `states` counts its devices."""

    id: str
    county: str
    name_zh: str
    name_en: str
    states: Mapping[State, int]
    balance: Balance
    completeness: Completeness


@dataclass(frozen=True)
class Report:
    """Completeness is of `period`; balances are of all that was ever announced."""

    now_ms: int
    period: Interval
    devices: tuple[DeviceAccount, ...]
    sites: tuple[Sum, ...]
    counties: tuple[Sum, ...]
    total: Sum


class Asked(NamedTuple):
    """When and about what; `figures` in the time of this world."""

    now_ms: int
    period: Interval
    scope: Scope
    figures: SilenceFigures


def report(
    asked: Asked,
    register: Register,
    streams: Iterable[StreamAccount],
    tenures: Iterable[Tenure],
    completeness: Mapping[str, Completeness],
) -> Report:
    """`completeness` is of the devices that were due in the period."""
    spoken: dict[str, list[StreamAccount]] = {}
    for one in streams:
        spoken.setdefault(one.device, []).append(one)
    directory, periods = register.directory, _periods(register.directory)
    devices = tuple(
        DeviceAccount(
            device=device,
            site=home[0],
            county=home[1],
            standing=standing(
                spoken.get(device, ()), periods.get(device), _in_service(directory, device), asked.now_ms, asked.figures
            ),
            streams=tuple(spoken.get(device, ())),
            balance=balance(spoken.get(device, ())),
            completeness=completeness.get(device, Completeness()),
        )
        for device, home in _homes(directory, tenures, {*spoken, *completeness}).items()
        if _within(device, home, asked.scope)
    )
    return Report(
        now_ms=asked.now_ms,
        period=asked.period,
        devices=devices,
        sites=_sums(
            devices, lambda one: one.site, {one.id: Named(one.name_zh, one.name_en) for one in directory.sites.values()}
        ),
        counties=_sums(
            devices, lambda one: one.county, {one.code: Named(*one[1:]) for one in register.counties.values()}
        ),
        total=_sum("", "", Named("", ""), devices),
    )


class Named(NamedTuple):
    zh: str
    en: str


def _periods(directory: Directory) -> dict[str, float]:
    """The period of each device's fastest point, in seconds."""
    periods: dict[str, float] = {}
    for point in directory.points.values():
        periods[point.device] = min(point.period_s, periods.get(point.device, point.period_s))
    return periods


def _in_service(directory: Directory, device: str) -> bool | None:
    known = directory.devices.get(device)
    return None if known is None else known.in_service


def _homes(directory: Directory, tenures: Iterable[Tenure], seen: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(site, county) of every device: of the register, else where it stood when it was last expected, else nowhere."""
    homes = {device.id: (device.site, device.county) for device in directory.devices.values()}
    formerly = {one.device: (one.site, one.county) for one in sorted(tenures, key=lambda one: one.to_ms)}
    for device in sorted(seen):
        homes.setdefault(device, formerly.get(device, ("", "")))
    return homes


def _within(device: str, home: tuple[str, str], scope: Scope) -> bool:
    return all(not wanted or wanted == have for wanted, have in zip(scope, (home[1], home[0], device), strict=True))


def _sums(
    devices: Iterable[DeviceAccount], of: Callable[[DeviceAccount], str], names: Mapping[str, Named]
) -> tuple[Sum, ...]:
    members: dict[str, list[DeviceAccount]] = {}
    for one in devices:
        members.setdefault(of(one), []).append(one)
    return tuple(_sum(id, some[0].county, names.get(id, Named(id, id)), some) for id, some in members.items())


def _sum(id: str, county: str, name: Named, members: Sequence[DeviceAccount]) -> Sum:
    return Sum(
        id=id,
        county=county,
        name_zh=name.zh,
        name_en=name.en,
        states=Counter(one.standing.state for one in members),
        balance=balance(stream for one in members for stream in one.streams),
        completeness=sum((one.completeness for one in members), Completeness()),
    )
