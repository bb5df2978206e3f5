"""The ten kinds of message, in Chinese and English: first the kind, so that a lock screen can be scanned; last, what to do.

A template's `{where}` is the only elastic field (see `texts`). Changing a Chinese template means new approval at a provider.
"""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a notice is about; the first word of its text."""

    RAISE = "raise"
    WORSE = "worse"
    CLEARED = "cleared"
    CAMERA = "camera"
    OFFLINE = "offline"
    DIGEST = "digest"
    LATE = "late"
    ESCALATE = "escalate"
    DRILL = "drill"
    DEAD_MAN = "dead-man"


class Matter(StrEnum):
    """What is the matter, which varies the words inside a kind. `sensor`: a thermometer; `gauge`: anything else that measures;
    `power`: a site's mains; `battery`: what runs while they are out; `early`: it will be too warm soon; `unstable`: in and out of its
    limits; `platform`: the hub doubts its own line; `provider`: what should send messages does not; `reply`: a yes that names none of
    several; `night`: what quiet hours held back; `weekly`: what is told once a week."""

    WARM = "warm"
    COLD = "cold"
    DAMP = "damp"
    DRY = "dry"
    SENSOR = "sensor"
    GAUGE = "gauge"
    CAMERA = "camera"
    SILENCE = "silence"
    COUNTY = "county"
    OUTAGE = "outage"
    BUDGET = "budget"
    UNACTED = "unacted"
    POWER = "power"
    BATTERY = "battery"
    EARLY = "early"
    UNSTABLE = "unstable"
    PLATFORM = "platform"
    PROVIDER = "provider"
    REPLY = "reply"
    NIGHT = "night"
    WEEKLY = "weekly"


class Wording(NamedTuple):
    zh: str
    en: str


LIMITS = (Matter.WARM, Matter.COLD, Matter.DAMP, Matter.DRY)

_RAISE = {
    Matter.WARM: Wording(
        "超温：{where}现{value}，超{limit}已{duration}。请关门、移{goods}并签收",
        "TOO WARM: {where} now {value}, over {limit} for {duration}. Shut the door, move the {goods}, sign",
    ),
    Matter.COLD: Wording(
        "低温：{where}现{value}，低于{limit}已{duration}。请查温控和{goods}并签收",
        "TOO COLD: {where} now {value}, under {limit} for {duration}. Check the controls and the {goods}, sign",
    ),
    Matter.DAMP: Wording(
        "超湿：{where}现{value}，超{limit}已{duration}。请通风除湿并签收",
        "TOO DAMP: {where} now {value}, over {limit} for {duration}. Air the room, sign",
    ),
    Matter.DRY: Wording(
        "偏干：{where}现{value}，低于{limit}已{duration}。请查加湿并签收",
        "TOO DRY: {where} now {value}, under {limit} for {duration}. Check the humidifier, sign",
    ),
    Matter.POWER: Wording(
        "停电：{where}自{since}起市电中断，靠电池上报。请查供电、少开柜门并签收",
        "MAINS LOST: {where} on battery since {since}. Check the supply, keep the doors shut, sign",
    ),
    Matter.BATTERY: Wording(
        "电池：{where}电池剩{value}，低于{limit}。请查供电和充电并签收",
        "BATTERY: {where} at {value}, under {limit}. Check the supply and the charger, sign",
    ),
    Matter.EARLY: Wording(
        "升温：{where}现{value}，超{limit}已{duration}。请查门和制冷并签收",
        "WARMING: {where} now {value}, over {limit} for {duration}. Check door and cooling, sign",
    ),
    Matter.UNSTABLE: Wording(
        "反复：{where}越限又恢复{count}次，现{value}，不再逐条发。请查制冷并签收",
        "UNSTABLE: {where} in and out of limits {count} times, now {value}; no more single messages. Check it, sign",
    ),
    Matter.PLATFORM: Wording(
        "平台：{where}自{since}起收不到{sites}家单位数据，疑中心线路故障。请查中心网络",
        "PLATFORM: {where} hears nothing from {sites} sites since {since}, perhaps its own line. Check its network",
    ),
    Matter.PROVIDER: Wording(
        "通道：{where}自{since}起发送连续失败，已试备用通道。请查账户、网络和设备",
        "CHANNEL: {where} fails to send since {since}, the spare is tried. Check account, network, device",
    ),
}
_WORSE = Wording(
    "加重：{where}现{value}，超限已{duration}。{goods}停用待查，{ban}，请签收",
    "WORSE: {where} now {value}, beyond limits for {duration}. Stop using the {goods} until checked, sign",
)
_CLEARED_LIMITS = {
    True: Wording(
        "恢复：{where}现{value}。超限{duration}，最高{peak}。请补填处置",
        "BACK: {where} now {value}. Was beyond limits for {duration}, highest {peak}. File what you did",
    ),
    False: Wording(
        "恢复：{where}现{value}。超限{duration}，最低{peak}。请补填处置",
        "BACK: {where} now {value}. Was beyond limits for {duration}, lowest {peak}. File what you did",
    ),
}
_CLEARED = {
    Matter.SENSOR: Wording(
        "恢复：{where}于{until}读数恢复，未知{duration}。请查{goods}并补填处置",
        "BACK: {where} readings are back since {until}, unknown for {duration}. Check the {goods}, file it",
    ),
    Matter.GAUGE: Wording(
        "恢复：{where}于{until}读数恢复，未知{duration}。请补填处置",
        "BACK: {where} readings are back since {until}, unknown for {duration}. File what you did",
    ),
    Matter.CAMERA: Wording(
        "恢复：{where}摄像头于{until}恢复应答，中断{duration}。请签收",
        "BACK: camera {where} answers again since {until}, was out for {duration}. Please sign",
    ),
    Matter.SILENCE: Wording(
        "恢复：{where}自{until}起有数据，中断{duration}。请查断联期间{goods}",
        "BACK: {where} sends again since {until}, was silent for {duration}. Check the {goods}",
    ),
    Matter.COUNTY: Wording(
        "恢复：{where}有{sites}家单位自{until}起已联通，中断{duration}。请查断联期间{goods}",
        "BACK: {sites} sites in {where} send again since {until}, silent for {duration}. Check the {goods}",
    ),
    Matter.POWER: Wording(
        "恢复：{where}市电于{until}恢复，中断{duration}。请查{goods}并签收",
        "BACK: {where} has mains since {until}, was without for {duration}. Check the {goods}, sign",
    ),
    Matter.BATTERY: Wording(
        "恢复：{where}电池已充到{value}，不足{duration}。请签收",
        "BACK: {where} battery at {value} again, was low for {duration}. Please sign",
    ),
    Matter.EARLY: Wording(
        "恢复：{where}现{value}，升温已止。请签收",
        "BACK: {where} now {value}, it warms no more. Please sign",
    ),
    Matter.UNSTABLE: Wording(
        "恢复：{where}现{value}，已不再反复，前后{duration}。请补填处置",
        "BACK: {where} now {value}, stable again after {duration}. File what you did",
    ),
    Matter.PLATFORM: Wording(
        "恢复：{where}于{until}重新收到数据，中断{duration}。请留意随后的补报",
        "BACK: {where} hears its sites since {until}, heard nothing for {duration}. Late reports may follow",
    ),
    Matter.PROVIDER: Wording(
        "恢复：{where}于{until}恢复发送，中断{duration}。请核对这段时间的短信",
        "BACK: {where} sends again since {until}, did not for {duration}. Check what was sent meanwhile",
    ),
    Matter.OUTAGE: Wording(
        "恢复：{where}有{sites}家单位{until}起来电，停电{duration}。请查停电期间{goods}",
        "BACK: {sites} sites in {where} have power since {until}, out for {duration}. Check the {goods}",
    ),
}
_CAMERA = Wording(
    "画面：{where}摄像头无应答{duration}，多为设备故障，不代表违规。请查电源网线",
    "PICTURE: camera {where} no answer for {duration}; probably a fault, not a violation. Check power and cable",
)
_OFFLINE = {
    Matter.SILENCE: Wording(
        "离线：{where}自{since}起无数据，柜温未知。请看柜内温度计并签收",
        "OFFLINE: {where} no data since {since}, temperature unknown. Read the thermometer inside, sign",
    ),
    Matter.SENSOR: Wording(
        "离线：{where}自{since}起无读数，温度未知。请看柜内温度计并签收",
        "OFFLINE: {where} no reading since {since}, temperature unknown. Read the thermometer inside, sign",
    ),
    Matter.GAUGE: Wording(
        "离线：{where}自{since}起无读数，情况未知。请到现场查看并签收",
        "OFFLINE: {where} no reading since {since}, state unknown. Look on the spot, sign",
    ),
}
_DIGEST = {
    Matter.COUNTY: Wording(
        "汇总：{where}有{sites}家单位自{since}起断联，疑停电断网，只发此条。请核实供电通信",
        "DIGEST: {sites} sites in {where} cut off since {since}, probably power or link; only this message. Check both",
    ),
    Matter.OUTAGE: Wording(
        "汇总：{where}有{sites}家单位自{since}起停电，只发此条。请报修，少开冷藏柜门",
        "DIGEST: {sites} sites in {where} without power since {since}; only this message. Keep cold rooms shut",
    ),
    Matter.REPLY: Wording(
        "汇总：您有多条待签收，最近为{where}。请回复1和单号，或打开清单逐条签收",
        "DIGEST: several wait for your signature, the latest {where}. Reply 1 and the number, or open the list",
    ),
    Matter.NIGHT: Wording(
        "汇总：安静时段有{count}条未恢复，{sites}条已恢复，含{where}。请打开清单逐条处理",
        "DIGEST: after quiet hours {count} still stand, {sites} are over, among them {where}. Open the list",
    ),
    Matter.WEEKLY: Wording(
        "汇总：上周有{count}条一般提醒未单发，含{where}。请打开清单安排处理",
        "DIGEST: last week {count} minor notices were not sent singly, among them {where}. Open the list",
    ),
    Matter.BUDGET: Wording(
        "汇总：另有{count}条提醒未单发，最重{severity}，含{where}。请打开清单逐条签收",
        "DIGEST: {count} more notices, gravest {severity}, among them {where}. Open the list, sign each",
    ),
}
_LATE = {
    True: Wording(
        "补报：{where}于{from_}至{to}超限，最高{peak}。请查{goods}",
        "LATE REPORT: {where} was beyond limits {from_} to {to}, highest {peak}. Check the {goods}",
    ),
    False: Wording(
        "补报：{where}于{from_}至{to}超限，最低{peak}。请查{goods}",
        "LATE REPORT: {where} was beyond limits {from_} to {to}, lowest {peak}. Check the {goods}",
    ),
}
_ESCALATE = Wording(
    "升级：{where}有{severity}，{duration}无人签收，短信送达{told}人。请督办或代签收",
    "ESCALATED: {where} {severity} unsigned for {duration}, SMS reached {told}. Chase it, or sign for them",
)
_UNACTED = Wording(
    "升级：{where}有{severity}已签收，{duration}仍未处置。请督办并填报处置",
    "ESCALATED: {where} {severity} was signed, nothing done for {duration}. Chase it, file what is done",
)
_DRILL = Wording(
    "演练：{where}模拟{value}超温，非真实报警，{goods}不用处理。请按流程签收",
    "DRILL: {where} simulated {value}, not real, leave the {goods}. Sign as usual",
)
_DEAD_MAN = Wording(
    "失联：{where}自{since}起无心跳，此后不发报警。请转人工查温并电告值班{phone}",
    "PLATFORM SILENT: {where} since {since}, no alarms will be sent. Check by hand, ring {phone}",
)

ALTITUDES = {"warning": ("预警", "warning"), "alarm": ("报警", "alarm"), "critical": ("严重", "critical")}
"""Severity as a message says it, zh and en."""

GOODS = {"pharmacy": ("药品", "medicines", "勿销售"), "grain": ("粮食", "grain", "勿出库")}
"""What is kept, by the beginning of the site's kind: zh, en, and what must not be done with it. Anything else keeps food."""

