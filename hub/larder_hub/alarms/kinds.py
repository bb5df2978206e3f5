"""What an alarm can be about. One list: the judge writes it, routes and texts choose by it, the web shows it."""

from typing import Literal

AlarmKind = Literal[
    "food",
    "early",
    "power",
    "clock",
    "gap",
    "sensor",
    "camera",
    "silence",
    "quarantine",
    "fork",
    "hub",
    "broker",
    "drill",
    "provider",
]
"""`food`: beyond a limit for too long. `early`: rising so fast that it soon will be, always a warning. `power`: mains or battery, by
the point's profile. `clock`: a device's clock, of the whole device (point ""). `gap`: a stretch is missing in a record that must have
none. All but `quarantine` and `fork` begin and end in device time, `clock` in the hub's; `food`, `early` and `power` carry figures."""
