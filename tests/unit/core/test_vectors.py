"""Our reader and writer against bytes that were derived from PROTOCOL.md without them.

[W-TOPIC] [W-ID] [W-SIZE] [W-JSON] [W-UNKNOWN] [W-HASH] [W-SIGN] [W-HEADER] [W-CONTENT] [W-COLUMNS] [W-QUALITY] [W-COUNT] [W-LOSS]
[W-ADOPTION] [W-EVENT] [W-UNITS] [W-COST] [W-MESSAGE] [W-PROVEN] [W-REASONS] [W-ANNOUNCE] [W-BIRTH] [W-STATUS] [W-RECEIPT]
[D1] [D2] [D5] [D6] [D10] [D11] [D12]
"""

import ast
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder_core.command import Command, Reply, read_command, read_reply, write_command, write_reply
from larder_core.content import CONTENT, Batch
from larder_core.desired import Desired, read_config, version_of, write_config
from larder_core.digest import line_hash
from larder_core.entry import read_entry, write_entry
from larder_core.message import read_message, write_message
from larder_core.names import parse_topic
from larder_core.receipt import Receipt, read_receipt, write_receipt
from larder_core.refusal import REASONS, Refused
from larder_core.signing import Key, PublicKey
from larder_core.statement import Birth, Status, read_birth, read_status, write_statement
from tests.vectors import derive

DEVICE = "box-1"
LOADED = {name: json.loads((derive.FOLDER / name).read_text("utf-8")) for name in derive.FILES}
DEVICE_KEY = Key(bytes.fromhex(LOADED["messages.json"]["device_seed"]))
HUB_KEY = Key(bytes.fromhex(LOADED["messages.json"]["hub_seed"]))
READERS: dict[str, Callable[[bytes], Birth | Status | Receipt | Desired | Command | Reply]] = {
    "birth": lambda raw: read_birth(raw, PublicKey(DEVICE_KEY.public), DEVICE),
    "status": lambda raw: read_status(raw, PublicKey(DEVICE_KEY.public), DEVICE),
    "receipt": lambda raw: read_receipt(raw, PublicKey(HUB_KEY.public), DEVICE),
    "config": lambda raw: read_config(raw, PublicKey(HUB_KEY.public), DEVICE),
    "command": lambda raw: read_command(raw, PublicKey(HUB_KEY.public), DEVICE),
    "reply": lambda raw: read_reply(raw, PublicKey(DEVICE_KEY.public), DEVICE),
}


def vectors(name: str, *, writer: bool = False) -> pytest.MarkDecorator:
    some = [one for one in LOADED[name]["vectors"] if one["writer"] or not writer]
    return pytest.mark.parametrize("one", some, ids=[one["name"] for one in some])


def raw_of(one: dict[str, Any]) -> bytes:
    if "hex" in one:
        return bytes.fromhex(one["hex"])
    text: str = one["text"] if "text" in one else "".join(part * times for part, times in one["runs"])
    return text.encode()


