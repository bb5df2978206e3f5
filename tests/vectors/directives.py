"""Configurations, commands and replies: those that must be read, with what they say, and those that must be refused."""

from typing import Any

from tests.vectors.wire import DEVICE_SEED, HUB_SEED, MAX_INT, STRANGER_SEED, Vector, digest, padded, signed, vector

CERTIFICATE = '{"offset":-0.3,"certificate":"QH-2026-0117","expires":1800000000000,"judged":false}'
FRIDGE = (
    '{"key":"fridge.food","version":1,"title":["\\u51b7\\u85cf\\u67dc","Refrigerator"],"unit":"Cel",'
    '"rules":[["warning","high",8.0,false,1800000,null],["critical","high",8.0,false,14400000,86400000],'
    '["alarm","low",0.0,true,3600000,null]],"clear":[7.5,0.5,600000],"source":"GB 31654"}'
)
CONFIG = (
    f'{{"config":1,"device":"box-1","version":7,"issued":1700000000000,"profiles":[{FRIDGE}],"points":['
    f'{{"id":"t","name":["\\u51b7\\u85cf\\u67dc1","Fridge 1"],"period":60000,"profile":"fridge.food","calibration":{CERTIFICATE}}},'
    '{"id":"cam","name":["",""],"period":null,"profile":"","calibration":null}],"fast":[30000,60000]}'
)
CONFIG_FIELDS: dict[str, Any] = {
    "config": 1, "device": "box-1", "version": 7, "issued": 1700000000000,
    "profiles": [{
        "key": "fridge.food", "version": 1, "title": ["冷藏柜", "Refrigerator"], "unit": "Cel",
        "rules": [["warning", "high", 8.0, False, 1800000, None], ["critical", "high", 8.0, False, 14400000, 86400000],
                  ["alarm", "low", 0.0, True, 3600000, None]],
        "clear": [7.5, 0.5, 600000], "source": "GB 31654",
    }],
    "points": [
        {"id": "t", "name": ["冷藏柜1", "Fridge 1"], "period": 60000, "profile": "fridge.food",
         "calibration": {"offset": -0.3, "certificate": "QH-2026-0117", "expires": 1800000000000, "judged": False}},
        {"id": "cam", "name": ["", ""], "period": None, "profile": "", "calibration": None},
    ],
    "fast": [30000, 60000],
}  # fmt: skip
EMPTY = '{"config":1,"device":"box-1","version":1,"issued":0,"profiles":[],"points":[],"fast":[1000,120000]}'
EMPTY_FIELDS = {
    "config": 1, "device": "box-1", "version": 1, "issued": 0, "profiles": [], "points": [], "fast": [1000, 120000],
}  # fmt: skip

STAMP = '"issued":1700000000000,"expires":1700000600000'
STAMP_FIELDS = {"issued": 1700000000000, "expires": 1700000600000}
SHOW = (
    f'{{"command":1,"device":"box-1","number":12,{STAMP},"boot":"0badcafe","up":660000,"name":"inspect-now",'
    '"args":{"count":3,"still":["cam"],"picture":true,"authority":"warrant 17"}}'
)
NO_ARGS: dict[str, Any] = dict.fromkeys(("count", "still", "picture", "authority", "first", "last", "seconds"))

REPLY = (
    '{"reply":1,"device":"box-1","number":12,"name":"inspect-now","outcome":"done","reason":"","found":{"readings":15,"cam":"'
    + digest(b"a picture")
    + '","full":true,"left":null},"picture":"aGVsbG8"}'
)
REPLY_FIELDS = {
    "reply": 1, "device": "box-1", "number": 12, "name": "inspect-now", "outcome": "done", "reason": "",
    "found": {"readings": 15, "cam": digest(b"a picture"), "full": True, "left": None}, "picture": "aGVsbG8",
}  # fmt: skip
REFUSED = '{"reply":1,"device":"box-1","number":null,"name":"","outcome":"refused","reason":"bad-signature","found":{},"picture":null}'


