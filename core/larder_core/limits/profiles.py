"""The defaults, as tables. A site may override each, and every override is recorded with its author and reason.

Limits come from the rule that `source` names, given in its sense and not word for word; check the original before quoting it as law.
Delays, clear limits and cumulative budgets are Larder's engineering defaults without legal force: food has thermal mass, a door that
is opened is no incident, and a defrost of up to 45 minutes must not alarm.
"""

from larder_core.limits.faulty import FaultFigures
from larder_core.limits.profile import Clear, LimitProfile, Rule
from larder_core.limits.silence import SilenceFigures
from larder_core.limits.words import Severity, Side

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_WARNING, _ALARM, _CRITICAL = Severity.WARNING, Severity.ALARM, Severity.CRITICAL


def _above(limit: float, severity: Severity, hold_s: float, window_s: float | None = None) -> Rule:
    return Rule(severity=severity, side=Side.HIGH, limit=limit, hold_s=hold_s, window_s=window_s)


def _below(limit: float, severity: Severity, hold_s: float, *, inclusive: bool = False) -> Rule:
    return Rule(severity=severity, side=Side.LOW, limit=limit, hold_s=hold_s, inclusive=inclusive)


_CATERING = "《餐饮服务食品安全操作规范》（国家市场监督管理总局公告 2018 年第 12 号）"
_DELAYS = "延时与恢复值为本系统默认值，无法律效力。"

FRIDGE_FOOD = LimitProfile(
    key="fridge.food",
    title_zh="冷藏柜（食品）",
    title_en="Refrigerator, food",
    unit="Cel",
    rules=(
        _above(8.0, _WARNING, 30 * MINUTE),
        _above(8.0, _ALARM, 60 * MINUTE),
        _above(12.0, _ALARM, 15 * MINUTE),
        _above(8.0, _CRITICAL, 4 * HOUR),
        _above(8.0, _CRITICAL, 4 * HOUR, window_s=DAY),
        _below(0.0, _ALARM, 60 * MINUTE),
    ),
    clear=Clear(high=7.5, low=0.5, hold_s=10 * MINUTE),
    source=f"{_CATERING}：冷藏温度应为 0℃至8℃。{_DELAYS}",
    version=1,
)

FRIDGE_SAMPLE = LimitProfile(
    key="fridge.sample",
    title_zh="留样冷藏柜",
    title_en="Refrigerator, retained food samples",
    unit="Cel",
    rules=(
        _above(8.0, _WARNING, 20 * MINUTE),
        _above(8.0, _ALARM, 40 * MINUTE),
        _above(8.0, _CRITICAL, 2 * HOUR),
    ),
    clear=Clear(high=7.5, hold_s=10 * MINUTE),
    source=f"《学校食品安全与营养健康管理规定》：留样应专柜冷藏 48 小时以上；{_CATERING}：冷藏温度应为 0℃至8℃。{_DELAYS}",
    version=1,
)

FREEZER = LimitProfile(
    key="freezer",
    title_zh="冷冻柜",
    title_en="Freezer",
    unit="Cel",
    rules=(
        _above(-15.0, _WARNING, 60 * MINUTE),
        _above(-12.0, _ALARM, 60 * MINUTE),
        _above(-9.0, _CRITICAL, 2 * HOUR),
    ),
    # The end lies inside the warning limit of -15: one at -13 would end the alarm while the value still asks for a warning.
    clear=Clear(high=-15.5, hold_s=15 * MINUTE),
    source=f"{_CATERING}：冷冻温度宜低于 -12℃；高于 -9℃ 视为解冻风险。{_DELAYS}",
    version=1,
)

STORE_DRY = LimitProfile(
    key="store.dry",
    title_zh="常温库（温度）",
    title_en="Dry store, temperature",
    unit="Cel",
    rules=(
        _above(28.0, _WARNING, 4 * HOUR),
        _above(33.0, _ALARM, 4 * HOUR),
        _below(0.0, _ALARM, 2 * HOUR),
    ),
    clear=Clear(high=27.0, low=1.0, hold_s=30 * MINUTE),
    source=f"《食品安全法》：按照保证食品安全的要求贮存食品，以标签标示的贮存条件为准；国家未统一规定温度，限值取行业惯例。{_DELAYS}",
    version=1,
)

