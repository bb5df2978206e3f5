"""Messages, births, statuses and receipts that must be read, with what they say."""

from typing import Any

from tests.vectors.wire import (
    BOOT,
    DEVICE_SEED,
    GENESIS,
    HUB_SEED,
    MAX_INT,
    SPOKEN,
    STREAM,
    Vector,
    chain,
    digest,
    line,
    message,
    padded,
    quoted,
    signed,
    trailer,
    vector,
)  # fmt: skip

SOME_HASH = digest(b"some line")
OTHER_HASH = digest(b"another line")
ANNOUNCED = (
    f'"device":"box-1","stream":"{STREAM}","first":3,"n":17,"hash":"{SOME_HASH}","boot":"0badcafe","at":1700000000000,'
    '"up":60000,"clock":["holdover",1500]'
)
ANNOUNCED_FIELDS: dict[str, Any] = {
    "device": "box-1", "stream": STREAM, "first": 3, "n": 17, "hash": SOME_HASH, "boot": "0badcafe",
    "at": 1700000000000, "up": 60000, "clock": ["holdover", 1500],
}  # fmt: skip
BIRTH = (
    f'{{"birth":1,{ANNOUNCED},"agent":"0.1.0","drivers":{{"modbus-tcp":"0.1.0","rtsp-camera":"1"}},"config":0,'
    '"points":[["t","Cel",-1,10000],["cam","/",0,60000]]}'
)
STATUS = (
    f'{{"status":1,{ANNOUNCED},"online":true,"backlog":{{"entries":2,"readings":120,"oldest_at":1699999990000}},'
    '"disk":{"used":4096,"bound":67108864,"free":1000000000},"produced":4321,"config":7}'
)
RECEIPT = (
    f'{{"receipt":1,"device":"box-1","stream":"{STREAM}","generation":2,"upto":17,"upto_hash":"{SOME_HASH}",'
    f'"have":[[19,20],[22,22]],"refused":[[16,"bad-content"]],"safe":12,"safe_hash":"{OTHER_HASH}",'
    f'"announced":[[25,"{OTHER_HASH}"]],"frozen":true,"credit":64,"hub_time":1700000000100,'
    f'"unproven":[["{OTHER_HASH}","bad-signature"]],"again":[[3,5],[7,7]]}}'
)
NOTHING = (
    f'{{"receipt":1,"device":"box-1","stream":"{STREAM}","generation":1,"upto":0,"upto_hash":"{GENESIS}","have":[],'
    f'"refused":[],"safe":0,"safe_hash":"{GENESIS}","announced":[],"frozen":false,"credit":0,"hub_time":0,"unproven":[],'
    '"again":[]}'
)


def _message(
    name: str, shows: str, payload: bytes, reasons: list[str | None], first: int = 1, *, writer: bool = False
) -> Vector:
    """`reasons`: for each line in turn, why it is refused, or None."""
    lines = payload.split(b"\n")[:-1]
    expect = {
        "stream": STREAM, "first": first, "before": None, "hashes": [digest(one) for one in lines], "reasons": reasons,
    }  # fmt: skip
    return vector(name, shows, payload, expect, writer=writer)


def good_messages() -> list[Vector]:
    three = chain([BOOT] * 3)
    later = chain([BOOT] * 3, 40, SOME_HASH)
    broken = [three[0], three[1].replace(b"boot", b"b00t"), three[2]]
    spoilt = chain([BOOT, BOOT[:-1] + ",}", BOOT])
    big = chain([f'{{"kind":"event",{SPOKEN},"event":"note","detail":{{"note":"{"x" * 40000}"}}}}'] * 3)
    rest = 131072 - len(message([*big, line(4, digest(big[-1]), padded(BOOT.replace("{}", '{"note":"@"}'), 300))]))
    full = [*big, line(4, digest(big[-1]), padded(BOOT.replace("{}", '{"note":"@"}'), 300 + rest))]
    hashes = quoted([digest(three[0])])
    more = f'{{"trailer":1,"stream":"{STREAM}","first":1,"before":"{GENESIS}","hashes":[{hashes}],"later":[1.5]}}'
    vectors = [
        (_message("one-line", "the least message", message(three[:1]), [None], writer=True), GENESIS),
        (_message("three-lines", "a chain of three from genesis", message(three), [None] * 3, writer=True), GENESIS),
        (_message("later-lines", "lines 40 to 42", message(later, 40, SOME_HASH), [None] * 3, 40, writer=True), SOME_HASH),
        (_message("one-fallen", "one line whose bytes were changed falls, the others stand",
                  b"\n".join([*broken, trailer(three)]), [None, "hash-mismatch", None]), GENESIS),
        (_message("one-refused", "a proven line that is not JSON keeps its number and link", message(spoilt),
                  [None, "bad-json", None]), GENESIS),
        (_message("max-lines", "64 lines", message(chain([BOOT] * 64)), [None] * 64, writer=True), GENESIS),
        (_message("max-payload", "131,072 bytes", message(full), [None] * 4, writer=True), GENESIS),
        (_message("last-number", "the last number there is", message(chain([BOOT], MAX_INT, SOME_HASH), MAX_INT, SOME_HASH),
                  [None], MAX_INT, writer=True), SOME_HASH),
        (_message("unknown-field", "the trailer has a field that nobody knows",
                  b"\n".join([three[0], signed(more, DEVICE_SEED)]), [None]), GENESIS),
    ]  # fmt: skip
    for one, before in vectors:
        one["expect"]["before"] = before
    return [one for one, _ in vectors]


