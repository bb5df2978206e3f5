"""Entry lines that must be read, with what they say."""

from typing import Any

from tests.vectors.wire import (
    BOOT,
    ENDED,
    GENESIS,
    MAX_INT,
    SPOKEN,
    SPOKEN_FIELDS,
    STREAM,
    Vector,
    chain,
    digest,
    line,
    padded,
    vector,
)  # fmt: skip

AT = 1700000000000
SOME_HASH = digest(b"some line")


def good_entries() -> list[Vector]:
    return [*_events(), *_batches(), *_losses(), *_adoptions(), *_maxima()]


def _entry(
    name: str, shows: str, content: str, fields: dict[str, Any], *, n: int = 1, prev: str = GENESIS, writer: bool = True,
    series: list[Any] | None = None, readings: int = 0,
) -> Vector:  # fmt: skip
    raw = line(n, prev, content)
    expect = {"v": 1, "stream": STREAM, "n": n, "prev": prev, "hash": digest(raw), "content": SPOKEN_FIELDS | fields}
    expect["readings"] = readings
    return vector(name, shows, raw, expect if series is None else expect | {"series": series}, writer=writer)


def _events() -> list[Vector]:
    def event(name: str, shows: str, detail: str, fields: dict[str, Any], **how: Any) -> Vector:
        content = f'{{"kind":"event",{SPOKEN},"event":"clock-set","detail":{detail}}}'
        return _entry(name, shows, content, {"kind": "event", "event": "clock-set", "detail": fields}, **how)

    unset = '{"kind":"event","device":"b","boot":"00000000","at":0,"up":0,"clock":["unset",null],"total":0,"event":"boot","detail":{}}'
    unset_fields = {"kind": "event", "event": "boot", "detail": {}, "device": "b", "boot": "00000000", "at": 0, "up": 0}
    return [
        event("event-first", "the first entry follows genesis", "{}", {}),
        event("event-later", "a later entry holds the hash before it", "{}", {}, n=42, prev=SOME_HASH),
        event("event-values", "string, integers, booleans and null as details",
              '{"by":"ntp","step-ms":-1500,"forward":false,"sure":true,"note":null}',
              {"by": "ntp", "step-ms": -1500, "forward": False, "sure": True, "note": None}),
        event("event-chinese-escaped", "non-ASCII text in the ASCII form that writers should send",
              '{"note":"\\u51b0\\u7bb1 \\u2744 \\ud83e\\uddca"}', {"note": "冰箱 ❄ 🧊"}),
        event("event-chinese-raw", "the same text as UTF-8", '{"note":"冰箱 ❄ 🧊"}', {"note": "冰箱 ❄ 🧊"}, writer=False),
        event("event-escapes", "quotes, backslash, slash and control characters",
              '{"note":"\\"\\\\/\\u0000\\n\\t\\u007f"}', {"note": '"\\/\x00\n\t\x7f'}, writer=False),
        event("event-hash-like", "what looks like JSON inside a string is a string",
              '{"note":",NaN:1e999,\\"note\\":1,"}', {"note": ',NaN:1e999,"note":1,'}),
        _entry("event-spaces", "spaces and tabs between tokens are JSON", BOOT.replace(",", " ,\t").replace(":", " : "),
               {"kind": "event", "event": "boot", "detail": {}}, writer=False),
        _entry("event-unknown-fields", "unknown fields are ignored, whatever they hold",
               BOOT[:-1] + ',"later":{"a":[1.5e-3,{"b":null}],"kind":"batch"}}',
               {"kind": "event", "event": "boot", "detail": {}}, writer=False),
        _entry("event-unset-clock", "a device that does not know the time", unset,
               unset_fields | {"clock": ["unset", None], "total": 0}),
    ]  # fmt: skip


