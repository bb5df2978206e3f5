"""Payloads that prove nothing, statements and receipts that cannot be believed, and what is turned away before it is read."""

from typing import Any

from tests.vectors.good_payloads import BIRTH, NOTHING, RECEIPT, SOME_HASH, STATUS
from tests.vectors.wire import (
    BOOT,
    DEVICE_SEED,
    GENESIS,
    HUB_SEED,
    MAX_INT,
    STRANGER_SEED,
    STREAM,
    Vector,
    chain,
    digest,
    line,
    message,
    public,
    quoted,
    signed,
    text_of,
    trailer,
    vector,
)  # fmt: skip

Bad = tuple[str, str, bytes]


def _numbered(some: list[Bad], **more: Any) -> list[Vector]:
    return [
        vector(f"{reason}-{at}", shows, raw, {"reason": reason} | more) for at, (reason, shows, raw) in enumerate(some)
    ]


def bad_messages() -> list[Vector]:
    return _numbered(_shapes() + _trailers() + _signatures())


def _shapes() -> list[Bad]:
    one = chain([BOOT])
    good = message(one)
    whole = len(good)
    big = one[0][:-2] + b" " * (131073 - whole) + one[0][-2:]
    return [
        ("empty", "no bytes", b""),
        ("empty", "a trailer and no line", trailer([])),
        ("empty", "a trailer for a line that is not there", trailer(one)),
        ("too-large", "131,073 bytes", message([big])),
        ("too-large", "131,073 bytes of nothing", b"x" * 131073),
        ("too-many-lines", "65 lines and a good trailer", message(chain([BOOT] * 65))),
        ("too-many-lines", "10,000 line feeds", b"\n" * 10000),
        ("no-trailer", "lines alone", b"\n".join(chain([BOOT] * 2))),
        ("no-trailer", "one line alone", one[0]),
        ("no-trailer", "a line feed after the trailer", good + b"\n"),
        ("no-trailer", "the trailer first", b"\n".join(reversed(good.split(b"\n")))),
        ("no-trailer", "a space before the trailer", good.replace(b'{"trailer"', b' {"trailer"')),
        ("no-trailer", "a byte order mark before the trailer", good.replace(b'{"trailer"', b'\xef\xbb\xbf{"trailer"')),
        ("no-trailer", "a birth in its place", b"\n".join([one[0], signed(BIRTH, DEVICE_SEED)])),
        ("no-trailer", "carriage returns instead of line feeds", good.replace(b"\n", b"\r")),
        ("no-trailer", "bytes", bytes(range(256))),
    ]


def _trailers() -> list[Bad]:
    one = chain([BOOT])
    hashes = quoted([digest(one[0])])
    good = f'{{"trailer":1,"stream":"{STREAM}","first":1,"before":"{GENESIS}","hashes":[{hashes}]}}'
    changes = [
        ("version 2", '"trailer":1', '"trailer":2'), ("true for 1", '"trailer":1', '"trailer":true'),
        ("1.0 for 1", '"trailer":1', '"trailer":1.0'), ("a space before its version", '"trailer":1', '"trailer": 1'),
        ("a space after its version", '"trailer":1', '"trailer":1 '), ("number 0", '"first":1', '"first":0'),
        ("a number beyond 2^53 - 1", '"first":1', f'"first":{MAX_INT + 1}'), ("a number as a string", '"first":1', '"first":"1"'),
        ("no first", '"first":1,', ""), ("a stream in capitals", STREAM, STREAM.upper()), ("no stream", f'"stream":"{STREAM}",', ""),
        ("a previous hash whose spare bits are not 0", GENESIS, GENESIS[1:] + "B"), ("no hashes", hashes, ""),
        ("a hash too many", hashes, hashes + "," + hashes), ("a null hash", hashes, "null"),
        ("a key twice", '"first":1', '"first":1,"first":1'), ("not JSON", '"first":1', '"first":'),
        ("NaN in an unknown field", '"first":1', '"first":1,"x":NaN'), ("lone surrogate", '"first":1', '"first":1,"x":"\\ud800"'),
    ]  # fmt: skip
    bad = [
        ("bad-trailer", shows, one[0] + b"\n" + signed(good.replace(old, new), DEVICE_SEED))
        for shows, old, new in changes
    ]
    two = [line(MAX_INT, SOME_HASH, BOOT), line(MAX_INT, SOME_HASH, BOOT)]
    signed_twice = signed(signed(good, DEVICE_SEED).decode(), DEVICE_SEED)
    return [
        *bad,
        ("bad-trailer", "numbers that run past 2^53 - 1", message(two, MAX_INT, SOME_HASH)),
        ("bad-trailer", "fewer lines than hashes", b"\n".join([one[0], trailer(chain([BOOT] * 2))])),
        ("bad-trailer", "more lines than hashes", b"\n".join([*chain([BOOT] * 2), trailer(one)])),
        ("bad-trailer", "two trailers", message(one) + b"\n" + trailer(one)),
        ("bad-trailer", "a second signature over the first", one[0] + b"\n" + signed_twice),
    ]