def good_statements() -> list[Vector]:
    birth = ANNOUNCED_FIELDS | {
        "birth": 1, "agent": "0.1.0", "drivers": {"modbus-tcp": "0.1.0", "rtsp-camera": "1"}, "config": 0,
        "points": [["t", "Cel", -1, 10000], ["cam", "/", 0, 60000]],
    }  # fmt: skip
    status = ANNOUNCED_FIELDS | {
        "status": 1, "online": True, "backlog": {"entries": 2, "readings": 120, "oldest_at": 1699999990000},
        "disk": {"used": 4096, "bound": 67108864, "free": 1000000000}, "produced": 4321, "config": 7,
    }  # fmt: skip
    new = f'"first":1,"n":0,"hash":"{GENESIS}"'
    idle = '"entries":0,"readings":0,"oldest_at":null'

    def before_any(text: str) -> str:
        return text.replace(f'"first":3,"n":17,"hash":"{SOME_HASH}"', new)

    none = {"first": 1, "n": 0, "hash": GENESIS}
    big = BIRTH[:-1] + ',"later":"@"}'
    some = [
        ("birth", "a birth after 17 entries, two deleted", BIRTH, birth, True),
        ("birth-new", "before any entry: n is 0, the hash genesis", before_any(BIRTH), birth | none, True),
        ("birth-emptied", "all that was sealed is deleted: first is n + 1", BIRTH.replace('"first":3', '"first":18'),
         birth | {"first": 18}, True),
        ("birth-max", "16,384 bytes, most of them a field that nobody knows", padded(big, 16384 - 95), birth, False),
        ("status", "a heartbeat with a backlog", STATUS, status, True),
        ("status-idle", "nothing waits", STATUS.replace('"entries":2,"readings":120,"oldest_at":1699999990000', idle),
         status | {"backlog": {"entries": 0, "readings": 0, "oldest_at": None}}, True),
        ("status-before-config", "an agent of before", STATUS.replace(',"config":7', ""), status | {"config": 0}, False),
        ("last-will", "a status with online false", STATUS.replace("true", "false"), status | {"online": False}, True),
    ]  # fmt: skip
    return [
        vector(name, shows, signed(text, DEVICE_SEED), fields, writer=writer)
        for name, shows, text, fields, writer in some
    ]


def good_receipts() -> list[Vector]:
    full = {
        "receipt": 1, "device": "box-1", "stream": STREAM, "generation": 2, "upto": 17, "upto_hash": SOME_HASH,
        "have": [[19, 20], [22, 22]], "refused": [[16, "bad-content"]], "safe": 12, "safe_hash": OTHER_HASH,
        "announced": [[25, OTHER_HASH]], "frozen": True, "credit": 64, "hub_time": 1700000000100,
        "unproven": [[OTHER_HASH, "bad-signature"]], "again": [[3, 5], [7, 7]],
    }  # fmt: skip
    nothing = {
        "receipt": 1, "device": "box-1", "stream": STREAM, "generation": 1, "upto": 0, "upto_hash": GENESIS, "have": [],
        "refused": [], "safe": 0, "safe_hash": GENESIS, "announced": [], "frozen": False, "credit": 0, "hub_time": 0,
        "unproven": [], "again": [],
    }  # fmt: skip
    ranges = "[" + ",".join(f"[{n},{n}]" for n in range(20, 148, 2)) + "]"
    many = RECEIPT.replace("[[19,20],[22,22]]", ranges)
    more = RECEIPT[:-1] + ',"later":null}'
    return [
        vector("receipt-full", "everything filled", signed(RECEIPT, HUB_SEED), full, writer=True),
        vector("receipt-empty", "nothing was heard yet", signed(NOTHING, HUB_SEED), nothing, writer=True),
        vector("receipt-max-ranges", "64 ranges", signed(many, HUB_SEED),
               full | {"have": [[n, n] for n in range(20, 148, 2)]}, writer=True),
        vector("receipt-before-again", "a hub of before", signed(NOTHING.replace(',"again":[]', ""), HUB_SEED),
               nothing),
        vector("receipt-later", "a field that nobody knows", signed(more, HUB_SEED), full),
    ]  # fmt: skip
