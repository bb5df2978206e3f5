"""A case as what the pipeline takes: a register, entries in the order in which they arrive, and what people do."""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.limits.profiles import PROFILES
from larder_hub.alarms.lanes import Lane
from larder_hub.alarms.trial.notation import MINUTE_MS, Given, lapse_ms, spelt
from larder_hub.alarms.trial.shapes import CaseTable, PersonTable, PointTable, SiteTable
from larder_hub.ledger.rows import LedgerRow
from larder_hub.register.directory import Directory, PointKey
from larder_hub.register.file import UNIT_OF, read_register
from larder_hub.register.refusal import RegisterError

START_MS = 1_795_478_400_000
"""Where a case says nothing: 2026-11-24 08:00 in Beijing, a Tuesday."""

SCALE = -3
DELIVERY_MS = 1_000
"""A reading is in the ledger a second after it was taken."""

PEOPLE = (
    PersonTable(id="zhang", level="site"),
    PersonTable(id="li", level="county"),
    PersonTable(id="wang", level="prefecture"),
)
_QUANTITY = {"Cel": "temperature", "%RH": "humidity"}
_ACT = re.compile(r"(?P<act>[a-z]+)(?: (?P<point>[a-z0-9-]+))? by (?P<person>[a-z0-9-]+)")
ACTS = ("ack",)


class Act(NamedTuple):
    """What a person does at a moment: `ack` signs all open alarms of which this person was told, or those of one point; `alarm`
    names one by its id."""

    at_ms: int
    act: str
    point: str
    person: str
    text: str
    alarm: str = ""


