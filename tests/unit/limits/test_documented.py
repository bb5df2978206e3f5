"""The table of profiles in docs/alarms.md says what the code says."""

from pathlib import Path

import pytest

from larder_core.limits.profiles import CLOCK, PROFILES

TEXT = (Path(__file__).parents[3] / "docs" / "alarms.md").read_text(encoding="utf-8")
ROWS = {line.split()[1]: line for line in TEXT.splitlines() if line.startswith("| ") and " for " in line}


def lasting(seconds):
    if 0 < seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"


def in_words(rule):
    sign = {"high": ">", "low": "<"}[rule.side] + ("=" if rule.inclusive else "")
    window = "" if rule.window_s is None else f" within {lasting(rule.window_s)}"
    return f"{rule.severity} {sign} {rule.limit:g} for {lasting(rule.hold_s)}{window}"


def stages(profile):
    if profile.service:
        yield f"in hours of {profile.service.use} only"
    if profile.mask:
        yield f"defrost up to {lasting(profile.mask.longest_s)}, below {profile.mask.until:g}"
    if early := profile.early:
        yield (
            f"early: +{early.rise:g} within {lasting(early.within_s)}, above {early.above:g} for {lasting(early.hold_s)}"
        )
    if profile.gap:
        yield f"gap over {lasting(profile.gap.longest_s)} {profile.gap.severity}"
    if profile.cycle:
        yield "peak of each cycle"
    if profile.median > 1:
        yield f"median of {profile.median}"
    if profile.board_only:
        yield f"board only: {', '.join(profile.board_only)}"


@pytest.mark.parametrize("profile", [*PROFILES.values(), CLOCK], ids=lambda profile: profile.key)
def test_row(profile):
    rules, rest = "; ".join(map(in_words, profile.rules)), "; ".join(stages(profile))
    assert ROWS[profile.key] == f"| {profile.key} {profile.title_zh} | {rules} | {rest} |"