FOOD = ("食品", "food", "勿上桌")


def goods(site_kind: str) -> tuple[str, str, str]:
    return next((words for prefix, words in GOODS.items() if site_kind.startswith(prefix)), FOOD)


def wording(kind: Kind, matter: Matter) -> Wording:
    """The template for a kind and a matter. Raises KeyError for a pair that is never sent."""
    if kind is Kind.RAISE:
        return _RAISE[matter]
    if kind is Kind.OFFLINE:
        return _OFFLINE[matter]
    if kind is Kind.DIGEST:
        return _DIGEST[matter]
    if kind is Kind.LATE:
        return _LATE[matter in (Matter.WARM, Matter.DAMP)]
    if kind is Kind.CLEARED:
        return _CLEARED_LIMITS[matter in (Matter.WARM, Matter.DAMP)] if matter in LIMITS else _CLEARED[matter]
    if kind is Kind.ESCALATE and matter is Matter.UNACTED:
        return _UNACTED
    return _ALWAYS[kind]


_ALWAYS = {
    Kind.WORSE: _WORSE,
    Kind.CAMERA: _CAMERA,
    Kind.ESCALATE: _ESCALATE,
    Kind.DRILL: _DRILL,
    Kind.DEAD_MAN: _DEAD_MAN,
}

PAIRS = tuple(
    [(Kind.RAISE, matter) for matter in _RAISE]
    + [(Kind.OFFLINE, matter) for matter in _OFFLINE]
    + [(Kind.DIGEST, matter) for matter in _DIGEST]
    + [(Kind.LATE, matter) for matter in LIMITS]
    + [(Kind.CLEARED, matter) for matter in (*LIMITS, *_CLEARED)]
    + [(kind, Matter.WARM) for kind in _ALWAYS]
    + [(Kind.ESCALATE, Matter.UNACTED)]
)
"""Every pair that can be sent."""

TICKETLESS = frozenset(
    {(Kind.DIGEST, matter) for matter in (Matter.BUDGET, Matter.REPLY, Matter.NIGHT, Matter.WEEKLY)}
    | {(Kind.DEAD_MAN, Matter.WARM)}
)
"""They stand for no single alarm."""