def _batches() -> list[Vector]:
    def batch(name: str, shows: str, times: str, cols: str, fields: dict[str, Any], series: list[Any], flaws: str = "",
              *, writer: bool = True) -> Vector:  # fmt: skip
        content = f'{{"kind":"batch",{SPOKEN},"times":{times},"cols":{cols}{flaws}}}'
        readings = sum(len(one[3]) for one in series)
        return _entry(name, shows, content, {"kind": "batch", "flaws": {}} | fields, series=series, readings=readings,
                      writer=writer)  # fmt: skip

    return [
        batch("batch-regular", "three readings ten seconds apart: 4.1, 4.2, 4.0 degrees", "[[20000,10000,0]]",
              '[["t","Cel",-1,0,[41,1,-2]]]', {"times": [[20000, 10000, 0]], "cols": [["t", "Cel", -1, 0, [41, 1, -2]]]},
              [["t", "Cel", -1, [[AT - 20000, 41, ""], [AT - 10000, 42, ""], [AT, 40, ""]]]]),
        batch("batch-single", "one reading, at the moment of sealing", "[[0]]", '[["t","Cel",-1,0,[-180]]]',
              {"times": [[0]], "cols": [["t", "Cel", -1, 0, [-180]]]}, [["t", "Cel", -1, [[AT, -180, ""]]]]),
        batch("batch-irregular", "steps of 10, 10.5 and 9 seconds, then the same instant again", "[[29500,10000,500,-1500,-9000]]",
              '[["t","Cel",0,0,[4,0,0,1,-2]]]',
              {"times": [[29500, 10000, 500, -1500, -9000]], "cols": [["t", "Cel", 0, 0, [4, 0, 0, 1, -2]]]},
              [["t", "Cel", 0, [[AT - 29500, 4, ""], [AT - 19500, 4, ""], [AT - 9000, 4, ""], [AT, 5, ""], [AT, 3, ""]]]]),
        batch("batch-ahead", "a clock set back between reading and sealing: the reading lies ahead of the sealing", "[[-3000]]",
              '[["door","/",0,0,[1]]]', {"times": [[-3000]], "cols": [["door", "/", 0, 0, [1]]]},
              [["door", "/", 0, [[AT + 3000, 1, ""]]]]),
        batch("batch-shared-times", "two points read together share their times, a third has its own", "[[10000,10000],[500]]",
              '[["t","Cel",-1,0,[41,1]],["rh","%RH",0,0,[60,-1]],["cam","/",0,1,[1]]]',
              {"times": [[10000, 10000], [500]],
               "cols": [["t", "Cel", -1, 0, [41, 1]], ["rh", "%RH", 0, 0, [60, -1]], ["cam", "/", 0, 1, [1]]]},
              [["t", "Cel", -1, [[AT - 10000, 41, ""], [AT, 42, ""]]], ["rh", "%RH", 0, [[AT - 10000, 60, ""], [AT, 59, ""]]],
               ["cam", "/", 0, [[AT - 500, 1, ""]]]]),
        batch("batch-flawed", "a missing value, a bad one, and differences from the last that was there", "[[3000,1000,0,0]]",
              '[["t","Cel",-1,0,[41,null,2,807]]]',
              {"times": [[3000, 1000, 0, 0]], "cols": [["t", "Cel", -1, 0, [41, None, 2, 807]]],
               "flaws": {"t": [[1, "no-answer"], [3, "power-on"]]}},
              [["t", "Cel", -1, [[AT - 3000, 41, ""], [AT - 2000, None, "no-answer"], [AT - 1000, 43, ""],
                                 [AT, 850, "power-on"]]]],
              ',"flaws":{"t":[[1,"no-answer"],[3,"power-on"]]}'),
        batch("batch-null-first", "the first that is there is written as it is, also after nulls", "[[2000,1000,0]]",
              '[["t","Cel",-1,0,[null,null,41]]]',
              {"times": [[2000, 1000, 0]], "cols": [["t", "Cel", -1, 0, [None, None, 41]]],
               "flaws": {"t": [[0, "crc"], [1, "crc"]]}},
              [["t", "Cel", -1, [[AT - 2000, None, "crc"], [AT - 1000, None, "crc"], [AT, 41, ""]]]],
              ',"flaws":{"t":[[0,"crc"],[1,"crc"]]}'),
        batch("batch-empty-flaws", "flaws that say nothing are read, though no writer makes them", "[[0]]",
              '[["t","Cel",-1,0,[1]]]', {"times": [[0]], "cols": [["t", "Cel", -1, 0, [1]]]},
              [["t", "Cel", -1, [[AT, 1, ""]]]], ',"flaws":{}', writer=False),
        batch("batch-extremes", "the widest integers, reached by differences; the widest scales", "[[1000,1000]]",
              '[["lo","Pa",-9,0,[-9007199254740990,-1]],["hi","Pa",9,0,[9007199254740990,1]]]',
              {"times": [[1000, 1000]],
               "cols": [["lo", "Pa", -9, 0, [1 - MAX_INT, -1]], ["hi", "Pa", 9, 0, [MAX_INT - 1, 1]]]},
              [["lo", "Pa", -9, [[AT - 1000, 1 - MAX_INT, ""], [AT, -MAX_INT, ""]]],
               ["hi", "Pa", 9, [[AT - 1000, MAX_INT - 1, ""], [AT, MAX_INT, ""]]]]),
        _cost(),
    ]  # fmt: skip


def _cost() -> Vector:
    """Twelve instants, five seconds apart with some jitter, of five points that wander as fridges do."""
    cols = ",".join(f'["fridge-{k}","Cel",-1,0,[{38 + k},1,0,-1,0,1,1,-1,0,-1,0,1]]' for k in range(5))
    raw = line(
        123456, SOME_HASH, f'{{"kind":"batch",{SPOKEN},"times":[[55000,5000,3,-3,0,1,-1,0,0,2,-2,0]],"cols":[{cols}]}}'
    )
    return vector("batch-cost", "60 readings take at most 600 bytes", raw, {"readings": 60, "at_most": 600})


