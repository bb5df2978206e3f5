"""What is signed cannot be changed, not by a bit. [W-SIGN] [W-PROVEN]"""

import pytest

from larder_core.content import Event
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.message import Message, read_message, write_message
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey, from_text, sign_line, to_text, verify_line

KEY = Key(b"k" * 32)
PUBLIC = PublicKey(KEY.public)
STREAM = "0123456789abcdef" * 2
TRAILER = sign_line(b'{"trailer":1,"stream":"x"}', KEY)


def message() -> bytes:
    first = Event(
        kind="event",
        device="box",
        boot="0badcafe",
        at=1,
        up=1,
        clock=("synced", 1),
        total=0,
        event="boot",
        detail={"cause": "power-on", "uptime-before": 86400},
    )
    lines = [write_entry(STREAM, 1, GENESIS, first)]
    lines.append(write_entry(STREAM, 2, line_hash(lines[0]), first))
    return write_message(STREAM, 1, GENESIS, lines, KEY)


def read(payload: bytes) -> Message | Refused:
    try:
        return read_message(payload, PUBLIC, "box")
    except Refused as refused:
        return refused


def test_every_flipped_bit_is_refused_or_falls_alone() -> None:
    payload = message()
    whole = read_message(payload, PUBLIC, "box")
    assert 850 < len(payload) < 1000
    fallen = refused = 0
    for bit in range(len(payload) * 8):
        changed = bytearray(payload)
        changed[bit // 8] ^= 1 << bit % 8
        answer = read(bytes(changed))
        if isinstance(answer, Refused):
            refused += 1
            continue
        fallen += 1
        assert len(answer.fallen) == 1
        assert len(answer.lines) == len(whole.lines) - 1
        assert all(line in whole.lines for line in answer.lines)
    # a bit of a line makes that line fall, unless it makes or unmakes a line feed; a bit of the trailer makes all fall
    assert fallen > len(payload.split(b"\n")[0]) * 8 * 1.9
    assert refused >= (len(payload.split(b"\n")[2]) + 2) * 8


def test_a_message_cut_at_any_byte_is_refused() -> None:
    payload = message()
    assert all(isinstance(read(payload[:end]), Refused) for end in range(len(payload)))
    first, second = (len(line) for line in payload.split(b"\n")[:2])
    for start in range(1, len(payload)):
        answer = read(payload[start:])
        # cut from the front the first line falls alone while its line feed is there; then there is a line too few
        assert isinstance(answer, Refused) == (start > first)
        assert isinstance(answer, Refused) or [len(line.raw) for line in answer.lines] == [second]


def test_one_good_line_beside_a_changed_one_counts() -> None:
    payload = message().replace(b'"n":2', b'"n":3')
    answer = read_message(payload, PUBLIC, "box")
    assert [line.n for line in answer.lines] == [1]
    assert [refusal.reason for _, refusal in answer.fallen] == ["hash-mismatch"]


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Key(b"k" * size)
    with pytest.raises(ValueError, match=r"32 bytes|base64"):
        PublicKey(to_text(b"k" * size))


@pytest.mark.parametrize(
    "text",
    [
        "A" * 42 + "B",
        "A" * 43 + "=",
        "A" * 42 + "+",
        "A" * 42 + "/",
        "A" * 41,
        "é" * 43,
        " " + "A" * 43,
        "A" * 43 + "\n",
        "A" * 45,
    ],
)
def test_base64url_is_canonical(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 32, 64])
def test_text_and_bytes_are_two_forms_of_one(size: int) -> None:
    raw = bytes(range(256 - size, 256))
    assert from_text(to_text(raw)) == raw
    assert "=" not in to_text(raw)


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
@pytest.mark.parametrize("r", [bytes(32), b"\x01" + bytes(31)])
def test_a_key_of_small_order_signs_nothing(point: bytes, r: bytes) -> None:
    """Under such keys some implementations take one signature for many texts."""
    assert not PublicKey(to_text(point)).verifies(b"any text", r + bytes(32))


def test_a_signature_is_not_taken_twice() -> None:
    """Adding the group's order to S gives a second encoding of the same signature."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = KEY(b"text")
    other = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert PUBLIC.verifies(b"text", signature)
    assert not PUBLIC.verifies(b"text", signature[:32] + other)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", TRAILER[:-1], TRAILER + b" ", TRAILER[:-2] + b"}", TRAILER[1:], b" " + TRAILER, TRAILER[-96:],
     TRAILER[:-88] + TRAILER[-87:]],
)  # fmt: skip
def test_only_the_signed_bytes_verify(line: bytes) -> None:
    verify_line(TRAILER, PUBLIC)
    with pytest.raises(Refused) as caught:
        verify_line(line, PUBLIC)
    assert caught.value.refusal.reason == "bad-signature"


def test_the_signature_is_the_last_field() -> None:
    assert TRAILER.startswith(b'{"trailer":1,"stream":"x","sig":"')
    assert len(TRAILER) == len(b'{"trailer":1,"stream":"x"') + 96
