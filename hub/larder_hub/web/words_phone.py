"""The words of the phone's page: what to do first, then why."""

from larder_hub.web.words import Said

DID = {
    "door-shut": Said("已关好柜门", "Door shut"),
    "food-moved": Said("已移走食品", "Food moved"),
    "power-cut": Said("停电了", "Power cut"),
    "broken": Said("柜子坏了已报修", "Broken, repair called"),
    "sensor": Said("疑传感器不准", "Sensor wrong?"),
    "later": Said("稍后再填", "Later"),
}
NOT_MINE = "not-mine"
ACTS = {
    "ack": Said("签收", "signed"),
    NOT_MINE: Said("不归我管", "Not mine"),
    "undone": Said("撤销", "taken back"),
    **DID,
}

FIRST = {
    ("food", "high"): (
        Said("关好柜门", "Shut the door"),
        Said("食品移到正常的柜子", "Move food to a cabinet that is fine"),
    ),
    ("food", "low"): (
        Said("调高设定温度", "Turn the setting up"),
        Said("查食品是否冻坏", "See whether food is frozen"),
    ),
    ("camera", ""): (Said("查摄像头的电源和网线", "Check the camera's power and cable"),),
    ("power", "low"): (Said("少开柜门", "Keep doors shut"), Said("问电何时来", "Ask when power returns")),
}
OTHERWISE = (
    Said("看柜内的温度计", "Read the thermometer inside"),
    Said("查设备的电源和网络", "Check the device's power and network"),
)

PHONE = {
    "title": Said("我的报警", "My alarms"),
    "none": Said("没有要您处理的报警。", "No alarm needs you."),
    "hello": Said("本机已绑定", "This phone is paired with"),
    "sign": Said("我来处理（签收）", "I am on it (sign)"),
    "looking": Said("只看不算签收", "looking does not sign"),
    "first": Said("先做", "First"),
    "what": Said("你做了什么？点一下就提交", "What did you do? One tap submits"),
    "undo": Said("撤销刚才的（10 秒内）", "Take that back (10 s)"),
    "ring": Said("打电话给值班", "Ring duty"),
    "hours": Said("近 3 小时", "the last 3 hours"),
    "no-curve": Said("近 3 小时没有可画的读数", "no readings to draw in the last 3 hours"),
    "lowest": Said("最低", "lowest"),
    "highest": Said("最高", "highest"),
    "how": Said("本机还没有绑定，不显示任何数据。", "This phone is not paired, so nothing is shown."),
    "ask": Said(
        "请向值班要一个绑定码（一次有效），填在这里：", "Ask duty for a pairing code, good once, and enter it:"
    ),
    "code": Said("绑定码", "Pairing code"),
    "pair": Said("绑定本机", "Pair this phone"),
    "bad-code": Said(
        "绑定码不对、已用过或已过期，请再要一个。", "This code is wrong, used or too old; ask for another."
    ),
    "gone": Said(
        "刚才的已有记录，或页面已旧；请看下面现在的样子。", "That is recorded already, or the page was old: see below."
    ),
    "other": Said("English", "中文"),
}
