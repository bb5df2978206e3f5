"""Quality words as sentences, for people at a terminal. Every word that a shipped driver or the screen may say stands here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Meaning(NamedTuple):
    zh: str
    en: str


MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "": Meaning("正常", "good"),
        "no-answer": Meaning(
            "无应答：查电源、接线、地址、速率", "nothing came back: check power, wiring, address, speed"
        ),
        "refused": Meaning(
            "拒绝连接：查端口，或已被别的软件占用", "takes no connection: wrong port, or another program holds it"
        ),
        "gateway": Meaning("网关说从站不应答", "the gateway says that the unit does not answer"),
        "bad-frame": Meaning(
            "应答残缺：查干扰、终端电阻、重复地址", "an answer cut short: check noise, termination, twin addresses"
        ),
        "no-port": Meaning("没有这个串口", "there is no such port"),
        "port-denied": Meaning(
            "无权打开：把用户加入 dialout 组", "may not be opened: add the user to the group dialout"
        ),
        "port-busy": Meaning("被别的程序占用", "another program holds it"),
        "line-busy": Meaning(
            "线上一直有人说话：另有主站，或速率不符", "somebody keeps talking: a second master, or the wrong speed"
        ),
        "no-sensor": Meaning("设备在，探头断线或短路", "the device is there, its probe is broken or shorted"),
        "out-of-range": Meaning("物理上不可能的数，保留但不采信", "a value that cannot be true: kept, not believed"),
        "timeout": Meaning("超时", "no answer in time"),
        "unreachable": Meaning("连不上：查网线、地址", "cannot be reached: check cable and address"),
        "no-address": Meaning("域名查不到", "no address for the name"),
        "blocked-address": Meaning("地址不在允许的网段", "not in a network that is allowed"),
        "reset": Meaning("连接中断", "the connection was broken off"),
        "bad-answer": Meaning("应答不合协议", "not an answer in the camera's protocol"),
        "auth": Meaning("用户名或密码不对", "wrong user or password"),
        "no-stream": Meaning("没有视频流：查路径", "no video stream: check the path"),
        "no-play": Meaning("不肯播放：常为连接数已满", "will not play: often too many viewers"),
        "no-advance": Meaning("应答了，画面不前进", "it answers, and its picture does not advance"),
        "no-picture": Meaning("没有取到完整画面", "no whole picture came"),
        "first-picture": Meaning("第一幅画面，还没有可比的", "the first picture: nothing to compare with"),
        "redirected": Meaning("摄像机让去别处，不跟随", "the camera sends us elsewhere: not followed"),
        "no-profile": Meaning("没有这个媒体配置", "no such media profile"),
        "no-decoder": Meaning("没有装 Pillow，看不了亮度", "Pillow is not installed: no luma"),
        "dark": Meaning("画面太暗", "the picture is dark"),
        "covered": Meaning("镜头像被遮住", "the lens seems covered"),
        "frozen": Meaning("画面冻结，同一幅反复出现", "the same picture again and again"),
        "rebooting": Meaning("一小时内断三次：供电、散热", "went away three times within an hour: check its power"),
        "missing": Meaning("没有这支探头：查插头、编号", "no such sensor: check plug and number"),
        "crc": Meaning("校验错：线太长、干扰", "wrong checksum: line too long, noise"),
        "ambiguous": Meaning("有几个同名的：写明是哪一个", "several have this name: say which"),
        "busy": Meaning("被内核或别的程序占用", "the kernel or another program holds it"),
        "denied": Meaning(
            "无权打开：把用户加入 i2c、gpio 组", "may not be opened: add the user to the group i2c or gpio"
        ),
        "clock-unsynced": Meaning("时钟未对时", "the clock is not disciplined"),
        "jump": Meaning(
            "一步跳得不可能，下一次相符才采信", "an impossible step: believed when the next reading agrees"
        ),
        "flat-line": Meaning("太久一动不动：探头或变送器可能卡住", "has not moved for too long: stuck"),
        "stale": Meaning("读得太久，不知是何时的数", "took so long that nobody knows when it was true"),
        "no-broker": Meaning("连不上消息服务器", "no connection to the broker"),
        "broker-refused": Meaning(
            "消息服务器拒绝：查用户名、密码、权限", "the broker refuses us: user, password, access list"
        ),
        "no-message": Meaning("还没有消息", "no message yet"),
        "retained": Meaning(
            "只有服务器留存的旧消息，不知是何时的", "only what the broker had kept: of which day nobody knows"
        ),
        "offline": Meaning("设备或网关自称离线", "the device or its gateway says that it is not there"),
        "no-value": Meaning("设备报告没有数", "the device says that it has no value"),
        "bad-payload": Meaning("消息内容读不懂", "the message cannot be read"),
        "power-on": Meaning("恰为 85.0：刚上电，还没有测量", "exactly 85.0: just got power, has not measured"),
        "disconnected": Meaning("断线或短路", "broken or shorted"),
        "unreadable": Meaning("读不出：查权限、内核模块", "cannot be read: check rights and kernel module"),
    }
)


def meaning(word: str) -> Meaning:
    """Of a word of a third party's driver: its README knows."""
    if word.startswith("exception-"):
        number = word.removeprefix("exception-")
        return Meaning(f"设备拒绝（Modbus 异常码 {number}）", f"the device refuses (Modbus exception {number})")
    return MEANINGS.get(word) or Meaning("见该驱动的 README", "see the driver's README")
