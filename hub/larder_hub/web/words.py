"""Every word of the page in both languages. A code without words is shown as it is."""

from collections.abc import Mapping
from typing import NamedTuple

from larder_hub.notices.capabilities import CAPABILITIES
from larder_hub.web.figures import Language


class Said(NamedTuple):
    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


def say(table: Mapping[str, Said], code: str, language: Language) -> str:
    said = table.get(code)
    return said.in_(language) if said else code


MARKS = {"critical": "!!", "alarm": "!", "warning": "~", "blind": "?"}
"""What stands before the word: colour alone says nothing to many eyes, nor on grey paper."""

SEVERITY = {
    "critical": Said("严重", "critical"),
    "alarm": Said("报警", "alarm"),
    "warning": Said("预警", "warning"),
    "blind": Said("看不见", "blind"),
    "normal": Said("正常", "normal"),
}

KIND = {
    "food": Said("超限", "out of limits"),
    "sensor": Said("传感器无有效值", "sensor gives no good value"),
    "camera": Said("画面无应答", "camera does not answer"),
    "silence": Said("无数据", "no data"),
    "quarantine": Said("数据被拒收", "data refused"),
    "fork": Said("数据分叉，疑似复制或篡改", "data forked: a copy or tampering"),
    "early": Said("升温过快", "rising fast"),
    "power": Said("停电或电池", "mains or battery"),
    "clock": Said("时钟不准", "clock is wrong"),
    "gap": Said("记录有缺", "gap in the record"),
    "hub": Said("多地同时断联，疑平台故障", "many sites silent at once: perhaps the hub"),
    "broker": Said("平台收不到数据", "the hub hears nothing"),
    "drill": Said("演练", "drill"),
    "provider": Said("短信通道不通", "a channel of messages fails"),
}

SIDE = {"high": Said("高于", "above"), "low": Said("低于", "below")}
WAS_SIDE = {"high": Said("曾高于", "was above"), "low": Said("曾低于", "was below")}

CONDITION = {
    "pending": Said("计时中", "pending"),
    "active": Said("未恢复", "not over"),
    "clearing": Said("恢复中", "clearing"),
    "cleared": Said("已恢复", "over"),
    "normal": Said("已恢复", "over"),
    "unknown": Said("现值未知", "value unknown"),
}

HANDLING = {
    "unacked": Said("无人签收", "unsigned"),
    "acked": Said("已签收", "signed"),
    "in_progress": Said("处理中", "in progress"),
    "await_review": Said("待复核", "awaiting review"),
    "closed": Said("已关闭", "closed"),
    "false_alarm": Said("误报", "false alarm"),
}

VISIBILITY = {
    "shown": Said("", ""),
    "shelved": Said("已搁置", "shelved"),
    "suppressed": Said("按规则不报", "suppressed by rule"),
    "inhibited": Said("由上级故障说明", "explained by a greater fault"),
    "out_of_service": Said("停用", "out of service"),
}

STATE = {
    "fresh": Said("有数据", "fresh"),
    "stale": Said("数据迟到", "stale"),
    "offline": Said("无数据", "no data"),
}

DEVICE_STATE = {
    "reporting": Said("在报", "reporting"),
    "silent": Said("失联", "silent"),
    "never-heard": Said("从未上线", "never heard"),
    "forked": Said("分叉，已冻结", "forked, frozen"),
    "restored": Said("恢复后未联系", "not heard since the restore"),
    "resting": Said("停用", "out of service"),
    "unregistered": Said("未登记", "not registered"),
}

STREAM_STATE = {
    "current": Said("现用", "current"),
    "closed": Said("已结束", "closed"),
    "forked": Said("分叉，已冻结", "forked, frozen"),
    "restored": Said("仅存于登记副本", "known to the registry alone"),
}

QUALITY = {
    "no-answer": Said("无应答", "no answer"),
    "timeout": Said("超时", "timeout"),
    "refused": Said("拒绝连接", "connection refused"),
    "auth": Said("密码不对", "wrong password"),
    "no-stream": Said("无码流", "no stream"),
    "crc": Said("校验错", "checksum error"),
    "power-on": Said("上电初值", "power-on value"),
    "disconnected": Said("断线", "disconnected"),
    "no-sensor": Said("无传感器", "no sensor"),
    "out-of-range": Said("超出量程", "out of range"),
    "unreachable": Said("连不上", "unreachable"),
    "bad-answer": Said("应答不对", "wrong answer"),
    "blocked-address": Said("地址不允许", "address not allowed"),
    "no-address": Said("找不到地址", "no such address"),
    "reset": Said("连接中断", "connection reset"),
    "missing": Said("探头不在", "sensor missing"),
    "unreadable": Said("读不出", "unreadable"),
    "gateway": Said("从站不应答", "unit behind the gateway silent"),
    "bad-frame": Said("报文残缺", "garbled answer"),
    "no-port": Said("无此串口", "no such port"),
    "port-busy": Said("串口被占用", "port in use"),
    "port-denied": Said("无权开串口", "port denied"),
    "line-busy": Said("总线占线", "line busy"),
    "busy": Said("被占用", "in use"),
    "denied": Said("无权打开", "denied"),
    "ambiguous": Said("同名不明", "ambiguous"),
    "clock-unsynced": Said("时钟未对时", "clock not synced"),
    "jump": Said("跳变", "impossible jump"),
    "flat-line": Said("久不变化", "flat line"),
    "stale": Said("数值过时", "stale"),
}

