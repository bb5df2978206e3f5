"""Lines that are proven by a signed trailer and must be refused, each alone, and the one that falls."""

from tests.vectors.wire import (
    BOOT,
    ENDED,
    GENESIS,
    MAX_INT,
    SPOKEN,
    STREAM,
    Vector,
    digest,
    line,
    message,
    padded,
    trailer,
    vector,
)  # fmt: skip

SOME_HASH = digest(b"some line")
BATCH = f'{{"kind":"batch",{SPOKEN},"times":[[1000,1000]],"cols":[["t","Cel",-1,0,[41,1]]]}}'
EVENT = f'{{"kind":"event",{SPOKEN},"event":"e","detail":{{@}}}}'
COVER = f'{{"stream":"{ENDED}","first":1,"last":2,"end":"{SOME_HASH}","count":2,"reason":"no-room","points":[@]}}'
LOSS = f'{{"kind":"loss",{SPOKEN},"covers":[{COVER}]}}'


def bad_lines() -> list[Vector]:
    """Each is a message of one line; `reason` is the line's."""
    good = line(1, GENESIS, BOOT)
    changed = good.replace(b"boot", b"b00t")
    vectors = [_vector("hash-mismatch", "one byte was changed after signing", b"\n".join([changed, trailer([good])]))]
    vectors += [_vector(reason, shows, message([raw])) for reason, shows, raw in _headers() + _sizes() + _bytes()]
    for reason, shows, content in _texts() + _contents() + _columns() + _declared():
        vectors.append(_vector(reason, shows, message([line(1, GENESIS, content)])))
    for at, one in enumerate(vectors):
        one["name"] = f"{one['expect']['reason']}-{at}"
    return vectors


def _vector(reason: str, shows: str, payload: bytes) -> Vector:
    return vector("", shows, payload, {"reason": reason})


def _headers() -> list[tuple[str, str, bytes]]:
    good = line(1, GENESIS, BOOT)
    forms = [
        ("a space", good.replace(b'"v":1', b'"v": 1')),
        ("a space before the first key", b"{ " + good[1:]),
        (
            "another order of keys",
            good.replace(f'"stream":"{STREAM}","n":1'.encode(), f'"n":1,"stream":"{STREAM}"'.encode()),
        ),
        ("a number with a leading zero", line("01", GENESIS, BOOT)),
        ("number zero", line(0, GENESIS, BOOT)),
        ("a negative number", line(-1, GENESIS, BOOT)),
        ("a number of 17 digits", line(10000000000000000, GENESIS, BOOT)),
        ("a number beyond 2^53 - 1", line(MAX_INT + 1, GENESIS, BOOT)),
        ("a fraction", line("1.0", GENESIS, BOOT)),
        ("a version with a leading zero", line(1, GENESIS, BOOT, v="01")),
        ("a version of six digits", line(1, GENESIS, BOOT, v=100000)),
        ("uppercase hex", line(1, GENESIS, BOOT, STREAM.upper())),
        ("a stream of 31 digits", line(1, GENESIS, BOOT, STREAM[1:])),
        ("a hash of 42 characters", line(1, GENESIS[1:], BOOT)),
        ("a hash of 44 characters", line(1, GENESIS + "A", BOOT)),
        ("a hash whose spare bits are not 0", line(1, GENESIS[1:] + "B", BOOT)),
        ("a hash in the other alphabet", line(1, "+" + GENESIS[1:], BOOT)),
        ("no brace at the end", good[:-1] + b"]"),
        ("a space after the end", good + b" "),
        ("an empty line", b""),
        ("not JSON at all", b"\x00\xff garbage"),
        ("a byte order mark", b"\xef\xbb\xbf" + good),
    ]
    mismatches = [
        ("another number", line(2, GENESIS, BOOT)),
        ("another previous hash", line(1, SOME_HASH, BOOT)),
        ("another stream", line(1, GENESIS, BOOT, ENDED)),
    ]
    versions = [(f"version {v}", line(1, GENESIS, '"what it says"', v=v)) for v in (0, 2, 99999)]
    return (
        [("bad-header", *one) for one in forms]
        + [("header-mismatch", *one) for one in mismatches]
        + [("unknown-version", *one) for one in versions]
    )


