"""A limit profile with changed figures, as a file that names it: YAML, every mistake with its line.

key: fridge.food
rules:
  - {severity: alarm, side: high, limit: 8, hold: 30m}
  - {severity: critical, side: high, limit: 8, hold: 4h, window: 24h}
clear: {high: 7.5, hold: 10m}

`rules` and `clear` take the place of the profile's; what is left out stays. `larder alarms profile KEY` prints the present one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from larder_core.limits.profile import Clear, LimitProfile, Rule
from larder_core.limits.words import Severity, Side
from larder_hub.alarms.trial.case_file import CaseError, located, read_yaml
from larder_hub.alarms.trial.notation import lapse_text
from larder_hub.alarms.trial.shapes import Lapse, Table

EXAMPLE = "larder alarms profile fridge.food"


class RuleTable(Table):
    severity: Severity
    side: Side
    limit: float
    hold: Lapse
    window: Lapse | None = None
    inclusive: bool = False


class ClearTable(Table):
    hold: Lapse
    high: float | None = None
    low: float | None = None


class ProfileTable(Table):
    key: str
    rules: Annotated[tuple[RuleTable, ...] | None, Field(min_length=1)] = None
    clear: ClearTable | None = None


def read_profile(file: Path, profiles: Mapping[str, LimitProfile]) -> LimitProfile:
    """The profile that the file names, with its figures. Raises CaseError."""
    document, lines = read_yaml(file)
    try:
        table = ProfileTable.model_validate(document)
    except ValidationError as error:
        raise located(file, error, lines, EXAMPLE) from error
    before = profiles.get(table.key)
    if before is None:
        hint = f"one of {', '.join(sorted(profiles))}"
        raise CaseError(file, lines[("key",)], "key", f"there is no limit profile {table.key!r}", hint)
    fields = {name: getattr(before, name) for name in LimitProfile.model_fields}
    try:
        if table.rules is not None:
            fields["rules"] = tuple(map(_rule, table.rules))
        if table.clear is not None:
            fields["clear"] = Clear(high=table.clear.high, low=table.clear.low, hold_s=table.clear.hold / 1000)
        return LimitProfile(**fields)
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise CaseError(file, lines.get(("rules",), 1), "rules", said, EXAMPLE) from error


def _rule(table: RuleTable) -> Rule:
    window_s = None if table.window is None else table.window / 1000
    return Rule(
        severity=table.severity, side=table.side, limit=table.limit, hold_s=table.hold / 1000,
        window_s=window_s, inclusive=table.inclusive,
    )  # fmt: skip


def write_profile(profile: LimitProfile) -> Iterator[str]:
    """The lines of a file that changes nothing yet."""
    yield f"# {profile.title_zh} / {profile.title_en} ({profile.unit})"
    yield f"# {profile.source}"
    yield f"key: {profile.key}"
    yield "rules:"
    for rule in profile.rules:
        window = "" if rule.window_s is None else f", window: {lapse_text(round(rule.window_s * 1000))}"
        also = ", inclusive: true" if rule.inclusive else ""
        hold = lapse_text(round(rule.hold_s * 1000))
        yield f"  - {{severity: {rule.severity}, side: {rule.side}, limit: {rule.limit:g}, hold: {hold}{window}{also}}}"
    ends = [("high", profile.clear.high), ("low", profile.clear.low)]
    told = "".join(f"{word}: {value:g}, " for word, value in ends if value is not None)
    yield f"clear: {{{told}hold: {lapse_text(round(profile.clear.hold_s * 1000))}}}"
