"""What a refusal says to people. [W-REASONS]"""

import re
from pathlib import Path

import pytest

import larder_core
from larder_core.content import CONTENT
from larder_core.refusal import REASONS, Refused
from larder_core.strict_json import read_json

PAGE = (Path(larder_core.__file__).parent / "PROTOCOL.md").read_text("utf-8")


def test_the_protocol_names_the_same_reasons() -> None:
    said = PAGE.split("**[W-REASONS]** ")[1].split("A trailer without lines")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", said)) == REASONS


def test_a_refusal_shows_at_most_200_characters() -> None:
    refused = Refused("bad-json", "冰" * 201)
    assert refused.refusal == ("bad-json", "冰" * 200)
    assert str(refused) == f"bad-json: {'冰' * 200}"


def test_a_refusal_without_a_detail_is_its_word() -> None:
    assert str(Refused("empty")) == "empty"


@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\x1b", "\x00", "\x7f", "\x9b", "\u2028", "\u202e", "\ud800"])
def test_no_detail_forges_a_line_or_moves_a_cursor(letter: str) -> None:
    refused = Refused("bad-content", f"a{letter}b 冰")
    assert refused.refusal.detail == "a?b 冰"
    assert letter not in str(refused)


@pytest.mark.parametrize("text", ['{"kind":"event","detail":{"\\u001b[31m\\nforged":1}}', '{"kind":"\\u001b[2J\\n"}'])
def test_input_is_repeated_only_in_printable_form(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_json(CONTENT, text.encode())
    assert caught.value.refusal.detail.isprintable()