STORE_DRY_HUMIDITY = LimitProfile(
    key="store.dry.humidity",
    title_zh="常温库（相对湿度）",
    title_en="Dry store, relative humidity",
    unit="%RH",
    rules=(_above(70.0, _WARNING, 6 * HOUR), _above(80.0, _ALARM, 12 * HOUR)),
    clear=Clear(high=67.0, hold_s=30 * MINUTE),
    source=f"《食品安全法》：按照保证食品安全的要求贮存食品，保持干燥；国家未统一规定湿度，限值取行业惯例。{_DELAYS}",
    version=1,
)

MEAT_DAIRY = LimitProfile(
    key="meat.dairy",
    title_zh="鲜肉与乳品冷藏",
    title_en="Chilled meat and dairy",
    unit="Cel",
    rules=(
        _above(4.0, _WARNING, 30 * MINUTE),
        _above(5.0, _ALARM, 60 * MINUTE),
        _above(8.0, _CRITICAL, 2 * HOUR),
    ),
    clear=Clear(high=3.5, hold_s=10 * MINUTE),
    source=f"GB 20799《食品安全国家标准 肉和肉制品经营卫生规范》：冷却肉贮存温度 0℃至4℃。{_DELAYS}",
    version=1,
)

DRUG_COLD = LimitProfile(
    key="drug.cold",
    title_zh="药品冷藏柜",
    title_en="Refrigerated medicines",
    unit="Cel",
    rules=(
        _above(8.0, _WARNING, 5 * MINUTE),
        _above(8.0, _ALARM, 15 * MINUTE),
        _above(8.0, _CRITICAL, 60 * MINUTE),
        _below(2.0, _WARNING, 5 * MINUTE),
        _below(2.0, _ALARM, 15 * MINUTE),
        _below(0.0, _CRITICAL, 10 * MINUTE, inclusive=True),
    ),
    clear=Clear(high=7.7, low=2.3, hold_s=10 * MINUTE),
    source=f"《药品经营质量管理规范》：按包装标示的温度储存药品，标示为冷藏的 2℃至8℃。{_DELAYS}",
    version=1,
)

GRAIN_QUASI_LOW = LimitProfile(
    key="grain.quasi-low",
    title_zh="准低温储粮（粮温）",
    title_en="Grain, quasi-low-temperature storage",
    unit="Cel",
    rules=(_above(20.0, _WARNING, DAY), _above(25.0, _ALARM, DAY)),
    clear=Clear(high=19.0, hold_s=DAY),
    source=f"GB/T 29890《粮油储藏技术规范》：准低温储藏平均粮温不高于 20℃，局部最高粮温不高于 25℃。{_DELAYS}",
    version=1,
)

PROFILES: dict[str, LimitProfile] = {
    profile.key: profile
    for profile in (
        FRIDGE_FOOD,
        FRIDGE_SAMPLE,
        FREEZER,
        STORE_DRY,
        STORE_DRY_HUMIDITY,
        MEAT_DAIRY,
        DRUG_COLD,
        GRAIN_QUASI_LOW,
    )
}

SILENCE = SilenceFigures(stale_intervals=3, offline_s=30 * MINUTE, critical_s=4 * HOUR)

SILENCE_STRICT = SilenceFigures(stale_intervals=3, offline_s=30 * MINUTE, critical_s=30 * MINUTE)
"""Medicines and retained samples: an hour without a record breaks what must be proved, so offline is critical at once."""

SENSOR_FAULT = FaultFigures(warning_readings=2, alarm_s=30 * MINUTE, recovery_readings=2)

CAMERA_FAULT = FaultFigures(
    warning_readings=2, alarm_s=30 * MINUTE, critical_s=DAY, recovery_readings=1, zero_fails=True
)
