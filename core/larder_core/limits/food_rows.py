"""Places where food is kept, held and served: the defaults, row by row."""

from larder_core.limits.profile import Clear, LimitProfile
from larder_core.limits.rows import (
    ALARM,
    CATERING,
    CRITICAL,
    DAY,
    DELAYS,
    HOUR,
    MINUTE,
    OWN,
    WARNING,
    above,
    below,
)
from larder_core.limits.stages import Cycle, Early, Gap, Mask, Service

FRIDGE_FOOD = LimitProfile(
    key="fridge.food",
    title_zh="冷藏柜（食品）",
    title_en="Refrigerator, food",
    unit="Cel",
    rules=(
        above(8.0, WARNING, 30 * MINUTE),
        above(8.0, ALARM, 60 * MINUTE),
        above(12.0, ALARM, 15 * MINUTE),
        above(8.0, CRITICAL, 4 * HOUR),
        above(8.0, CRITICAL, 4 * HOUR, within_s=DAY),
        below(0.0, ALARM, 60 * MINUTE),
    ),
    clear=Clear(high=7.5, low=0.5, hold_s=10 * MINUTE),
    source=f"{CATERING}：冷藏温度应为 0℃至8℃。{DELAYS}",
    version=2,
    early=Early(rise=1.0, within_s=3 * HOUR, above=8.0, hold_s=22 * MINUTE, message=True),
)

FRIDGE_SAMPLE = LimitProfile(
    key="fridge.sample",
    title_zh="留样冷藏柜",
    title_en="Refrigerator, retained food samples",
    unit="Cel",
    rules=(
        above(8.0, WARNING, 20 * MINUTE),
        above(8.0, ALARM, 40 * MINUTE),
        above(8.0, CRITICAL, 2 * HOUR),
    ),
    clear=Clear(high=7.5, hold_s=10 * MINUTE),
    source=f"《学校食品安全与营养健康管理规定》：留样应专柜冷藏 48 小时以上；{CATERING}：冷藏温度应为 0℃至8℃。{DELAYS}",
    version=2,
    early=Early(rise=1.0, within_s=3 * HOUR, above=8.0, hold_s=16 * MINUTE, message=True),
    gap=Gap(longest_s=60 * MINUTE, life_s=48 * HOUR, severity=CRITICAL),
)

FREEZER = LimitProfile(
    key="freezer",
    title_zh="冷冻柜",
    title_en="Freezer",
    unit="Cel",
    rules=(
        above(-15.0, WARNING, 60 * MINUTE),
        above(-12.0, ALARM, 60 * MINUTE),
        above(-9.0, CRITICAL, 2 * HOUR),
    ),
    # The end lies inside the warning limit of -15: one at -13 would end the alarm while the value still asks for a warning.
    clear=Clear(high=-15.5, hold_s=15 * MINUTE),
    source=f"{CATERING}：冷冻温度宜低于 -12℃；高于 -9℃ 视为解冻风险。{DELAYS}",
    version=2,
    mask=Mask(until=0.0),
    early=Early(rise=2.0, within_s=4 * HOUR, above=-15.0, hold_s=46 * MINUTE, message=True),
)

HOT_HOLD = LimitProfile(
    key="hot.hold",
    title_zh="热藏（供餐时段）",
    title_en="Hot holding, while meals are served",
    unit="Cel",
    rules=(
        below(63.0, WARNING, 10 * MINUTE),
        below(60.0, ALARM, 15 * MINUTE),
        below(60.0, CRITICAL, 2 * HOUR, within_s=4 * HOUR),
    ),
    # As everywhere the end lies inside the mildest limit: food at 61 is out of the alarm's limit and not out of the warning's.
    clear=Clear(low=63.5, hold_s=5 * MINUTE),
    source=f"{CATERING}：热藏食品中心温度应高于 60℃，8℃至60℃存放超过 2 小时须再加热或废弃；63℃ 预警值取国外同行规定。{DELAYS}",
    version=1,
    service=Service(use="service"),
)

