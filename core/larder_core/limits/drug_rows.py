"""Medicines and vaccines: the defaults, row by row. Limits are applied to each reading as it is, never to a median: their law knows
no averages."""

from larder_core.limits.profile import Clear, LimitProfile
from larder_core.limits.rows import ALARM, CRITICAL, DELAYS, GSP, HOUR, MINUTE, WARNING, above, below
from larder_core.limits.stages import Early
from larder_core.limits.words import Side

DRUG_COLD = LimitProfile(
    key="drug.cold",
    title_zh="药品冷藏柜",
    title_en="Refrigerated medicines",
    unit="Cel",
    rules=(
        above(8.0, WARNING, 5 * MINUTE),
        above(8.0, ALARM, 15 * MINUTE),
        above(8.0, CRITICAL, 60 * MINUTE),
        below(2.0, WARNING, 5 * MINUTE),
        below(2.0, ALARM, 15 * MINUTE),
        below(0.0, CRITICAL, 10 * MINUTE, inclusive=True),
    ),
    clear=Clear(high=7.7, low=2.3, hold_s=10 * MINUTE),
    source=f"《药品经营质量管理规范》：按包装标示的温度储存药品，标示为冷藏的 2℃至8℃。{DELAYS}",
    version=1,
)

DRUG_COOL = LimitProfile(
    key="drug.cool",
    title_zh="药品阴凉区",
    title_en="Medicines, cool storage",
    unit="Cel",
    rules=(above(20.0, WARNING, 30 * MINUTE), above(20.0, ALARM, 2 * HOUR)),
    clear=Clear(high=19.5, hold_s=10 * MINUTE),
    source=f"{GSP}、《中国药典》凡例：阴凉处不超过 20℃。{DELAYS}",
    version=1,
)

DRUG_AMBIENT = LimitProfile(
    key="drug.ambient",
    title_zh="药品常温区",
    title_en="Medicines, room temperature",
    unit="Cel",
    rules=(
        above(30.0, WARNING, 30 * MINUTE),
        above(30.0, ALARM, 2 * HOUR),
        below(10.0, WARNING, 30 * MINUTE),
        below(10.0, ALARM, 2 * HOUR),
    ),
    clear=Clear(high=29.5, low=10.5, hold_s=10 * MINUTE),
    source=f"{GSP}、《中国药典》凡例：常温 10℃至30℃。{DELAYS}",
    version=1,
)

DRUG_HUMIDITY = LimitProfile(
    key="drug.humidity",
    title_zh="药品储存相对湿度",
    title_en="Medicines, relative humidity",
    unit="%RH",
    rules=(
        above(75.0, WARNING, 2 * HOUR),
        above(75.0, ALARM, 12 * HOUR),
        below(35.0, WARNING, 2 * HOUR),
        below(35.0, ALARM, 12 * HOUR),
    ),
    clear=Clear(high=72.0, low=38.0, hold_s=30 * MINUTE),
    source=f"{GSP}：储存药品相对湿度 35% 至 75%。{DELAYS}高原冬季长期低于 35%，干燥一侧只显示、不发短信。",
    version=1,
    board_only=(Side.LOW,),
)

VACCINE = LimitProfile(
    key="vaccine",
    title_zh="疫苗冷藏",
    title_en="Vaccine refrigerator",
    unit="Cel",
    rules=(
        above(8.0, WARNING, 30 * MINUTE),
        above(8.0, CRITICAL, 10 * HOUR),
        below(2.0, WARNING, 30 * MINUTE),
        below(-0.5, CRITICAL, 60 * MINUTE, inclusive=True),
    ),
    clear=Clear(high=7.7, low=2.3, hold_s=10 * MINUTE),
    source="《疫苗管理法》：全程冷链、定时监测；《疫苗储存和运输管理规范》：2℃至8℃；"
    f"WHO PQS E006：高于 8℃ 连续 10 小时、不高于 -0.5℃ 连续 60 分钟。{DELAYS}",
    version=1,
    early=Early(rise=2.0, within_s=10 * MINUTE, above=8.0, hold_s=20 * MINUTE, message=True),
)