def _signatures() -> list[Bad]:
    one = chain([BOOT])
    good = message(one)
    stranger = one[0] + b"\n" + trailer(one, seed=STRANGER_SEED)
    bare = trailer(one)[:-95] + b"}"
    last = good[-3:-2]
    other = {b"A": b"B", b"Q": b"R", b"g": b"h", b"w": b"x"}[last]
    return [
        ("bad-signature", "signed by another key", stranger),
        ("bad-signature", "signed by the hub", one[0] + b"\n" + trailer(one, seed=HUB_SEED)),
        ("bad-signature", "a number was changed after signing", good.replace(b'"first":1', b'"first":2')),
        ("bad-signature", "no signature", one[0] + b"\n" + bare),
        ("bad-signature", "a signature of zeros", good[:-88] + b"A" * 86 + b'"}'),
        ("bad-signature", "a signature of 85 characters", good[:-3] + b'"}'),
        ("bad-signature", "a signature with padding", good[:-2] + b'=="}'),
        ("bad-signature", "a signature whose spare bits are not 0", good[:-3] + other + good[-2:]),
        ("bad-signature", "a signature in the other alphabet", good[:-88] + b"+" + good[-87:]),
        ("bad-signature", "a space before the brace", good[:-1] + b" }"),
        ("bad-signature", "a carriage return at the end", good + b"\r"),
        ("bad-signature", "a field after the signature", good[:-1] + b',"x":1}'),
        ("bad-signature", "not a signature at all", one[0] + b'\n{"trailer":1}'),
        ("bad-signature", "a signature over another text of the same meaning",
         one[0] + b"\n" + trailer(one).replace(b'"first":1', b'"first": 1')),
    ]  # fmt: skip


def bad_statements() -> list[Vector]:
    big = "x" * 16384
    vectors: list[Vector] = []
    for kind, text, seed in (
        ("birth", BIRTH, DEVICE_SEED),
        ("status", STATUS, DEVICE_SEED),
        ("receipt", RECEIPT, HUB_SEED),
    ):
        good = signed(text, seed)
        some = [
            ("too-large", "16,385 bytes", signed(text[:-1] + f',"x":"{big[: 16385 - len(good) - 7]}"}}', seed)),
            ("bad-signature", "no bytes", b""),
            ("bad-signature", "no signature", text.encode()),
            ("bad-signature", "signed by another key", signed(text, STRANGER_SEED)),
            ("bad-signature", "changed after signing", good.replace(b'"stream":"0', b'"stream":"1')),
            ("wrong-device", "a neighbour's", signed(text.replace("box-1", "box-2"), seed)),
        ]
        some += [("bad-statement", shows, signed(bad, seed)) for shows, bad in _statements(kind, text) if bad != text]
        vectors += [one | {"name": f"{kind}-{one['name']}"} for one in _numbered(some, read_as=kind)]
    return vectors