def plain(value: object) -> object:
    """Tuples as lists: as JSON has them."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("name", derive.FILES)
def test_the_files_are_what_the_script_derives(name: str) -> None:
    assert (derive.FOLDER / name).read_bytes() == derive.derive(name).encode()


@pytest.mark.parametrize("path", sorted(Path(inspect.getfile(derive)).parent.glob("*.py")), ids=lambda path: path.name)
def test_the_script_uses_none_of_our_code(path: Path) -> None:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    assert names
    assert not [name for name in names if name.startswith("larder") or "support" in name]


BY_HISTORY = {"too-many-streams", "poison"}
"""No bytes alone bring these: they depend on what the hub has met before."""


def test_every_reason_word_has_a_vector() -> None:
    said = {one["expect"].get("reason") for loaded in LOADED.values() for one in loaded["vectors"]} - {None, ""}
    assert said == REASONS - BY_HISTORY


@vectors("entries.json")
def test_an_entry_is_read(one: dict[str, Any]) -> None:
    raw, expect = raw_of(one), one["expect"]
    header, content = read_entry(raw, device=expect.get("content", {}).get("device"))
    told: dict[str, object] = header._asdict() | {
        "hash": line_hash(raw),
        "readings": content.readings,
        "bytes": len(raw),
    }
    told["content"] = content.model_dump(mode="json")
    if isinstance(content, Batch):
        told["series"] = plain(content.series())
    assert len(raw) <= expect.pop("at_most", len(raw))
    assert {key: told[key] for key in expect} == expect


@vectors("entries.json", writer=True)
def test_an_entry_is_written(one: dict[str, Any]) -> None:
    expect = one["expect"]
    content = CONTENT.validate_json(json.dumps(expect["content"]))
    assert write_entry(expect["stream"], expect["n"], expect["prev"], content) == raw_of(one)


@vectors("messages.json")
def test_a_message_is_read(one: dict[str, Any]) -> None:
    raw, expect = raw_of(one), one["expect"]
    lines = raw.split(b"\n")
    message = read_message(raw, PublicKey(DEVICE_KEY.public), DEVICE)
    assert (message.stream, message.trailer) == (expect["stream"], lines.pop())
    places = range(len(lines))
    proven = [place for place in places if expect["reasons"][place] != "hash-mismatch"]
    links = [expect["before"], *expect["hashes"]]
    assert [line.n for line in message.lines] == [expect["first"] + place for place in proven]
    assert [line.raw for line in message.lines] == [lines[place] for place in proven]
    assert [line.hash for line in message.lines] == [expect["hashes"][place] for place in proven]
    for line, place in zip(message.lines, proven, strict=True):
        after_fallen = place and expect["reasons"][place - 1] == "hash-mismatch"
        assert after_fallen or line.prev == links[place]
        assert (line.refusal.reason if line.refusal else None) == expect["reasons"][place]
        assert (line.content is None) == (line.refusal is not None)
    assert [fallen for fallen, _ in message.fallen] == [lines[place] for place in places if place not in proven]
    assert {refusal.reason for _, refusal in message.fallen} <= {"hash-mismatch"}


@vectors("messages.json", writer=True)
def test_a_message_is_written(one: dict[str, Any]) -> None:
    raw, expect = raw_of(one), one["expect"]
    lines = raw.split(b"\n")[:-1]
    assert write_message(expect["stream"], expect["first"], expect["before"], lines, DEVICE_KEY) == raw


@vectors("statements.json")
def test_a_statement_is_read(one: dict[str, Any]) -> None:
    kind = "birth" if "birth" in one["expect"] else "status"
    assert READERS[kind](raw_of(one)).model_dump(mode="json") == one["expect"]


@vectors("statements.json", writer=True)
def test_a_statement_is_written(one: dict[str, Any]) -> None:
    shape = Birth if "birth" in one["expect"] else Status
    assert write_statement(shape.model_validate_json(json.dumps(one["expect"])), DEVICE_KEY) == raw_of(one)


@vectors("receipts.json")
def test_a_receipt_is_read(one: dict[str, Any]) -> None:
    assert READERS["receipt"](raw_of(one)).model_dump(mode="json") == one["expect"]


@vectors("receipts.json", writer=True)
def test_a_receipt_is_written(one: dict[str, Any]) -> None:
    assert write_receipt(Receipt.model_validate_json(json.dumps(one["expect"])), HUB_KEY) == raw_of(one)


@vectors("configs.json")
def test_a_configuration_is_read(one: dict[str, Any]) -> None:
    assert READERS["config"](raw_of(one)).model_dump(mode="json") == one["expect"]
    assert version_of(raw_of(one), PublicKey(HUB_KEY.public)) == one["expect"]["version"]


@vectors("configs.json", writer=True)
def test_a_configuration_is_written(one: dict[str, Any]) -> None:
    assert write_config(Desired.model_validate_json(json.dumps(one["expect"])), HUB_KEY) == raw_of(one)


@vectors("commands.json")
def test_a_command_is_read(one: dict[str, Any]) -> None:
    assert READERS["command"](raw_of(one)).model_dump(mode="json") == one["expect"]


@vectors("commands.json", writer=True)
def test_a_command_is_written(one: dict[str, Any]) -> None:
    assert write_command(Command.model_validate_json(json.dumps(one["expect"])), HUB_KEY) == raw_of(one)


@vectors("replies.json")
def test_a_reply_is_read(one: dict[str, Any]) -> None:
    assert READERS["reply"](raw_of(one)).model_dump(mode="json") == one["expect"]


@vectors("replies.json", writer=True)
def test_a_reply_is_written(one: dict[str, Any]) -> None:
    assert write_reply(Reply.model_validate_json(json.dumps(one["expect"])), DEVICE_KEY) == raw_of(one)


@vectors("bad_directives.json")
def test_a_bad_configuration_command_or_reply_is_refused(one: dict[str, Any]) -> None:
    """[D2] [D9]"""
    with pytest.raises(Refused) as caught:
        READERS[one["expect"]["read_as"]](raw_of(one))
    assert caught.value.refusal.reason == one["expect"]["reason"]


@vectors("bad_lines.json")
def test_a_bad_line_is_refused_alone(one: dict[str, Any]) -> None:
    message = read_message(raw_of(one), PublicKey(DEVICE_KEY.public), DEVICE)
    refusals = [line.refusal for line in message.lines] + [refusal for _, refusal in message.fallen]
    assert [refusal and refusal.reason for refusal in refusals] == [one["expect"]["reason"]]
    assert bool(message.fallen) == (one["expect"]["reason"] == "hash-mismatch")
    assert all(refusal and len(refusal.detail) <= 200 for refusal in refusals)


@vectors("bad_messages.json")
def test_a_bad_message_is_refused_whole(one: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        read_message(raw_of(one), PublicKey(DEVICE_KEY.public), DEVICE)
    assert caught.value.refusal.reason == one["expect"]["reason"]


@vectors("bad_statements.json")
def test_a_bad_statement_is_refused(one: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        READERS[one["expect"]["read_as"]](raw_of(one))
    assert caught.value.refusal.reason == one["expect"]["reason"]


@vectors("at_the_door.json")
def test_what_is_turned_away_before_it_is_read(one: dict[str, Any]) -> None:
    """The message itself is good each time: only its topic, or that nobody registered its device, speaks against it."""
    expect = one["expect"]
    assert read_message(raw_of(one), PublicKey(DEVICE_KEY.public), DEVICE).lines
    parsed = parse_topic(expect["topic"])
    if expect.get("reason") == "wrong-topic":
        assert parsed is None
        return
    assert parsed is not None
    address, channel = parsed
    assert expect.get("parts", [*address, channel]) == [*address, channel]
    assert address.topic(channel) == expect["topic"]
    assert ("register" in expect) == (expect.get("reason") == "unknown-device")
    assert address.device not in expect.get("register", {})