def good_configs() -> list[Vector]:
    some = [
        ("config", "limits, a calibration, names", CONFIG, CONFIG_FIELDS),
        ("config-empty", "nothing is watched, as slowly as may be", EMPTY, EMPTY_FIELDS),
        ("config-last", "the last version there is", EMPTY.replace('"version":1', f'"version":{MAX_INT}'),
         EMPTY_FIELDS | {"version": MAX_INT}),
    ]  # fmt: skip
    return [vector(name, shows, signed(text, HUB_SEED), fields, writer=True) for name, shows, text, fields in some]


def _command(name: str, args: str) -> str:
    return f'{{"command":1,"device":"box-1","number":1,{STAMP},"boot":null,"up":null,"name":"{name}","args":{args}}}'


def good_commands() -> list[Vector]:
    base: dict[str, Any] = {"command": 1, "device": "box-1", "number": 1, **STAMP_FIELDS, "boot": None, "up": None}
    show = base | {
        "number": 12, "boot": "0badcafe", "up": 660000, "name": "inspect-now",
        "args": NO_ARGS | {"count": 3, "still": ["cam"], "picture": True, "authority": "warrant 17"},
    }  # fmt: skip
    plain: list[tuple[str, str, dict[str, Any]]] = [
        ("inspect-now", '{"count":1}', {"count": 1}),
        ("resend", '{"first":3,"last":5}', {"first": 3, "last": 5}),
        ("self-test", "{}", {}),
        ("identify", '{"seconds":600}', {"seconds": 600}),
        ("set-config", "{}", {}),
        ("restart", "{}", {}),
    ]
    later = _command("restart", "{}")[:-1] + ',"later":[1.5]}'
    restart = base | {"name": "restart", "args": NO_ARGS}
    return [
        vector("picture", "everything filled", signed(SHOW, HUB_SEED), show, writer=True),
        *(
            vector(name, f"the least {name}", signed(_command(name, args), HUB_SEED),
                   base | {"name": name, "args": NO_ARGS | fields}, writer=True)
            for name, args, fields in plain
        ),
        vector("later", "a field that nobody knows, outside of args", signed(later, HUB_SEED), restart),
        vector("brief", "a life of one millisecond", signed(SHOW.replace("1700000600000", "1700000000001"), HUB_SEED),
               show | {"expires": 1700000000001}, writer=True),
    ]  # fmt: skip


def good_replies() -> list[Vector]:
    refused = REPLY_FIELDS | {
        "number": None, "name": "", "outcome": "refused", "reason": "bad-signature", "found": {}, "picture": None,
    }  # fmt: skip
    return [
        vector("reply", "a reply with a picture", signed(REPLY, DEVICE_SEED), REPLY_FIELDS, writer=True),
        vector("reply-refused", "a command that proves nothing", signed(REFUSED, DEVICE_SEED), refused, writer=True),
    ]  # fmt: skip


def bad_directives() -> list[Vector]:
    bad = [("config", *one) for one in _configs()]
    bad += [("command", *one) for one in _commands()]
    bad += [("reply", *one) for one in _replies()]
    return [
        vector(f"{kind}-{reason}-{at}", shows, raw, {"reason": reason, "read_as": kind})
        for at, (kind, reason, shows, raw) in enumerate(bad)
    ]


Bad = tuple[str, str, bytes]


def _swapped(text: str, seed: bytes, *swaps: tuple[str, str, str]) -> list[Bad]:
    made = []
    for shows, old, new in swaps:
        assert old in text, (shows, old)
        made.append(("bad-statement", shows, signed(text.replace(old, new, 1), seed)))
    return made


