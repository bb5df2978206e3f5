"""A small invented county as the web sees it: good values, bad ones, silence, alarms in every stage, an account with holes.

python -m tests.support.web_world [port]      serve it, to look at the page
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk, Sources
from larder_hub.directories import Registered
from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.spans import Span
from larder_hub.ledger.witness import AbsenceTold, Bracket
from larder_hub.metrics import Metrics
from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Person, Place, Point, Quantity, Site
from larder_hub.register.tenure import FOR_EVER, Tenure
from larder_hub.series.memory import MemorySeries
from larder_hub.web.app import build_web
from larder_hub.web.ports import UNKNOWN_ALARM, Acted, ActView, AlarmView, AttemptView, NoticeView, Refusal
from larder_hub.web.server import WebServer
from larder_hub.web.services import Services
from tests.support.ledger_rows import T0_MS, Rows, readings

NOW_MS = T0_MS + 3_600_000
MINUTE_MS = 60_000


class NoTestimony:
    """A ledger that says nothing of when things are missing."""

    def brackets(self, stream: StreamAccount, spans: Iterable[Span]) -> list[Bracket]:
        return []

    def absences(self) -> list[AbsenceTold]:
        return []


@dataclass
class MemoryAlarmBook:
    """The port over two lists."""

    alarms: list[AlarmView] = field(default_factory=list)
    sent: list[NoticeView] = field(default_factory=list)

    def open(self) -> Sequence[AlarmView]:
        return [one for one in self.alarms if one.cleared_ms is None or one.handling != "closed"]

    def recent(self, limit: int) -> Sequence[AlarmView]:
        return sorted(self.alarms, key=lambda one: -one.raised_ms)[:limit]

    def get(self, id: str) -> AlarmView | None:
        return next((one for one in self.alarms if one.id == id), None)

    def members(self, id: str) -> Sequence[AlarmView]:
        return [one for one in self.alarms if one.inhibited_by == id]

    def acknowledge(self, id: str, actor: str, note: str, now_ms: int) -> Acted | Refusal:
        view = self.get(id)
        if view is None:
            return Refusal(UNKNOWN_ALARM, "没有这个报警", "there is no such alarm")
        if view.handling != "unacked":
            return Refusal("not-from-here", "已签收过", "signed already")
        acted = replace(view, handling="acked", acts=(*view.acts, ActView(now_ms, actor, "ack", note)))
        self.alarms[self.alarms.index(view)] = acted
        return Acted(acted)

    def notices(self, limit: int) -> Sequence[NoticeView]:
        return self.sent[:limit]


def alarm(id: str, site: str, point: str, **fields: object) -> AlarmView:
    usual: dict[str, object] = {
        "id": id,
        "site": site,
        "device": f"{site}-box",
        "point": point,
        "kind": "food",
        "side": "high",
        "severity": "alarm",
        "condition": "active",
        "handling": "unacked",
        "visibility": "shown",
        "since_ms": NOW_MS - 62 * MINUTE_MS,
        "raised_ms": NOW_MS - 2 * MINUTE_MS,
        "cleared_ms": None,
        "value": 11.3,
        "peak": 11.6,
        "limit": 8.0,
        "unit": "Cel",
        "late": False,
        "ticket": id[:4],
    }
    return AlarmView(**(usual | fields))  # type: ignore[arg-type]


def stream(device: str, head: int, **fields: int | bool) -> StreamAccount:
    lacking = sum(int(fields.get(name, 0)) for name in ("awaited", "declared_lost", "unexplained"))
    usual: dict[str, object] = {
        "device": device,
        "stream": "7f3a" * 8,
        "head": head,
        "upto": head,
        "stored": head - lacking,
        "refused": 0,
        "evidence": 0,
        "ranges_stored": (),
        "ranges_refused": (),
        "losses": (),
        "first_heard_ms": NOW_MS - 86_400_000,
        "awaited": 0,
        "declared_lost": 0,
        "unexplained": 0,
        "unproven": 0,
        "readings_stored": (head - lacking) * 60,
        "readings_declared_lost": 0,
        "ranges_awaited": (),
        "ranges_declared_lost": (),
        "ranges_unexplained": (),
        "ranges_unproven": (),
        "heard_ms": NOW_MS,
        "ended": False,
        "frozen": False,
    }
    return StreamAccount(**(usual | fields))  # type: ignore[arg-type]


class World:
    """`services()` is a county with everything that can be wrong in it; change the attributes before to have less."""

    def __init__(self) -> None:
        self.book = MemoryAlarmBook()
        self.metrics = Metrics()
        self.series = MemorySeries(self.metrics)
        self.directory = Directory()
        self.streams: list[StreamAccount] = []
        self.now_ms = NOW_MS

    def services(self, **changed: object) -> Services:
        usual: dict[str, object] = {
            "directory": lambda: self.directory,
            "series": self.series,
            "alarms": self.book,
            "account": self.desk().report,
            "metrics": self.metrics.registry,
            "now_ms": lambda: self.now_ms,
        }
        return Services(**(usual | changed))  # type: ignore[arg-type]

    def desk(self) -> AccountDesk:
        """Everything was registered at T0."""
        sources = Sources(self._registered, lambda: self.streams, NoTestimony(), self.series)
        return AccountDesk(sources, lambda: self.now_ms, SILENCE)

    def _registered(self) -> Registered:
        directory = self.directory
        homes = {device.id: (device.site, device.county) for device in directory.devices.values() if device.in_service}
        due = tuple(
            Tenure(point.device, point.id, *homes[point.device], round(point.period_s * 1000), T0_MS, FOR_EVER)
            for point in directory.points.values()
            if point.device in homes
        )
        counties = {"632224": County("632224", "刚察县", "Gangcha")} if directory.sites else {}
        return Registered(Register(counties, directory), due)

    def furnish(self) -> "World":
        self.directory = county()
        self._say()
        self._alarm()
        self.streams = [
            stream("minzhong-box", 20_511),
            stream("shaliuhe-box", 18_204, awaited=312, heard_ms=NOW_MS - 31 * MINUTE_MS),
            stream("haergai-box", 9_120, declared_lost=7, readings_declared_lost=420),
            stream("quanji-box", 4_811, unexplained=2, ended=True, frozen=True),
            stream("jiermeng-box", 12_001, refused=1),
        ]
        return self

    def _say(self) -> None:
        told: dict[str, list[tuple[str, int | None, str]]] = {
            "minzhong-box": [
                ("fridge-1-t", 42, ""),
                ("fridge-1-rh", 55, ""),
                ("fridge-2-t", 113, ""),
                ("fridge-2-rh", 71, ""),
                ("freezer-1-t", -184, ""),
                ("store-t", 152, ""),
                ("store-rh", 40, ""),
                ("cam-stove", 1, ""),
                ("cam-prep", 0, "refused"),
            ],
            "haergai-box": [("fridge-1-t", None, "disconnected"), ("freezer-1-t", -94, ""), ("cam-stove", 1, "")],
            "jiermeng-box": [("fridge-1-t", 61, ""), ("store-rh", 64, "")],
        }
        age_s = {"minzhong-box": 20, "haergai-box": 5, "jiermeng-box": 55}
        position = 0
        for device, points in told.items():
            rows = Rows(device)
            at_s = (NOW_MS - T0_MS) // 1000 - age_s[device]
            row = rows.batch(
                *[
                    readings(point, (at_s, value, quality), unit=_unit(point), scale=-1 if point.endswith("-t") else 0)
                    for point, value, quality in points
                ]
            )
            position += 1
            self.series.apply([row._replace(position=position)])
        humidity = readings("fridge-1-rh", (1_700, 60), unit="%RH", scale=0)
        old = Rows("shaliuhe-box").batch(readings("fridge-1-t", (1_700, 38)), humidity)
        self.series.apply([old._replace(position=position + 1)])

    def _alarm(self) -> None:
        self.book.alarms = [
            alarm(
                "4017aa00bb11cc22",
                "minzhong",
                "fridge-2-t",
                severity="critical",
                since_ms=NOW_MS - 242 * MINUTE_MS,
                peak=14.6,
            ),
            alarm(
                "4019aa00bb11cc22",
                "haergai",
                "freezer-1-t",
                value=-9.4,
                peak=-9.1,
                limit=-12.0,
                handling="acked",
                since_ms=NOW_MS - 80 * MINUTE_MS,
            ),
            alarm(
                "4023aa00bb11cc22",
                "shaliuhe",
                "",
                kind="silence",
                value=None,
                peak=None,
                limit=None,
                unit="",
                side="",
                since_ms=NOW_MS - 31 * MINUTE_MS,
                condition="active",
            ),
            alarm(
                "4025aa00bb11cc22",
                "minzhong",
                "cam-prep",
                kind="camera",
                value=None,
                peak=None,
                limit=None,
                unit="",
                side="",
                severity="warning",
                since_ms=NOW_MS - 3 * MINUTE_MS,
            ),
            alarm(
                "4031aa00bb11cc22",
                "jiermeng",
                "fridge-1-t",
                severity="alarm",
                condition="cleared",
                handling="await_review",
                cleared_ms=NOW_MS - 30 * MINUTE_MS,
                since_ms=NOW_MS - 218 * MINUTE_MS,
                value=6.1,
                peak=12.9,
                late=True,
            ),
        ]
        text = "【海北食安】超温：刚察民中食堂冷藏柜2现11.3度，超8度已62分。请关门、移食品并签收 hbsa.cn/a 单4017"
        self.book.sent = [
            NoticeView(
                "n3",
                "4017aa00bb11cc22",
                "县局值班",
                "139****9999",
                "escalate",
                text.replace("超温", "升级"),
                "sent",
                NOW_MS - 2 * MINUTE_MS,
            ),
            NoticeView(
                "n2",
                "4023aa00bb11cc22",
                "马建国",
                "139****0002",
                "offline",
                "【海北食安】离线：沙柳河小学食堂自13:34起无数据，柜温未知。请看柜内温度计并签收 hbsa.cn/a 单4023",
                "failed",
                NOW_MS - 20 * MINUTE_MS,
                provider="gammu-smsd",
                attempts=(
                    AttemptView("gammu-smsd", "silent", "no receipt", NOW_MS - 21 * MINUTE_MS),
                    AttemptView("aliyun", "failed", "InvalidTimeStamp", NOW_MS - 20 * MINUTE_MS),
                    AttemptView("notify.duty", "sent", "", NOW_MS - 20 * MINUTE_MS),
                ),
            ),
            NoticeView(
                "n1", "4017aa00bb11cc22", "李春花", "139****0001", "raise", text, "sent", NOW_MS - 182 * MINUTE_MS
            ),
        ]


def _unit(point: str) -> str:
    return {"t": "Cel", "rh": "%RH"}.get(point.rpartition("-")[2], "/")


_NAMES = {
    "minzhong": ("刚察民中食堂", "Gangcha Middle School canteen"),
    "shaliuhe": ("沙柳河小学食堂", "Shaliuhe Primary canteen"),
    "haergai": ("哈尔盖小学食堂", "Haergai Primary canteen"),
    "jiermeng": ("吉尔孟小学食堂", "Jiermeng Primary canteen"),
    "quanji": ("泉吉小学食堂", "Quanji Primary canteen"),
}
_PLACES = {
    "fridge-1": ("冷藏柜1", "Fridge 1"),
    "fridge-2": ("冷藏柜2", "Fridge 2"),
    "freezer-1": ("冷冻柜1", "Freezer 1"),
    "store": ("干货库", "Dry store"),
    "cam-stove": ("灶台", "Stove"),
    "cam-prep": ("切配间", "Preparation room"),
}
_POINTS = {
    "minzhong": [
        "fridge-1-t",
        "fridge-1-rh",
        "fridge-2-t",
        "fridge-2-rh",
        "freezer-1-t",
        "store-t",
        "store-rh",
        "cam-stove",
        "cam-prep",
    ],
    "shaliuhe": ["fridge-1-t", "fridge-1-rh", "freezer-1-t", "cam-stove"],
    "haergai": ["fridge-1-t", "freezer-1-t", "cam-stove"],
    "jiermeng": ["fridge-1-t", "store-rh"],
    "quanji": ["fridge-1-t", "store-t"],
}
_QUANTITIES: dict[str, Quantity] = {"Cel": "temperature", "%RH": "humidity", "/": "camera"}


def county() -> Directory:
    """Five canteens; the last one is closed for the holidays."""
    places: dict[tuple[str, str], Place] = {}
    points: dict[tuple[str, str], Point] = {}
    for site, ids in _POINTS.items():
        for id_ in ids:
            place = id_ if id_ in _PLACES else id_.rpartition("-")[0]
            places.setdefault((site, place), Place(site, place, *_PLACES[place]))
            unit = _unit(id_)
            points[f"{site}-box", id_] = Point(f"{site}-box", id_, place, _QUANTITIES[unit], unit, 60.0, "")
    return Directory(
        sites={site: Site(site, "632224", "canteen", *names) for site, names in _NAMES.items()},
        places=places,
        devices={f"{site}-box": Device(f"{site}-box", "632224", site, "", site != "quanji") for site in _NAMES},
        points=points,
        people={"li-chunhua": Person("li-chunhua", "李春花", "+8613900000001", "zh")},
    )


if __name__ == "__main__":
    app = build_web(World().furnish().services(time_scale=60.0))
    server = WebServer(app, "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0, has_token=False)
    print(f"http://127.0.0.1:{server.bind()}", flush=True)
    server.run(Event())