def _sizes() -> list[tuple[str, str, bytes]]:
    overhead = len(line(1, GENESIS, ""))
    batch = line(1, GENESIS, padded(BATCH[:-1] + ',"x":"@"}', 40961 - overhead))
    event = line(1, GENESIS, padded(BOOT[:-1] + ',"x":"@"}', 65537 - overhead))
    return [
        ("entry-too-large", "a batch of 40,961 bytes", batch),
        ("entry-too-large", "an entry of 65,537 bytes", event),
    ]


def _bytes() -> list[tuple[str, str, bytes]]:
    good = line(1, GENESIS, EVENT.replace("@", '"note":"#"'))
    return [
        ("not-utf8", "the byte FF", good.replace(b"#", b"\xff")),
        ("not-utf8", "a sequence cut short", good.replace(b"#", b"\xe5\x86")),
        ("not-utf8", "an overlong slash", good.replace(b"#", b"\xc0\xaf")),
        ("not-utf8", "half of a surrogate pair as bytes", good.replace(b"#", b"\xed\xa0\x80")),
        ("bad-json", "a raw NUL in a string", good.replace(b"#", b"\x00")),
        ("bad-json", "a raw tab in a string", good.replace(b"#", b"\t")),
    ]


def _texts() -> list[tuple[str, str, str]]:
    def unknown(value: str) -> str:
        return BOOT[:-1] + f',"later":{value}}}'

    broken = [
        ("content cut short", BOOT[:-1]), ("no content", ""), ("a comma too many", BOOT[:-1] + ",}"),
        ("more than one value", BOOT + ',"more":' + BOOT), ("a byte order mark", "\ufeff" + BOOT),
        ("single quotes", BOOT.replace('"', "'")), ("a comment", unknown("1/**/")), ("a leading zero", unknown("01")),
        ("a plus sign", unknown("+1")), ("no digit after the point", unknown("1.")), ("an unknown word", unknown("None")),
        ("a high surrogate alone", unknown('"\\ud800"')), ("a low surrogate alone", unknown('"\\udc00"')),
        ("a high surrogate before a letter", unknown('"\\ud800x"')), ("an unknown escape", unknown('"\\x41"')),
        ("5,000 arrays, one in another", unknown("[" * 5000 + "]" * 5000)),
        ("5,000 objects, one in another", unknown('{"a":' * 5000 + "1" + "}" * 5000)),
    ]  # fmt: skip
    numbers = [
        (value, unknown(value)) for value in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "[[[1.5,NaN]]]")
    ]
    detail = [("1e999 as a detail", EVENT.replace("@", '"a":1e999')), ("NaN as a total", BOOT.replace(":60,", ":NaN,"))]
    twice = [
        ("the same key, the same value", BOOT[:-1] + ',"event":"boot"}'), ("another device", '{"device":"box-2",' + BOOT[1:]),
        ("in a detail", EVENT.replace("@", '"a":1,"a":2')), ("an escaped key is the same key", BOOT[:-1] + ',"\\u0061t":3}'),
        ("deep in an unknown field", unknown('[{"x":[{"y":1,"y":1}]}]')), ("the empty key", unknown('{"":1,"":2}')),
        ("keys that begin with a colon", unknown('{"a":"b",":x":1,":x":2}')),
    ]  # fmt: skip
    return (
        [("bad-json", *one) for one in broken]
        + [("non-finite", *one) for one in numbers + detail]
        + [("duplicate-key", *one) for one in twice]
    )