def _losses() -> list[Vector]:
    one = {"stream": STREAM, "first": 3, "last": 9, "end": SOME_HASH, "count": 84, "reason": "disk-full"}
    head = f'"stream":"{STREAM}","first":3,"last":9,"end":"{SOME_HASH}","count":84,"reason":"disk-full"'
    other = f'{{"stream":"{ENDED}","first":1,"last":1,"end":"{SOME_HASH}","count":0,"reason":"no-room","points":[]}}'
    figures = '["t","Cel",-1,42,40,-181,52,1640],["rh","%RH",0,42,0,null,null,null]'
    points = [["t", "Cel", -1, 42, 40, -181, 52, 1640], ["rh", "%RH", 0, 42, 0, None, None, None]]
    return [
        _entry("loss", "entries 3 to 9 are gone, with what they said in figures",
               f'{{"kind":"loss",{SPOKEN},"covers":[{{{head},"points":[{figures}]}}]}}',
               {"kind": "loss", "covers": [one | {"points": points}]}, n=10, prev=SOME_HASH),
        _entry("loss-of-two-streams", "it repeats what a swallowed loss said of an ended stream",
               f'{{"kind":"loss",{SPOKEN},"covers":[{{{head},"points":[]}},{other}]}}',
               {"kind": "loss", "covers": [
                   one | {"points": []},
                   {"stream": ENDED, "first": 1, "last": 1, "end": SOME_HASH, "count": 0, "reason": "no-room", "points": []}]}),
    ]  # fmt: skip


def _adoptions() -> list[Vector]:
    first = line(1, GENESIS, BOOT, ENDED).decode()
    second = line(2, digest(first.encode()), BOOT, ENDED).decode()
    escaped = ",".join('"' + one.replace('"', '\\"') + '"' for one in (first, second))
    return [
        _entry("adoption", "two lines of an ended stream, verbatim", f'{{"kind":"adoption",{SPOKEN},"adopted":[{escaped}]}}',
               {"kind": "adoption", "adopted": [first, second]}),
    ]  # fmt: skip


def _maxima() -> list[Vector]:
    name = "a-32-characters-long-point-name-"
    keys = ",".join(f'"k{k}":{k}' for k in range(32))
    event = f'{{"kind":"event",{SPOKEN},"event":"{name}","detail":{{{keys}}}}}'
    wide = ",".join(f'["p{k}","V",0,0,[{k}]]' for k in range(256))
    long = ",0" * 4999
    batch = f'{{"kind":"batch",{SPOKEN},"times":[[0]],"cols":[["t","Cel",-1,0,[1]]],"x":"@"}}'
    note = f'{{"kind":"event",{SPOKEN},"event":"note","detail":{{"note":"@"}}}}'
    overhead = len(line(1, GENESIS, ""))
    cover = f'{{"stream":"{ENDED}","first":1,"last":2,"end":"{SOME_HASH}","count":2,"reason":"no-room","points":[]}}'
    last = chain([BOOT], MAX_INT, SOME_HASH)[0]
    some = [
        ("max-integers", "the least and the greatest integer",
         f'{{"kind":"event",{SPOKEN},"event":"e","detail":{{"least":-{MAX_INT},"greatest":{MAX_INT}}}}}', {}),
        ("max-names", "a reason word of 32 characters, 32 details", event, {}),
        ("max-columns", "256 columns", f'{{"kind":"batch",{SPOKEN},"times":[[0]],"cols":[{wide}]}}', {"readings": 256}),
        ("max-readings", "5,000 readings",
         f'{{"kind":"batch",{SPOKEN},"times":[[4999000,1000{",0" * 4998}]],"cols":[["t","Cel",-1,0,[41{long}]]]}}',
         {"readings": 5000}),
        ("max-batch", "a batch line of 40,960 bytes", padded(batch, 40960 - overhead), {"bytes": 40960, "readings": 1}),
        ("max-entry", "an entry line of 65,536 bytes", padded(note, 65536 - overhead), {"bytes": 65536}),
        ("max-covers", "64 ranges in a loss", f'{{"kind":"loss",{SPOKEN},"covers":[{",".join([cover] * 64)}]}}', {}),
        ("max-adopted", "64 bodies in an adoption",
         f'{{"kind":"adoption",{SPOKEN},"adopted":[{",".join([chr(34) + "x" + chr(34)] * 64)}]}}', {}),
    ]  # fmt: skip
    number = vector("max-number", "the last number there is", last, {"n": MAX_INT, "hash": digest(last)})
    return [number, *(vector(name, shows, line(1, GENESIS, text), expect) for name, shows, text, expect in some)]