def _statements(kind: str, text: str) -> list[tuple[str, str]]:
    first = f'"{kind}":1,'
    other = NOTHING if kind != "receipt" else STATUS
    some = [
        ("another kind", other), ("version 2", text.replace(first, f'"{kind}":2,')),
        ("true for 1", text.replace(first, f'"{kind}":true,')), ("1.0 for 1", text.replace(first, f'"{kind}":1.0,')),
        ("its kind is not the first field", "{" + text[1:].replace(first, "")[:-1] + f',"{kind}":1}}'),
        ("another kind before its own", text.replace("{", '{"trailer":1,', 1)),
        ("a space before its kind", text.replace("{", "{ ", 1)), ("a line feed inside", text.replace(",", ",\n", 1)),
        ("a key twice", text[:-1] + ',"stream":"' + STREAM + '"}'), ("NaN in an unknown field", text[:-1] + ',"x":NaN}'),
        ("a lone surrogate in an unknown field", text[:-1] + ',"x":"\\udfff"}'), ("not JSON", text[:-1] + ",}"),
        ("a stream in capitals", text.replace(STREAM, STREAM.upper())), ("no stream", text.replace(f'"stream":"{STREAM}",', "")),
        ("a signature inside", text[:-1] + ',"sig":"' + text_of(bytes(64)) + '"}'),
    ]  # fmt: skip
    announced = [
        ("begins beyond its head", text.replace('"first":3', '"first":19')),
        ("before any entry, but with a hash", text.replace('"first":3,"n":17', '"first":1,"n":0')),
        ("a negative number", text.replace('"n":17', '"n":-1')), ("number 0 as first", text.replace('"first":3', '"first":0')),
        ("a period of 0", text.replace("-1,10000]", "-1,0]")), ("a period beyond a week", text.replace("-1,10000]", "-1,604800001]")),
        ("an unknown unit", text.replace('"Cel"', '"degC"')),
        ("65 characters of version", text.replace('"agent":"', '"agent":"' + "1" * 61)),
        ("1 for true", text.replace('"online":true', '"online":1')),
        ("a negative backlog", text.replace('"entries":2', '"entries":-2')),
        ("no disk", text.replace('"used":4096,', "")),
    ]  # fmt: skip
    of_hub = [
        ("a credit of 10,001", text.replace('"credit":64', '"credit":10001')),
        ("a range of one number", text.replace("[22,22]", "[22]")),
        ("65 ranges", text.replace("[22,22]", ",".join(["[22,22]"] * 64))),
        ("1 for true", text.replace('"frozen":true', '"frozen":1')),
        ("a range from 0", text.replace("[22,22]", "[0,22]")),
        ("a range that ends before it begins", text.replace("[22,22]", "[22,21]")),
        ("again from 0", text.replace("[7,7]", "[0,7]")), ("again backwards", text.replace("[7,7]", "[7,6]")),
        ("again null", text.replace('"again":[[3,5],[7,7]]', '"again":null')),
        ("again 65 times", text.replace("[7,7]", ",".join(["[7,7]"] * 64))),
        ("safe above upto", text.replace('"safe":12', '"safe":18')),
        ("a hash too short", text.replace(f'"upto_hash":"{SOME_HASH}"', '"upto_hash":"A"')),
        ("no safe hash", text.replace('"safe_hash"', '"sate_hash"')),
    ]  # fmt: skip
    return some + (of_hub if kind == "receipt" else announced)


def at_the_door() -> list[Vector]:
    """Topics, and a good message of a device that is not in the register: the register gives device and public key."""
    good = message(chain([BOOT]))
    topic = "larder/v1/632224/minzhong/box-1/entry"
    known = [
        (topic, ["632224", "minzhong", "box-1", "entry"]),
        ("larder/v1/000000/a/-/birth", ["000000", "a", "-", "birth"]),
        (f"larder/v1/632221/{'s' * 32}/{'d' * 32}/receipt", ["632221", "s" * 32, "d" * 32, "receipt"]),
    ]
    strange = [
        "", "larder", "larder/v1", topic + "/", "/" + topic, topic + "/x", topic[:-1], topic.upper(), "larder/v2" + topic[9:],
        topic.replace("632224", "63222"), topic.replace("632224", "6322244"), topic.replace("632224", "６３２２２４"),
        topic.replace("minzhong", ""), topic.replace("minzhong", "+"), topic.replace("minzhong", "#"),
        topic.replace("minzhong", "民中"), topic.replace("minzhong", "Minzhong"), topic.replace("minzhong", "s" * 33),
        topic.replace("box-1", "box_1"), topic.replace("box-1", "box-1\n"), topic.replace("box-1", "box-1\x00"),
        topic.replace("entry", "entries"), topic.replace("entry", "Entry"), topic + "\n", "$SYS/broker/uptime", "/" * 200,
        topic.replace("/", "\u2215"),
    ]  # fmt: skip
    vectors = [
        vector(f"topic-{at}", "one of ours", good, {"topic": name, "parts": parts})
        for at, (name, parts) in enumerate(known)
    ]
    vectors += [
        vector(f"wrong-topic-{at}", "of no form that is ours", good, {"topic": name, "reason": "wrong-topic"})
        for at, name in enumerate(strange)
    ]
    register = {"box-2": public(STRANGER_SEED)}
    vectors.append(
        vector("unknown-device", "a good message, but nobody registered its device", good,
               {"topic": topic, "register": register, "reason": "unknown-device"})
    )  # fmt: skip
    return vectors