def _contents() -> list[tuple[str, str, str]]:
    over = MAX_INT + 1
    changes = [
        ("a device in capitals", '"box-1"', '"Box-1"'), ("an empty device", '"box-1"', '""'),
        ("a device of 33 characters", '"box-1"', f'"{"x" * 33}"'), ("a device with a line feed", '"box-1"', '"box-1\\n"'),
        ("a boot id in capitals", "0badcafe", "0BADCAFE"), ("a boot id of 7 digits", "0badcafe", "badcafe"),
        ("a time before 1970", "1700000000000", "-1"), ("a time as a string", "1700000000000", '"1700000000000"'),
        ("a time with a fraction", "1700000000000", "1700000000000.5"), ("1.0 for an integer", ":60,", ":1.0,"),
        ("an exponent for an integer", ":60,", ":6e1,"), ("true for an integer", ":60,", ":true,"),
        ("null for an integer", ":60,", ":null,"), ("an integer beyond 2^53 - 1", ":60,", f":{over},"),
        ("an unknown clock state", "synced", "guessed"), ("a clock of one part", '["synced",20]', '["synced"]'),
        ("a clock of three parts", "20]", "20,1]"), ("a negative clock error", ",20]", ",-1]"),
        ("no kind", '"kind":"event",', ""), ("an unknown kind", '"kind":"event"', '"kind":"rumour"'),
        ("no device", '"device":"box-1",', ""), ("no detail", ',"detail":{}', ""),
        ("an event with spaces", '"event":"boot"', '"event":"cold boot"'), ("a list as detail", '"detail":{}', '"detail":[]'),
    ]  # fmt: skip
    details = [
        ("a fraction as detail", '"a":1.5'), ("a list as a detail", '"a":[]'), ("a key in capitals", '"A":1'),
        ("33 details", ",".join(f'"k{k}":0' for k in range(33))), ("a detail beyond 2^53 - 1", f'"a":{over}'),
        ("a detail of 5,000 digits", f'"a":{"9" * 5000}'),
    ]  # fmt: skip
    whole = [
        ("content that is a list", "[]"), ("content that is a number", "5"), ("content that is null", "null"),
        ("an integer beyond 2^53 - 1 in an unknown field", BOOT[:-1] + f',"later":[-{over}]}}'),
        ("an integer of 5,000 digits in an unknown field", BOOT[:-1] + f',"later":{"1" * 5000}}}'),
        ("no adopted lines", f'{{"kind":"adoption",{SPOKEN},"adopted":[]}}'),
        ("65 adopted lines", f'{{"kind":"adoption",{SPOKEN},"adopted":[{",".join([chr(34) * 2] * 65)}]}}'),
        ("an adopted object", f'{{"kind":"adoption",{SPOKEN},"adopted":[{{}}]}}'),
    ]  # fmt: skip
    return [
        *(("bad-content", shows, BOOT.replace(old, new)) for shows, old, new in changes),
        *(("bad-content", shows, EVENT.replace("@", detail)) for shows, detail in details),
        *(("bad-content", shows, content) for shows, content in whole),
        ("wrong-device", "the content speaks for a neighbour", BOOT.replace("box-1", "box-2")),
    ]