NOTICE = {
    "raise": Said("报警", "raised"),
    "worse": Said("加重", "worse"),
    "cleared": Said("恢复", "over"),
    "camera": Said("画面", "camera"),
    "offline": Said("离线", "offline"),
    "digest": Said("汇总", "digest"),
    "late": Said("补报", "late"),
    "escalate": Said("升级", "escalated"),
    "drill": Said("演练", "drill"),
    "dead-man": Said("失联", "hub silent"),
}

OUTCOME = {
    "waiting": Said("待发", "to be sent"),
    "held": Said("等待汇总", "waits for a digest"),
    "quiet": Said("安静时段后发", "after quiet hours"),
    "sending": Said("发送中", "being sent"),
    "accepted": Said("已交出", "handed over"),
    "sent": Said("已发出", "sent"),
    "delivered": Said("已送达", "delivered"),
    "failed": Said("失败", "failed"),
    "unknown": Said("结果未知", "outcome unknown"),
    "expired": Said("过时未发", "too late to send"),
    "dropped": Said("不再需要", "no longer needed"),
}

ATTEMPT = {
    **OUTCOME,
    "begun": Said("发送中", "being sent"),
    "refused": Said("拒发", "refused"),
    "silent": Said("无回音", "no word of it"),
    "taken back": Said("已撤回", "taken back"),
    "never left": Said("未发出", "never left"),
}
"""What became of one hand-over."""

PROVIDER = {name: Said(one.label_zh, one.label_en) for name, one in CAPABILITIES.items()}

PAGE = {
    "title": Said("食品安全监测 · 现在", "Food safety, now"),
    "updated": Said("更新（北京时间）", "updated (Beijing time)"),
    "other": Said("English", "中文"),
    "alarms": Said("现在要人办的", "Who must act now"),
    "no-alarms": Said("没有未了结的报警。", "No open alarms."),
    "late": Said("补报", "late"),
    "told": Said("告知", "told"),
    "nobody-told": Said("尚未告知任何人", "nobody told yet"),
    "limit": Said("限值", "limit"),
    "peak": Said("最重", "worst"),
    "since": Said("已", "for"),
    "lasted": Said("历时", "lasted"),
    "number": Said("单", "no."),
    "places": Said("各点位", "Places"),
    "place": Said("点位", "place"),
    "temperature": Said("温度", "temperature"),
    "humidity": Said("湿度", "humidity"),
    "others": Said("其他", "other"),
    "age": Said("数据", "data"),
    "state": Said("状态", "state"),
    "never": Said("从未收到", "never received"),
    "last-good": Said("上次有效", "last good"),
    "corrected": Said("校准后", "corrected"),
    "configs": Said("下发配置未采用", "Configurations not applied"),
    "wanted": Said("应用版本", "wanted"),
    "applied": Said("现用版本", "applied"),
    "config-waiting": Said("等设备", "waiting for the device"),
    "config-refused": Said("设备拒绝", "refused by the device"),
    "none": Said("无", "none"),
    "not-watched": Said("不测", "not measured"),
    "no-value": Said("未知", "unknown"),
    "rests": Said("停用", "out of service"),
    "cameras": Said("画面", "Cameras"),
    "camera": Said("摄像头", "camera"),
    "answers": Said("有应答", "answers"),
    "no-camera": Said("没有登记摄像头。", "No camera is registered."),
    "no-place": Said("登记簿是空的：larder hub register import", "The register is empty: larder hub register import"),
    "account": Said("账", "The account"),
    "entries": Said("条", "entries"),
    "due": Said("应到", "due"),
    "stored": Said("已收", "stored"),
    "awaited": Said("待补", "awaited"),
    "declared": Said("已声明丢失", "declared lost"),
    "unexplained": Said("不明", "unexplained"),
    "unproven": Said("无法证明", "unproven"),
    "complete": Said("完整率", "complete"),
    "complete-day": Said("近 24 小时完整率", "complete in the last 24 h"),
    "stream": Said("流", "stream"),
    "readings": Said("读数", "readings"),
    "readings-lost": Said("声明丢失的读数", "readings declared lost"),
    "refused": Said("拒收", "refused"),
    "device": Said("设备", "device"),
    "all-held": Said("每台设备的数据都齐。", "Nothing is missing from any device."),
    "notices": Said("短信", "Messages"),
    "shelves": Said("搁置的报警", "Put aside"),
    "until": Said("至", "until"),
    "unstable": Said("时好时坏", "comes and goes"),
    "members": Said("一并涉及", "with it"),
    "drill": Said("演练", "drill"),
    "no-notices": Said("没有发过短信。", "No message was sent."),
    "blind": Said("看不见的测点", "blind points"),
    "overall": Said("总览", "overview"),
    "api": Said("接口说明", "API"),
}


def scale_banner(time_scale: float, language: Language) -> str:
    """What must stand above every figure of a world whose time runs faster."""
    return Said(
        f"模拟时间 ×{time_scale:g}，限值延时同比缩短",
        f"Simulated time ×{time_scale:g}: the delays of the limits are shortened alike",
    ).in_(language)
