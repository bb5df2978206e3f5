"""How a row of the defaults is written: durations, the two kinds of rule, and the sources that several rows share."""

from larder_core.limits.profile import Rule
from larder_core.limits.words import Severity, Side

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

WARNING, ALARM, CRITICAL = Severity.WARNING, Severity.ALARM, Severity.CRITICAL

CATERING = "《餐饮服务食品安全操作规范》（国家市场监督管理总局公告 2018 年第 12 号）"
GSP = "《药品经营质量管理规范》"
GRAIN = "GB/T 29890《粮油储藏技术规范》"
DELAYS = "延时与恢复值为本系统默认值，无法律效力。"
OWN = "限值、延时与恢复值为本系统默认值，无法律效力。"


def above(limit: float, severity: Severity, hold_s: float, *, within_s: float | None = None) -> Rule:
    return Rule(severity=severity, side=Side.HIGH, limit=limit, hold_s=hold_s, window_s=within_s)


def below(
    limit: float, severity: Severity, hold_s: float, *, within_s: float | None = None, inclusive: bool = False
) -> Rule:
    return Rule(severity=severity, side=Side.LOW, limit=limit, hold_s=hold_s, window_s=within_s, inclusive=inclusive)