class Refusal(ValueError):
    """What of a case cannot be: where in the case, the problem, the hint."""

    def __init__(self, key: tuple[str | int, ...], problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.key, self.problem, self.hint = key, problem, hint


@dataclass(frozen=True)
class Scene:
    """Everything that happens in a case, in ms of its virtual clock; `rows` and `acts` in order, `lanes` as they stood before."""

    start_ms: int
    end_ms: int
    directory: Directory
    rows: Iterable[LedgerRow]
    acts: tuple[Act, ...]
    points: dict[str, PointKey]
    """The key of a point in the case -> in the register."""
    lanes: tuple[Lane, ...] = ()


def scene(case: CaseTable, folder: Path) -> Scene:
    """`folder` is where the file of cases lies. Raises Refusal, RegisterError."""
    start_ms = START_MS if case.start is None else case.start
    interval_ms = MINUTE_MS if case.interval is None else case.interval
    directory = _register(case, folder, interval_ms)
    points = {key: _found(key, point, directory, case.register_) for key, point in case.points.items()}
    taken = {points[key]: list(_taken(key, point, start_ms, interval_ms)) for key, point in case.points.items()}
    rows = tuple(_rows(taken, directory, start_ms))
    acts = tuple(_acts(case, directory, start_ms))
    told = [one.at_ms for readings in taken.values() for one in readings[-1:]]  # also where they say that nothing comes
    last_ms = max([start_ms, *(row.received_ms for row in rows), *(act.at_ms for act in acts), *told])
    end_ms = last_ms if case.until is None else start_ms + case.until
    return Scene(start_ms, end_ms, directory, rows, acts, points)


# ------------------------------------------------------------------------------------------------ the register


def _register(case: CaseTable, folder: Path, interval_ms: int) -> Directory:
    units = {key: profile.unit for key, profile in PROFILES.items()}
    if case.register_ is not None:
        return read_register(folder / case.register_, units).directory
    tables = _tables(case, interval_ms)
    with tempfile.TemporaryDirectory() as name:  # one way to read a register, with all of its refusals
        file = Path(name) / "register.toml"
        file.write_text(tomli_w.dumps(tables), encoding="utf-8")
        try:
            return read_register(file, units).directory
        except RegisterError as error:
            raise _refused(error) from error


def _refused(error: RegisterError) -> Refusal:
    """What the register says of the tables made here, at the key of the case that they were made from."""
    point = re.search(r"\.point\[([^]]+)\]\.([a-z]+)$", error.key)
    if point:
        return Refusal(("points", point[1], point[2]), error.problem, error.hint)
    word = re.match(r"[a-z]+", error.key)
    key = {"site": "site", "county": "site"}.get(word[0] if word else "", "people")
    return Refusal((key,), f"{error.key} {error.problem}", error.hint)


def _tables(case: CaseTable, interval_ms: int) -> dict[str, Any]:
    site = SiteTable() if case.site is None else case.site
    people = PEOPLE if case.people is None else case.people
    scopes = {"site": site.id, "county": site.county, "prefecture": ""}
    devices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, point in case.points.items():
        devices[point.device].append(_point(key, point, interval_ms))
    places = [
        {"id": key, "name_zh": point.name or key, "name_en": point.name if point.name.isascii() and point.name else key}
        for key, point in case.points.items()
    ]
    return {
        "county": [{"code": site.county, "name_zh": site.county, "name_en": site.county}],
        "site": [
            {
                "id": site.id, "county": site.county, "kind": site.kind, "name_zh": site.name, "name_en": site.name,
                "place": places,
                "hours": [{"use": use, "opens": "00:00", "closes": "24:00"} for use in ("service", "work")],
                "device": [{"id": id, "point": points} for id, points in devices.items()],
            }
        ],
        "person": [
            {"id": one.id, "name": one.id, "phone": f"+861380000{place:04d}", "language": one.language}
            for place, one in enumerate(people)
        ],
        "duty": [{"person": one.id, "level": one.level, "scope": scopes[one.level]} for one in people],
    }  # fmt: skip


def _point(key: str, point: PointTable, interval_ms: int) -> dict[str, Any]:
    profile = PROFILES.get(point.profile)
    other = "power" if point.profile.startswith("power.") else "other"
    quantity = point.quantity or ("temperature" if profile is None else _QUANTITY.get(profile.unit, other))
    unit = UNIT_OF.get(quantity, "/" if profile is None else profile.unit)
    period_s = (point.interval or interval_ms) / 1000
    return {"id": key, "place": key, "quantity": quantity, "unit": unit, "period_s": period_s, "profile": point.profile}


def _found(key: str, point: PointTable, directory: Directory, register: str | None) -> PointKey:
    if register is None:
        return point.device, key
    device, _, id = key.rpartition("/")
    matches = [one for one in directory.points if one[1] == id and device in ("", one[0])]
    if len(matches) != 1:
        problem = f"{register} has {len(matches) or 'no'} such point{'s' if len(matches) > 1 else ''}"
        raise Refusal(("points", key), problem, "name it as device/point")
    return matches[0]


# ------------------------------------------------------------------------------------------------ readings and entries


class Taken(NamedTuple):
    at_ms: int
    arrives_ms: int
    given: Given


def _taken(key: str, point: PointTable, start_ms: int, interval_ms: int) -> Iterator[Taken]:
    step_ms = point.interval or interval_ms
    at_ms = start_ms + point.starts
    for place, part in enumerate(point.parts):
        try:
            readings = spelt(part.readings, step_ms)
        except ValueError as error:
            raise Refusal(("points", key, "readings", place), str(error)) from error
        last_ms = at_ms + (len(readings) - 1) * step_ms
        for given in readings:
            late_ms = last_ms + part.arrives if part.arrives else at_ms
            yield Taken(at_ms, late_ms + DELIVERY_MS, given)
            at_ms += step_ms


def _rows(taken: dict[PointKey, list[Taken]], directory: Directory, start_ms: int) -> Iterator[LedgerRow]:
    """One entry for all that a device takes at one instant and sends together, numbered as taken, in the order of arrival."""
    entries: dict[tuple[str, int, int], list[tuple[str, Given]]] = defaultdict(list)
    for (device, point), readings in taken.items():
        for one in readings:
            if not one.given.silent:
                entries[(device, one.at_ms, one.arrives_ms)].append((point, one.given))
    numbers: dict[str, int] = defaultdict(int)
    sealed = []
    for device, at_ms, arrives_ms in sorted(entries):
        numbers[device] += 1
        content = _batch(device, at_ms, start_ms, entries[device, at_ms, arrives_ms], directory)
        line = write_entry(_stream(device), numbers[device], GENESIS, content)
        sealed.append((arrives_ms, device, numbers[device], line))
    for position, (arrives_ms, device, n, line) in enumerate(sorted(sealed), 1):
        yield LedgerRow(position, device, _stream(device), n, line_hash(line), arrives_ms, line)


def _stream(device: str) -> str:
    return device.encode().hex()[:32].ljust(32, "0")


def _batch(device: str, at_ms: int, start_ms: int, given: list[tuple[str, Given]], directory: Directory) -> Batch:
    series = [
        Series(
            point,
            directory.points[device, point].unit,
            SCALE,
            (Reading(at_ms, None if one.value is None else round(one.value * 10**-SCALE), one.quality),),
        )
        for point, one in given
    ]
    columns = write_columns(series, at_ms)
    return Batch(
        kind="batch", device=device, boot="0a1b2c3d", at=at_ms, up=at_ms - start_ms + 1, clock=("synced", 5),
        total=0, times=columns.times, cols=columns.cols, flaws=columns.flaws,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ people


def _acts(case: CaseTable, directory: Directory, start_ms: int) -> Iterator[Act]:
    found = []
    for key, texts in case.acts.items():
        for text in texts:
            found.append(_act(key, text, directory, start_ms))
    yield from sorted(found)


def _act(key: str, text: str, directory: Directory, start_ms: int) -> Act:
    at = ("acts", key)
    try:
        since_ms = lapse_ms(key.removeprefix("at "))
    except ValueError as error:
        raise Refusal(at, f"{key!r} is no moment", "at 75m: ack by zhang") from error
    match = _ACT.fullmatch(text)
    if match is None or match["act"] not in ACTS:
        raise Refusal(at, f"{text!r} is no act", "ack by zhang, or ack fridge2 by zhang")
    if match["person"] not in directory.people:
        raise Refusal(at, f"there is no person {match['person']!r}", f"one of {', '.join(directory.people)}")
    return Act(start_ms + since_ms, match["act"], match["point"] or "", match["person"], text)