def _columns() -> list[tuple[str, str, str]]:
    def batch(times: str, cols: str, more: str = "") -> str:
        return f'{{"kind":"batch",{SPOKEN},"times":{times},"cols":{cols}{more}}}'

    one = '[["t","Cel",-1,0,[1]]]'
    wide = ",".join(f'["p{k}","V",0,0,[1]]' for k in range(257))
    many = ",".join(["0"] * 2500)
    some = [
        ("time runs backwards", batch("[[2000,-1]]", '[["t","Cel",-1,0,[1,1]]]')),
        ("time runs backwards later", batch("[[2000,5,-6]]", '[["t","Cel",-1,0,[1,1,1]]]')),
        ("an empty time column", batch("[[]]", '[["t","Cel",-1,0,[]]]')),
        ("no time column", batch("[]", one)), ("no column", batch("[[0]]", "[]")),
        ("times that are not there", batch("[[0]]", '[["t","Cel",-1,1,[1]]]')),
        ("a negative index", batch("[[0]]", '[["t","Cel",-1,-1,[1]]]')),
        ("more values than times", batch("[[0]]", '[["t","Cel",-1,0,[1,1]]]')),
        ("fewer values than times", batch("[[1,1]]", one)),
        ("a null without a reason", batch("[[0]]", '[["t","Cel",-1,0,[null]]]')),
        ("a null with the reason of another", batch("[[1,1]]", '[["t","Cel",-1,0,[null,1]]]', ',"flaws":{"t":[[1,"crc"]]}')),
        ("a reason past the end", batch("[[0]]", one, ',"flaws":{"t":[[1,"crc"]]}')),
        ("two reasons at one position", batch("[[0]]", one, ',"flaws":{"t":[[0,"crc"],[0,"late"]]}')),
        ("flaws of a point without a column", batch("[[0]]", one, ',"flaws":{"u":[[0,"crc"]]}')),
        ("an empty reason", batch("[[0]]", one, ',"flaws":{"t":[[0,""]]}')),
        ("flaws that are null", batch("[[0]]", one, ',"flaws":null')),
        ("a point with two columns", batch("[[0]]", '[["t","Cel",-1,0,[1]],["t","Cel",-1,0,[1]]]')),
        ("a unit that is not of SenML", batch("[[0]]", '[["t","degC",-1,0,[1]]]')),
        ("a scale of 10", batch("[[0]]", '[["t","Cel",10,0,[1]]]')), ("a scale of -10", batch("[[0]]", '[["t","Cel",-10,0,[1]]]')),
        ("a column of four parts", batch("[[0]]", '[["t","Cel",-1,0]]')),
        ("a value with a fraction", batch("[[0]]", '[["t","Cel",-1,0,[4.1]]]')),
        ("a value as a string", batch("[[0]]", '[["t","Cel",-1,0,["1"]]]')),
        ("true for a value", batch("[[0]]", '[["t","Cel",-1,0,[true]]]')),
        ("257 columns", batch("[[0]]", f"[{wide}]")),
        ("5,001 readings", batch(f"[[0,0{',0' * 2498}],[0]]", f'[["a","V",0,0,[{many}]],["b","V",0,0,[{many}]],["c","V",0,1,[1]]]')),
        ("a value beyond 2^53 - 1 by its sum", batch("[[1,1]]", f'[["t","Cel",0,0,[{MAX_INT},1]]]')),
        ("a value below -(2^53 - 1) by its sum", batch("[[1,1]]", f'[["t","Cel",0,0,[-{MAX_INT},-1]]]')),
        ("an instant before 1970", batch("[[1700000000001]]", one)),
        ("an instant beyond 2^53 - 1 by its sum", batch(f"[[0,{MAX_INT}]]", '[["t","Cel",0,0,[1,1]]]')),
    ]  # fmt: skip
    return [("bad-content", *one) for one in some]


def _declared() -> list[tuple[str, str, str]]:
    some = [
        ("figures in a unit that is not of SenML", LOSS.replace("@", '["t","degC",-1,1,1,1,1,1]')),
        ("a range that ends before it begins", LOSS.replace('"first":1', '"first":3').replace("@", "")),
        ("a range from 0", LOSS.replace('"first":1', '"first":0').replace("@", "")),
        ("a range without its end's hash", LOSS.replace(f'"end":"{SOME_HASH}",', "").replace("@", "")),
        ("no range", f'{{"kind":"loss",{SPOKEN},"covers":[]}}'),
        ("65 ranges", f'{{"kind":"loss",{SPOKEN},"covers":[{",".join([COVER.replace("@", "")] * 65)}]}}'),
        ("more good readings than readings", LOSS.replace("@", '["t","Cel",-1,1,2,1,1,2]')),
        ("null although some were good", LOSS.replace("@", '["t","Cel",-1,2,2,1,null,2]')),
        ("a least above the greatest", LOSS.replace("@", '["t","Cel",-1,2,2,2,1,3]')),
        ("a figure although none was good", LOSS.replace("@", '["t","Cel",-1,2,0,null,null,0]')),
    ]
    return [("bad-content", *one) for one in some]