SPECIAL_ROOM = LimitProfile(
    key="special.room",
    title_zh="专间（操作时段）",
    title_en="Cold-dish room, while at work",
    unit="Cel",
    rules=(above(25.0, WARNING, 15 * MINUTE), above(28.0, ALARM, 30 * MINUTE)),
    clear=Clear(high=24.5, hold_s=10 * MINUTE),
    source=f"{CATERING}：专间内温度应不高于 25℃。{DELAYS}",
    version=1,
    median=3,
    service=Service(use="work"),
)

DISH_CYCLE = LimitProfile(
    key="dish.cycle",
    title_zh="洗碗机漂洗（每次峰值）",
    title_en="Dishwasher, peak of each cycle",
    unit="Cel",
    # One bad cycle warns. A second without a good one between them is an alarm: cycles are never within a second of each other.
    rules=(below(82.0, WARNING, 0.0), below(82.0, ALARM, 1.0)),
    clear=Clear(low=82.5, hold_s=0.0),
    source=f"{CATERING}：热力消毒；高海拔水沸点约 90℃，不采用 100℃ 煮沸限值，取机洗漂洗 82℃ 的行业惯例。{OWN}",
    version=1,
    cycle=Cycle(begins=60.0, ends=50.0),
)

MEAT_DAIRY = LimitProfile(
    key="meat.dairy",
    title_zh="鲜肉与乳品冷藏",
    title_en="Chilled meat and dairy",
    unit="Cel",
    rules=(
        above(4.0, WARNING, 30 * MINUTE),
        above(5.0, ALARM, 60 * MINUTE),
        above(8.0, CRITICAL, 2 * HOUR),
    ),
    clear=Clear(high=3.5, hold_s=10 * MINUTE),
    source=f"GB 20799《食品安全国家标准 肉和肉制品经营卫生规范》：冷却肉贮存温度 0℃至4℃。{DELAYS}",
    version=2,
    early=Early(rise=0.5, within_s=3 * HOUR, above=5.0, hold_s=26 * MINUTE, message=True),
)

STORE_DRY = LimitProfile(
    key="store.dry",
    title_zh="常温库（温度）",
    title_en="Dry store, temperature",
    unit="Cel",
    rules=(
        above(28.0, WARNING, 4 * HOUR),
        above(33.0, ALARM, 4 * HOUR),
        below(0.0, ALARM, 2 * HOUR),
    ),
    clear=Clear(high=27.0, low=1.0, hold_s=30 * MINUTE),
    source=f"《食品安全法》：按照保证食品安全的要求贮存食品，以标签标示的贮存条件为准；国家未统一规定温度，限值取行业惯例。{DELAYS}",
    version=1,
)

STORE_DRY_HUMIDITY = LimitProfile(
    key="store.dry.humidity",
    title_zh="常温库（相对湿度）",
    title_en="Dry store, relative humidity",
    unit="%RH",
    rules=(above(70.0, WARNING, 6 * HOUR), above(80.0, ALARM, 12 * HOUR)),
    clear=Clear(high=67.0, hold_s=30 * MINUTE),
    source=f"《食品安全法》：按照保证食品安全的要求贮存食品，保持干燥；国家未统一规定湿度，限值取行业惯例。{DELAYS}",
    version=1,
)

OIL_TANK = LimitProfile(
    key="oil.tank",
    title_zh="食用油罐",
    title_en="Edible-oil tank",
    unit="Cel",
    rules=(above(25.0, WARNING, DAY), above(30.0, ALARM, DAY), below(0.0, WARNING, DAY)),
    clear=Clear(high=24.0, low=1.0, hold_s=2 * HOUR),
    source=f"GB 8955《食品安全国家标准 食用植物油及其制品生产卫生规范》：避光、阴凉贮存。{OWN}",
    version=1,
)