def _configs() -> list[Bad]:
    large = padded(CONFIG.replace("GB 31654", "@"), 66000)
    return [
        ("bad-signature", "signed by a stranger", signed(CONFIG, STRANGER_SEED)),
        ("bad-signature", "a limit changed after it was signed", signed(CONFIG, HUB_SEED).replace(b"8.0", b"9.0")),
        ("wrong-device", "for another device", signed(CONFIG.replace("box-1", "box-2"), HUB_SEED)),
        ("too-large", "more than 65,536 bytes", signed(large, HUB_SEED)),
        ("bad-statement", "a command in its place", signed(SHOW, HUB_SEED)),
        ("bad-statement", "another version of the form", signed(CONFIG.replace('"config":1', '"config":2'), HUB_SEED)),
        *_swapped(
            CONFIG, HUB_SEED,
            ("a field that nobody knows", '"fast"', '"broker":"10.0.0.9","fast"'),
            ("a field of a point that nobody knows", '"period":60000', '"period":60000,"register":4'),
            ("a field of a calibration that nobody knows", '"judged"', '"slope":1.1,"judged"'),
            ("version 0", '"version":7', '"version":0'),
            ("a point twice", '"id":"cam"', '"id":"t"'),
            ("a profile that is not there", '"profile":"fridge.food"', '"profile":"freezer"'),
            ("a rule that nobody knows", '"warning"', '"doom"'),
            ("a limit that is text", '["warning","high",8.0', '["warning","high","8.0"'),
            ("an end beyond the limit", '"clear":[7.5', '"clear":[8.5'),
            ("a limit without an end", '"clear":[7.5,0.5', '"clear":[7.5,null'),
            ("more than two minutes between records", '"fast":[30000,60000]', '"fast":[30000,120001]'),
            ("faster than a second", '"fast":[30000', '"fast":[999'),
            ("a period of nothing", '"period":60000', '"period":0'),
            ("a calibration without a certificate", '"QH-2026-0117"', '""'),
            ("a calibration that is text", '"offset":-0.3', '"offset":"-0.3"'),
            ("no source", '"GB 31654"', '""'),
        ),
    ]  # fmt: skip


def _commands() -> list[Bad]:
    large = padded(SHOW.replace("warrant 17", "@"), 16500)
    return [
        ("bad-signature", "signed by a stranger", signed(SHOW, STRANGER_SEED)),
        ("bad-signature", "another number", signed(SHOW, HUB_SEED).replace(b'"number":12', b'"number":13')),
        ("wrong-device", "for another device", signed(SHOW.replace("box-1", "box-2"), HUB_SEED)),
        ("too-large", "more than 16,384 bytes", signed(large, HUB_SEED)),
        ("bad-statement", "a configuration in its place", signed(EMPTY, HUB_SEED)),
        *_swapped(
            SHOW, HUB_SEED,
            ("a command that nobody knows", "inspect-now", "open-door"),
            ("number 0", '"number":12', '"number":0'),
            ("a life of more than ten minutes", "1700000600000", "1700000600001"),
            ("over before it begins", "1700000600000", "1700000000000"),
            ("a boot without its time", '"up":660000', '"up":null'),
            ("an argument that nobody knows", '"count":3', '"count":3,"path":"/etc"'),
            ("an argument of another command", '"count":3', '"count":3,"seconds":1'),
            ("no fresh reading", '"count":3', '"count":0'),
            ("too many readings", '"count":3', '"count":21'),
            ("a picture without authority", ',"authority":"warrant 17"', ""),
            ("a picture of no point", '"still":["cam"]', '"still":[]'),
            ("pictures of two points", '"still":["cam"]', '"still":["cam","t"]'),
            ("a needed argument left out", '"count":3,', ""),
            ("an argument that is null in number's place", '"count":3', '"count":true'),
        ),
        ("bad-statement", "a range that ends before it begins",
         signed(_command("resend", '{"first":5,"last":3}'), HUB_SEED)),
    ]  # fmt: skip


def _replies() -> list[Bad]:
    big = REPLY.replace("aGVsbG8", "A" * 109228)
    long = padded(REPLY.replace('"aGVsbG8"', "null").replace('"left":null', '"left":"@"'), 16400)
    return [
        ("bad-signature", "signed by a stranger", signed(REPLY, STRANGER_SEED)),
        ("wrong-device", "of another device", signed(REPLY.replace("box-1", "box-2"), DEVICE_SEED)),
        ("bad-statement", "a picture of more than 81,920 bytes", signed(big, DEVICE_SEED)),
        ("too-large", "more than 16,384 bytes without a picture", signed(long, DEVICE_SEED)),
        *_swapped(
            REPLY, DEVICE_SEED,
            ("an outcome that nobody knows", '"outcome":"done"', '"outcome":"perhaps"'),
            ("a picture that is not base64url", "aGVsbG8", "aGVs+G8"),
            ("something found that is a list", '"readings":15', '"readings":[15]'),
        ),
    ]  # fmt: skip
