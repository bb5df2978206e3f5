"""The profile of the dead-man's pulse: 1 raises, 0 clears, both at once. No food, no law."""

from larder_core.limits.profile import Clear, LimitProfile, Rule
from larder_core.limits.words import Severity, Side

PULSE = LimitProfile(
    key="pulse",
    title_zh="心跳（不是食品）",
    title_en="Pulse, not food",
    unit="count",
    rules=(Rule(severity=Severity.ALARM, side=Side.HIGH, limit=0.5, hold_s=0.0),),
    clear=Clear(high=0.5, hold_s=0.0),
    source="本系统自检，无法律效力。",
    version=1,
)
"""Apart from PROFILES, whose rows are limits of food and goods."""
