"""Grain, mains and batteries, and a device's clock: the defaults, row by row."""

from larder_core.limits.profile import Clear, LimitProfile
from larder_core.limits.rows import ALARM, CRITICAL, DAY, DELAYS, GRAIN, MINUTE, OWN, WARNING, above, below

GRAIN_LOW = LimitProfile(
    key="grain.low",
    title_zh="低温储粮（粮温）",
    title_en="Grain, low-temperature storage",
    unit="Cel",
    rules=(above(15.0, WARNING, DAY), above(20.0, ALARM, DAY)),
    clear=Clear(high=14.0, hold_s=DAY),
    source=f"{GRAIN}：低温储藏平均粮温不高于 15℃，局部最高粮温不高于 20℃。{DELAYS}",
    version=1,
)

GRAIN_QUASI_LOW = LimitProfile(
    key="grain.quasi-low",
    title_zh="准低温储粮（粮温）",
    title_en="Grain, quasi-low-temperature storage",
    unit="Cel",
    rules=(above(20.0, WARNING, DAY), above(25.0, ALARM, DAY)),
    clear=Clear(high=19.0, hold_s=DAY),
    source=f"{GRAIN}：准低温储藏平均粮温不高于 20℃，局部最高粮温不高于 25℃。{DELAYS}",
    version=1,
)

MAINS = LimitProfile(
    key="power.mains",
    title_zh="市电",
    title_en="Mains",
    unit="/",
    # Ten seconds are longer than the switch-over of a UPS. A single site hears after half an hour, half a county within the minute.
    rules=(below(0.5, WARNING, 10.0), below(0.5, ALARM, 30 * MINUTE)),
    clear=Clear(low=0.9, hold_s=2 * MINUTE),
    source=f"《药品经营质量管理规范》附录 3：供电中断须报警；食品场所参照。{DELAYS}",
    version=1,
    kind="power",
)

BATTERY = LimitProfile(
    key="power.battery",
    title_zh="后备电池电量",
    title_en="Charge of the battery",
    unit="%EL",
    rules=(below(50.0, WARNING, 5 * MINUTE), below(20.0, CRITICAL, MINUTE)),
    clear=Clear(low=55.0, hold_s=5 * MINUTE),
    source=f"《药品经营质量管理规范》附录 3：供电中断须报警，监测不得中断。{OWN}",
    version=1,
    kind="power",
)

CLOCK = LimitProfile(
    key="clock",
    title_zh="设备时钟偏差",
    title_en="A device's clock against the hub's",
    unit="s",
    # Half an hour: whoever sends a backlog shows old batches for some minutes, and live ones between them.
    rules=(above(60.0, WARNING, 30 * MINUTE), below(-60.0, WARNING, 30 * MINUTE)),
    clear=Clear(high=30.0, low=-30.0, hold_s=0.0),
    source=f"《市场监督管理行政执法电子数据取证暂行规定》：电子数据应记录时间；偏差超过 60 秒须说明，两个时间都保留。{OWN}",
    version=1,
    kind="clock",
)
