"""Routes as data: which alarm goes to which level first, who hears next when nobody answers, and how often. Pure.

A register's own routes come before the defaults of the hub; of both the first that fits an alarm is its route.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, get_args

Level = Literal["site", "grid", "county", "prefecture", "leader"]
"""单位, 网格员, 县值班, 州值班, 领导: who hears one after another."""

LEVELS: tuple[Level, ...] = get_args(Level)

GROUPING_MIN = 5
"""Messages about one thing are repeated in multiples of it."""


class Route(NamedTuple):
    """`kind`, `profile` and `side` are patterns (`*`), `severity` a word or `*`.

    `to`: the levels that hear at once; nobody: the board only. `then`: those that hear one after another, each `escalate_min` after
    the one before while nobody has signed, and `act_min` after the signature while nobody acts and the value is still beyond its
    limit. `least`: so many people hear, or the next level too. `repeat_min`: told again to all who heard until somebody signs;
    0: once. Minutes are those of the limits. `digest`: "weekly", not told singly but on Monday morning, as a count.
    """

    kind: str
    severity: str
    profile: str = "*"
    side: str = "*"
    to: tuple[Level, ...] = ()
    then: tuple[Level, ...] = ()
    least: int = 1
    escalate_min: int = 30
    act_min: int = 120
    repeat_min: int = 0
    digest: str = ""

    @property
    def name(self) -> str:
        return "/".join((self.kind, self.severity, self.profile, self.side))

    def fits(self, kind: str, severity: str, profile: str, side: str) -> bool:
        pairs = ((kind, self.kind), (severity, self.severity), (profile, self.profile), (side, self.side))
        return all(fnmatchcase(one, pattern) for one, pattern in pairs)


BOARD = Route("*", "*")
"""Of these nobody is told: a message asks for an act."""

OURS: tuple[Level, ...] = ("prefecture", "leader")

DEFAULTS: tuple[Route, ...] = (
    Route("quarantine", "*"),
    Route("fork", "*"),
    *(Route("clock", severity, to=("county",), digest="weekly") for severity in ("warning", "alarm")),
    Route("clock", "*"),
    Route("gap", "*"),
    Route("early", "warning", to=("site",)),  # where the profile says so; a mild word, which goes no further
    Route("provider", "*"),  # until its message has words of its own
    *(Route(kind, "*", to=("prefecture",), then=("leader",)) for kind in ("hub", "broker")),
    Route("food", "alarm", "drug.*humidity", "low", to=("site",), digest="weekly"),  # winters here are dry, every day
    Route("food", "alarm", "drug.*humidity"),
    Route("*", "critical", "drug.cold", to=("site", "grid", "county"), then=OURS, least=3,
          escalate_min=15, act_min=60, repeat_min=60),
    Route("*", "alarm", "drug.cold", to=("site",), then=("grid", "county", *OURS), least=3),
    *(Route(kind, "critical", to=("site", "grid", "county"), then=OURS, escalate_min=15, repeat_min=240)
      for kind in ("silence", "sensor", "camera")),
    Route("*", "critical", to=("site", "grid", "county"), then=OURS, escalate_min=15, act_min=60, repeat_min=60),
    Route("*", "alarm", to=("site",), then=("grid", "county", *OURS)),
    BOARD,
)  # fmt: skip
"""Times: 15 and 30 minutes by severity, for warnings 120 where a register tells of them. Medicines: three people hear (GSP)."""


def route_of(routes: Iterable[Route], kind: str, severity: str, profile: str = "", side: str = "") -> Route:
    """The first that fits; the board alone where none does."""
    fitting = (one for one in (*routes, *DEFAULTS) if one.fits(kind, severity, profile, side))
    return next(fitting, BOARD)
