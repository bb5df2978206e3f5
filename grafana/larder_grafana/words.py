"""A text in both languages, Chinese first. Grafana translates its own words, never those of a board."""

from typing import Literal, NamedTuple

Tongue = Literal["zh", "en"]
TONGUES: tuple[Tongue, Tongue] = ("zh", "en")


class Text(NamedTuple):
    zh: str
    en: str

    def of(self, tongue: Tongue) -> str:
        return self.zh if tongue == "zh" else self.en


COUNTY, SITE, PLACE = Text("县", "County"), Text("单位", "Site"), Text("点位", "Place")

SEVERITIES = {"critical": Text("严重", "critical"), "alarm": Text("报警", "alarm"), "warning": Text("预警", "warning")}

STATES = {
    0: ("normal", Text("正常", "normal")),
    1: ("blind", Text("看不见", "blind")),
    2: ("warning", Text("~ 预警", "~ warning")),
    3: ("alarm", Text("! 报警", "! alarm")),
    4: ("critical", Text("!! 严重", "!! critical")),
}
"""`site_now.state`: the colour's meaning, and the word beside it, for colour alone is not enough."""

HANDLING = {
    "unacked": Text("无人签收", "unsigned"),
    "acked": Text("已签收", "signed"),
    "in_progress": Text("处置中", "in progress"),
    "await_review": Text("待复核", "awaiting review"),
}
