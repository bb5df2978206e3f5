"""Line protocol: one line a point in time. Pure; docs/influx.md is the layout that boards rely on.

Only numbers are fields, because VictoriaMetrics stores a text as 0 without a word; what is a word is a tag. Times are milliseconds.
"""

from collections.abc import Mapping

READING, BAD, ALARM, COMPLETENESS = "reading", "reading_bad", "alarm", "completeness"
POINT, SITE, OPEN, METRIC = "point_now", "site_now", "alarm_open", "hub_metric"
MEASUREMENTS = (READING, BAD, ALARM, COMPLETENESS, POINT, SITE, OPEN, METRIC)

_TAG = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\=", "\\": "/", "\n": "\\ ", "\r": "\\ "})
"""A backslash cannot end a tag's value in line protocol, and no name needs one."""


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, str], at_ms: int) -> str:
    """`fields` as `number` and `whole` write them. Tags without a value are left out: line protocol has no empty ones."""
    told = "".join(f",{key}={value.translate(_TAG)}" for key, value in sorted(tags.items()) if value)
    return f"{measurement}{told} {','.join(f'{key}={value}' for key, value in fields.items())} {at_ms}"


def number(value: int, scale: int) -> str:
    """`value * 10**scale` as a field of decimal type, exactly: 112 and -1 are 11.2."""
    if scale >= 0:
        return f"{value * 10**scale}.0"
    digits = f"{abs(value):0{1 - scale}d}"
    return f"{'-' if value < 0 else ''}{digits[:scale]}.{digits[scale:]}"


def whole(count: int) -> str:
    """A field of integer type. A field keeps the type of its first value for ever, so each is always written alike."""
    return f"{count}i"
